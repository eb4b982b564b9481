"""Who may do what: tokens, roles."""

from collections.abc import Callable

import httpx
import pytest
from sqlalchemy import select

from crm.db import Database
from crm.staff.models import ApiToken, Role
from crm.staff.tokens import (
    BadLabel,
    UnknownToken,
    create_token,
    display_name,
    find_token,
    revoke_token,
    tokens,
)

Login = Callable[..., httpx.Client]


def test_only_the_hash_of_a_token_is_kept(database: Database) -> None:
    with database.writing() as session:
        text = create_token(session, Role.AGENT, "Anna")
        kept = session.scalars(select(ApiToken)).one()
        assert text.startswith("bt_") and len(text) >= 3 + 43
        assert text not in str(vars(kept)) and len(kept.token_hash) == 64
        assert find_token(session, text) is kept
        assert find_token(session, text[:-1]) is None
        assert find_token(session, kept.token_hash) is None


def test_a_token_without_label_acts_under_role_and_number(database: Database) -> None:
    with database.writing() as session:
        create_token(session, Role.AGENT)
        create_token(session, Role.AGENT, "  Anna   Verdi ")
        assert [display_name(token) for token in tokens(session)] == ["agent-1", "Anna Verdi"]


@pytest.mark.parametrize("label", ["bot", "System", "x" * 51, "An\x00na"])
def test_a_label_cannot_pass_for_the_system(database: Database, label: str) -> None:
    with database.writing() as session, pytest.raises(BadLabel):
        create_token(session, Role.AGENT, label)


def test_revoking_stands_from_the_first_time(database: Database) -> None:
    with database.writing() as session:
        text = create_token(session, Role.AGENT)
        first = revoke_token(session, 1).revoked_at
        assert revoke_token(session, 1).revoked_at == first
        assert find_token(session, text) is None
        with pytest.raises(UnknownToken):
            revoke_token(session, 99)


READS = ["/conversations", "/conversations/1", "/customers", "/customers/1",
         "/customers/1/timeline", "/tickets", "/tickets/T-10001"]  # fmt: skip
WRITES = [
    ("POST", "/conversations/1/takeover", None),
    ("POST", "/conversations/1/reply", {"text": "Buongiorno"}),
    ("POST", "/conversations/1/release", {"settled": "fatto"}),
    ("POST", "/conversations/1/close", {}),
    ("PATCH", "/customers/1", {"cap": "00184"}),
    ("PATCH", "/tickets/1", {"status": "solved"}),
    ("POST", "/tickets/2/merge", {"other": "1", "preview": True}),
    ("POST", "/conversations/1/tags", {"tag": "reso"}),
    ("DELETE", "/conversations/1/tags/reso", None),
]
OTHERS = [
    ("POST", "/ticket-merges/1/undo", None),
    ("POST", "/customers/1/relations", {"kind": "household", "other_id": 2}),
    ("DELETE", "/customers/1/relations/1", None),
]


@pytest.mark.parametrize("path", READS)
def test_reading_needs_a_token(address: str, path: str) -> None:
    answer = httpx.get(f"{address}/api/v1{path}", trust_env=False, timeout=30)
    assert (answer.status_code, answer.json()["code"]) == (401, "missing_token")
    assert answer.headers["www-authenticate"] == "Bearer"
    wrong = httpx.get(
        f"{address}/api/v1{path}",
        headers={"Authorization": "Bearer bt_no"},
        trust_env=False,
        timeout=30,
    )
    assert (wrong.status_code, wrong.json()["code"]) == (401, "unknown_token")


@pytest.mark.parametrize(("method", "path", "body"), WRITES + OTHERS)
def test_writing_needs_a_token(address: str, method: str, path: str, body: object) -> None:
    answer = httpx.request(
        method, f"{address}/api/v1{path}", json=body, trust_env=False, timeout=30
    )
    assert (answer.status_code, answer.json()["code"]) == (401, "missing_token")


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("role", ["agent", "marketer", "admin"])
def test_every_role_reads(login: Login, role: str) -> None:
    client = login(role)
    assert [client.get(path).status_code for path in READS] == [200] * len(READS)


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(("method", "path", "body"), WRITES + OTHERS)
def test_marketers_change_nothing(
    marketer: httpx.Client, method: str, path: str, body: object
) -> None:
    answer = marketer.request(method, path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "role_not_allowed")
    assert "agent or admin" in answer.json()["message"]


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("role", ["agent", "admin"])
def test_agents_and_admins_change_things(login: Login, role: str) -> None:
    client = login(role, "Anna")
    assert [client.request(*call[:2], json=call[2]).status_code for call in WRITES[:2]] == [
        200,
        200,
    ]
    assert client.post("/conversations/1/release").status_code == 200
    assert [client.request(*call[:2], json=call[2]).status_code for call in WRITES[3:]] == [200] * 6


def test_a_revoked_token_opens_nothing(database: Database, agent: httpx.Client) -> None:
    assert agent.get("/tickets").status_code == 200
    with database.writing() as session:
        revoke_token(session, 1)
    assert agent.get("/tickets").json()["code"] == "unknown_token"
