"""The door of the desk: nobody passes without signing in, and no other site signs anybody in."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from crm.conversation.presence import is_anybody_there
from crm.db import Database, now
from crm.db.tables import metadata
from crm.staff import audit
from crm.staff.models import Role, StaffSession
from crm.staff.users import add_user, disable_user, find_user
from desk.door.doorkeeper import Doorkeeper
from desk.door.sign_in import sign_in_router
from desk.office import Office

PASSWORD = "una password lunga"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'test.db'}", durable=False)
    metadata.create_all(database.engine)
    with database.writing() as session:
        add_user(session, "Anna", Role.AGENT, PASSWORD)
    yield database
    database.close()


@pytest.fixture
def browser(database: Database, tmp_path: Path) -> Iterator[TestClient]:
    """A browser before a desk of one page and one socket."""
    office = Office(database, lambda _: None, lambda name, _: name, b"key", tmp_path)
    desk = FastAPI(openapi_url=None)
    desk.include_router(sign_in_router(office))

    @desk.get("/secret")
    def secret(request: Request) -> str:
        return str(request.scope["staff"].name)

    @desk.websocket("/_nicegui_ws/live")
    async def live(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text("live")
        await socket.close()

    desk.add_middleware(Doorkeeper, office=office)
    app = FastAPI(openapi_url=None)
    app.mount("/desk", desk)
    with TestClient(app, base_url="http://testserver", follow_redirects=False) as client:
        yield client


def proof(browser: TestClient, to: str = "/") -> str:
    page = browser.get("/desk/login", params={"to": to})
    found = re.search(r'name="proof" value="(\w+)"', page.text)
    assert found
    return found.group(1)


def sign_in(browser: TestClient, password: str = PASSWORD, name: str = "Anna", **more: str):  # type: ignore[no-untyped-def]
    data = {"name": name, "password": password, "proof": proof(browser), **more}
    return browser.post("/desk/login", data=data, headers={"origin": "http://testserver"})


class TestStranger:
    def test_a_page_leads_to_the_door_and_remembers_the_way(self, browser: TestClient) -> None:
        answer = browser.get("/desk/secret")
        assert answer.status_code == 303
        assert answer.headers["location"] == "/desk/login?to=/secret"

    @pytest.mark.parametrize("path", ["/desk/_nicegui/x.js", "/desk/_nicegui/3/static/y.css"])
    def test_scripts_are_not_given_out_either(self, browser: TestClient, path: str) -> None:
        assert browser.get(path).status_code == 401

    def test_nothing_is_posted(self, browser: TestClient) -> None:
        assert browser.post("/desk/secret").status_code == 401

    def test_the_live_connection_is_refused(self, browser: TestClient) -> None:
        with (
            pytest.raises(WebSocketDisconnect),
            browser.websocket_connect("/desk/_nicegui_ws/live"),
        ):
            pass

    def test_a_made_up_cookie_opens_nothing(self, browser: TestClient) -> None:
        made_up = {"cookie": "bottega_desk=made-up"}
        assert browser.get("/desk/secret", headers=made_up).status_code == 303


class TestSigningIn:
    def test_the_right_password_opens(self, browser: TestClient) -> None:
        answer = sign_in(browser, to="/secret")
        assert (answer.status_code, answer.headers["location"]) == (303, "/desk/secret")
        assert browser.get("/desk/secret").json() == "Anna"
        with browser.websocket_connect("/desk/_nicegui_ws/live") as socket:
            assert socket.receive_text() == "live"

    def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(
        self, browser: TestClient
    ) -> None:
        cookie = sign_in(browser).headers["set-cookie"]
        assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/desk" in cookie

    def test_a_wrong_one_says_no_more_than_an_unknown_name(self, browser: TestClient) -> None:
        wrong, unknown = sign_in(browser, "sbagliata davvero"), sign_in(browser, name="Nessuno")
        assert wrong.status_code == unknown.status_code == 401
        assert "Nome o password non corretti." in wrong.text
        assert re.sub(r"\w{64}", "", wrong.text) == re.sub(r"\w{64}", "", unknown.text)

    def test_guessing_is_slowed_down(self, browser: TestClient) -> None:
        assert [sign_in(browser, f"tentativo {n}").status_code for n in range(5)] == [401] * 5
        assert sign_in(browser).status_code == 429

    @pytest.mark.parametrize(
        "to", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:x", "/a\nb"]
    )
    def test_nobody_is_led_elsewhere(self, browser: TestClient, to: str) -> None:
        assert sign_in(browser, to=to).headers["location"] == "/desk/"

    def test_signing_in_is_written_down(self, browser: TestClient, database: Database) -> None:
        sign_in(browser, "sbagliata davvero")
        sign_in(browser)
        browser.post("/desk/logout", data={"proof": logout_proof(browser)})
        with database.reading() as session:
            deeds = [(entry.actor, entry.action) for entry in audit.entries(session)]
        assert deeds == [("Anna", "signed_out"), ("Anna", "signed_in"), ("?", "sign_in_refused")]


def logout_proof(browser: TestClient) -> str:
    from desk.door.forms import mark

    return mark(b"key", browser.cookies["bottega_desk"])


class TestOtherSites:
    def test_a_form_without_our_mark_is_refused(self, browser: TestClient) -> None:
        data = {"name": "Anna", "password": PASSWORD, "proof": "0" * 64}
        assert browser.post("/desk/login", data=data).status_code == 403
        proof(browser)
        assert browser.post("/desk/login", data=data).status_code == 403

    def test_a_form_of_another_site_is_refused(self, browser: TestClient) -> None:
        data = {"name": "Anna", "password": PASSWORD, "proof": proof(browser)}
        answer = browser.post("/desk/login", data=data, headers={"origin": "https://evil.example"})
        assert answer.status_code == 403

    def test_a_socket_of_another_site_is_refused(self, browser: TestClient) -> None:
        sign_in(browser)
        evil = {"origin": "https://evil.example"}
        with (
            pytest.raises(WebSocketDisconnect),
            browser.websocket_connect("/desk/_nicegui_ws/live", headers=evil),
        ):
            pass

    def test_another_site_cannot_sign_anybody_out(self, browser: TestClient) -> None:
        sign_in(browser)
        browser.post("/desk/logout", data={"proof": "0" * 64})
        assert browser.get("/desk/secret").status_code == 200

    def test_it_is_shown_in_no_frame(self, browser: TestClient) -> None:
        answer = browser.get("/desk/login")
        assert answer.headers["x-frame-options"] == "DENY"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


class TestTheEnd:
    def test_signing_out(self, browser: TestClient) -> None:
        sign_in(browser)
        cookie = browser.cookies["bottega_desk"]
        browser.post("/desk/logout", data={"proof": logout_proof(browser)})
        assert "bottega_desk" not in browser.cookies
        kept = {"cookie": f"bottega_desk={cookie}"}
        assert browser.get("/desk/secret", headers=kept).status_code == 303

    def test_left_alone(self, browser: TestClient, database: Database) -> None:
        sign_in(browser)
        with database.writing() as session:
            session.get_one(StaffSession, 1).last_seen_at = now() - timedelta(minutes=61)
        assert browser.get("/desk/secret").status_code == 303

    def test_shut_out(self, browser: TestClient, database: Database) -> None:
        sign_in(browser)
        with database.writing() as session:
            disable_user(session, find_user(session, "Anna"))
        assert browser.get("/desk/secret").status_code == 303
        assert sign_in(browser).status_code == 401


def test_who_opens_the_desk_counts_as_present(browser: TestClient, database: Database) -> None:
    """What the assistant says when somebody asks for a person depends on it."""
    with database.writing() as session:
        add_user(session, "Marco", Role.MARKETER, PASSWORD)
    sign_in(browser, name="Marco")
    browser.get("/desk/secret")
    with database.reading() as session:
        assert is_anybody_there(session) is None, "a marketer answers nobody"
    browser.cookies.clear()
    sign_in(browser)
    browser.get("/desk/secret")
    with database.reading() as session:
        assert is_anybody_there(session) is True
        assert is_anybody_there(session, now() + timedelta(minutes=11)) is False
