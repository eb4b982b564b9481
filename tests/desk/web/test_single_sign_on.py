"""Signing in by an OpenID Connect provider, over a real socket; accounts of the desk stay."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from joserfc.jwk import RSAKey
from starlette.requests import Request
from starlette.testclient import TestClient

from app.settings import BadSettings, load_settings
from app.single_sign_on import open_provider
from crm.db import Database
from crm.db.tables import metadata
from crm.staff import audit
from crm.staff.models import Role
from crm.staff.users import add_user, disable_user, find_user, users
from desk.door.doorkeeper import Doorkeeper
from desk.door.provider import Provider
from desk.door.sign_in import sign_in_router
from desk.office import Office
from tests.desk.web.oidc_provider import CLIENT, SECRET, LocalProvider

PASSWORD = "una password lunga"
ROLES = {"support": Role.AGENT, "web": Role.MARKETER, "heads": Role.ADMIN}
BACK = "http://testserver/desk/sso/back"


@pytest.fixture
def provider() -> Iterator[LocalProvider]:
    with LocalProvider().serving() as local:
        yield local


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'test.db'}", durable=False)
    metadata.create_all(database.engine)
    with database.writing() as session:
        add_user(session, "Anna", Role.AGENT, PASSWORD)
    yield database
    database.close()


@pytest.fixture
def browser(
    database: Database, tmp_path: Path, provider: LocalProvider, request: pytest.FixtureRequest
) -> Iterator[TestClient]:
    """A browser before a desk of one page that trusts the provider."""
    claim = getattr(request, "param", "roles")
    trusted = Provider(provider.address, CLIENT, SECRET, ROLES, claim, "Ginestra", BACK)
    office = Office(
        database, lambda _: None, lambda name, _: name, b"key", tmp_path, provider=trusted
    )
    desk = FastAPI(openapi_url=None)
    desk.include_router(sign_in_router(office))

    @desk.get("/secret")
    def secret(request: Request) -> str:
        who = request.scope["staff"]
        return f"{who.name}, {who.role}"

    desk.add_middleware(Doorkeeper, office=office)
    app = FastAPI(openapi_url=None)
    app.mount("/desk", desk)
    with TestClient(app, follow_redirects=False) as client:
        yield client


def go_round(browser: TestClient, to: str = "/secret") -> httpx.Response:
    """To the provider, which sends back at once; the desk's answer."""
    there = browser.get("/desk/sso", params={"to": to})
    assert there.status_code == 302, there.text
    back = httpx.get(there.headers["location"], trust_env=False, timeout=30).headers["location"]
    assert back.startswith(BACK)
    return browser.get(back.removeprefix("http://testserver"))


def who(browser: TestClient) -> str:
    answer = browser.get("/desk/secret")
    return answer.json() if answer.status_code == 200 else str(answer.status_code)


def test_somebody_new_comes_in_with_the_role_of_their_claims(
    browser: TestClient, database: Database
) -> None:
    answer = go_round(browser)
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/secret")
    assert who(browser) == "Carla Neri, agent"
    with database.reading() as session:
        deed = audit.entries(session)[0]
    assert (deed.actor, deed.action, deed.details) == (
        "Carla Neri",
        "signed_in",
        {"by": "provider"},
    )


def test_the_same_person_stays_the_same_and_roles_follow_the_provider(
    browser: TestClient, provider: LocalProvider, database: Database
) -> None:
    go_round(browser)
    provider.claims |= {"name": "Carla Bruni", "roles": ["web", "heads"]}
    go_round(browser)
    assert who(browser) == "Carla Neri, admin"
    with database.reading() as session:
        assert [user.name for user in users(session)] == ["Anna", "Carla Neri"]


def test_nobody_takes_over_a_local_account_by_its_name(
    browser: TestClient, provider: LocalProvider, database: Database
) -> None:
    provider.claims["name"] = "anna"
    go_round(browser)
    assert who(browser) == "anna 2, agent"
    page = browser.post("/desk/logout", data={"proof": "x"})
    assert page.status_code == 303
    assert 'autocomplete="current-password"' in TestClient(browser.app).get("/desk/login").text


