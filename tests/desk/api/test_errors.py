"""Every failure is JSON with a stable code and a sentence that says what to do."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from crm.db import Database
from desk.api import Desk

JSON = {"Content-Type": "application/json"}
SECRET = "what nobody should read"


def code_of(answer: httpx.Response) -> str:
    body = answer.json()
    assert answer.headers["content-type"] == "application/json"
    assert set(body) == {"code", "message"}
    assert len(body["message"].split()) > 3 and body["message"].rstrip("…").endswith((".", "="))
    return str(body["code"])


def test_a_path_that_is_not_there(agent: httpx.Client) -> None:
    for path in ("/nothing", "/", "/conversations/1/nothing", "/docs", "/redoc"):
        answer = agent.get(path)
        assert (answer.status_code, code_of(answer)) == (404, "no_such_path")


def test_a_path_with_a_line_break(agent: httpx.Client) -> None:
    answer = agent.get("/tickets/T-1%0A2")
    assert (answer.status_code, code_of(answer)) == (404, "ticket_not_found")


def test_a_method_that_is_not_known(agent: httpx.Client) -> None:
    answer = agent.delete("/tickets/1")
    assert (answer.status_code, code_of(answer)) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "GET, PATCH"


@pytest.mark.parametrize("body", [b"{", b"text=ciao", b"'text'", b"[1,", b'{"text": }'])
def test_a_body_that_is_not_json(agent: httpx.Client, body: bytes) -> None:
    answer = agent.post("/conversations/1/reply", content=body, headers=JSON)
    assert (answer.status_code, code_of(answer)) == (422, "bad_json")


def test_a_body_in_no_encoding(agent: httpx.Client) -> None:
    answer = agent.post("/conversations/1/reply", content=b'{"text": "\xff"}', headers=JSON)
    assert (answer.status_code, code_of(answer)) == (400, "bad_request")


def test_a_body_that_does_not_say_it_is_json(agent: httpx.Client) -> None:
    answer = agent.post("/conversations/1/reply", content=json.dumps({"text": "ciao"}))
    assert (answer.status_code, code_of(answer)) == (422, "invalid")


def test_a_body_nested_without_end(agent: httpx.Client) -> None:
    answer = agent.post("/conversations/1/reply", content=b"[" * 60_000, headers=JSON)
    assert answer.status_code in (400, 422)
    code_of(answer)


def test_a_body_that_is_too_large(agent: httpx.Client) -> None:
    answer = agent.post("/conversations/1/close", json={"reason": "x" * 70_000})
    assert (answer.status_code, code_of(answer)) == (413, "too_large")


def test_a_stream_that_is_too_large(agent: httpx.Client) -> None:
    def pieces() -> Iterator[bytes]:
        yield b'{"reason": "'
        for _ in range(70):
            yield b"x" * 1_000
        yield b'"}'

    answer = agent.post("/conversations/1/close", content=pieces(), headers=JSON)
    assert (answer.status_code, code_of(answer)) == (413, "too_large")


def test_several_wrong_values_are_all_named(agent: httpx.Client, shop: Any) -> None:
    answer = agent.patch(f"/customers/{shop.mario}", json={"cap": "1", "email": "x", "zip": "2"})
    assert code_of(answer) == "invalid"
    assert all(name in answer.json()["message"] for name in ("cap", "email", "zip"))


def test_half_a_character_can_be_reported(agent: httpx.Client, shop: Any) -> None:
    answer = agent.patch(f"/customers/{shop.mario}", content=b'{"cap": "\\ud800"}', headers=JSON)
    assert (answer.status_code, code_of(answer)) == (422, "invalid")


class TestWithoutDatabase:
    """A database that cannot be reached is not the caller's fault."""

    @pytest.fixture
    def desk(self, tmp_path: Path) -> Iterator[Desk]:
        away = Database(f"sqlite:///{tmp_path / 'no folder' / 'lost.db'}")
        yield Desk(database=away, notify=lambda _: None, phrase=lambda *_: "")
        away.close()

    def test_it_says_to_try_again(self, address: str) -> None:
        token = {"Authorization": "Bearer bt_some"}
        answer = httpx.get(f"{address}/api/v1/tickets", headers=token, trust_env=False, timeout=30)
        assert (answer.status_code, code_of(answer)) == (503, "database_away")


class TestDefect:
    """A defect of ours is answered in the same form, and tells nothing of the inside."""

    @pytest.fixture
    def desk(self, database: Database) -> Desk:
        def fail(name: str, language: str) -> str:
            raise KeyError(f"{name} in {language}: {SECRET}")

        return Desk(database=database, notify=lambda _: None, phrase=fail)

    def test_a_defect(
        self, agent: httpx.Client, shop: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        agent.post(f"/conversations/{shop.waiting}/takeover")
        answer = agent.post(f"/conversations/{shop.waiting}/release")
        assert (answer.status_code, code_of(answer)) == (500, "internal_error")
        assert SECRET not in answer.text + caplog.text
        assert "KeyError in the staff API" in caplog.text
        after = agent.get(f"/conversations/{shop.waiting}").json()
        assert after["mode"] == "human"