@pytest.mark.parametrize("roles", [[], ["cleaning"], None, "cleaning"])
def test_without_a_role_nobody_comes_in(
    browser: TestClient, provider: LocalProvider, roles: Any, database: Database
) -> None:
    provider.claims["roles"] = roles
    answer = go_round(browser)
    assert (answer.status_code, who(browser)) == (403, "303")
    assert "non ha un ruolo" in answer.text
    with database.reading() as session:
        assert len(users(session)) == 1
        assert audit.entries(session)[0].action == "sign_in_refused"


@pytest.mark.parametrize("browser", ["realm_access.roles"], indirect=True)
def test_roles_may_lie_deeper_and_in_the_user_information(
    browser: TestClient, provider: LocalProvider
) -> None:
    provider.claims.pop("roles")
    provider.told_later = {"realm_access": {"roles": ["web"]}}
    go_round(browser)
    assert who(browser) == "Carla Neri, marketer"


def test_who_was_shut_out_stays_out(browser: TestClient, database: Database) -> None:
    go_round(browser)
    with database.writing() as session:
        disable_user(session, find_user(session, "Carla Neri"))
    answer = go_round(browser)
    assert (answer.status_code, who(browser)) == (403, "303")


@pytest.mark.parametrize(
    "lie", [{"nonce": "another"}, {"aud": "somebody else"}, {"exp": 1}, {"iss": "https://evil"}]
)
def test_a_token_that_is_not_for_this_sign_in_is_refused(
    browser: TestClient, provider: LocalProvider, lie: dict[str, Any]
) -> None:
    provider.lies = lie
    answer = go_round(browser)
    assert (answer.status_code, who(browser)) == (502, "303")


def test_a_token_that_somebody_else_signed_is_refused(
    browser: TestClient, provider: LocalProvider
) -> None:
    provider.signs_with = RSAKey.generate_key(2048, {"kid": "one"})
    assert go_round(browser).status_code == 502
    assert who(browser) == "303"


def test_the_answer_to_another_browser_is_refused(browser: TestClient) -> None:
    there = browser.get("/desk/sso")
    back = httpx.get(there.headers["location"], trust_env=False, timeout=30).headers["location"]
    browser.cookies.clear()
    assert browser.get(back.removeprefix("http://testserver")).status_code == 403
    go_round(browser)
    assert browser.get("/desk/sso/back?code=x&state=guessed").status_code in (403, 502)


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example"])
def test_nobody_is_led_elsewhere(browser: TestClient, to: str) -> None:
    assert go_round(browser, to).headers["location"] == "/desk/"


def test_a_provider_out_of_reach_is_told(browser: TestClient, database: Database) -> None:
    page = browser.get("/desk/login").text
    assert "Entra con Ginestra" in page
    nowhere = Provider("http://127.0.0.1:9", CLIENT, SECRET, ROLES, "roles", "X", BACK)
    app = FastAPI(openapi_url=None)
    office = Office(database, lambda _: None, lambda name, _: name, b"key", Path(),
                    provider=nowhere)  # fmt: skip
    app.include_router(sign_in_router(office))
    app.add_middleware(Doorkeeper, office=office)
    with TestClient(app, follow_redirects=False) as client:
        assert client.get("/sso").status_code == 502


class TestSettings:
    def test_none_without_an_issuer(self, tmp_path: Path) -> None:
        assert open_provider(load_settings(home=tmp_path)) is None

    def test_roles_are_read_from_one_line(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        for name, value in (("ISSUER", "https://id.example"), ("CLIENT_ID", "desk"),
                            ("ROLES", "CN=a=agent, heads = admin")):  # fmt: skip
            monkeypatch.setenv(f"BOTTEGA_OIDC_{name}", value)
        monkeypatch.setenv("BOTTEGA_PUBLIC_URL", "https://shop.example/")
        provider = open_provider(load_settings(home=tmp_path))
        assert provider is not None
        assert provider.roles == {"CN=a": Role.AGENT, "heads": Role.ADMIN}
        assert provider.back == "https://shop.example/desk/sso/back"

    @pytest.mark.parametrize(
        ("given", "complaint"),
        [
            ({"oidc_issuer": "https://id.example"}, "needs BOTTEGA_OIDC_CLIENT_ID"),
            ({"oidc_roles": "heads=boss"}, "BOTTEGA_OIDC_ROLES_HEADS is 'boss'"),
        ],
    )
    def test_what_is_missing_is_named(self, given: dict[str, str], complaint: str) -> None:
        with pytest.raises(BadSettings, match=complaint):
            load_settings(**given)
