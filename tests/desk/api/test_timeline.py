"""Every touch of a customer in one list."""

from datetime import UTC, datetime
from typing import Any

import httpx
from sqlalchemy import update

from crm.conversation.log import append
from crm.conversation.models import Conversation, Message, Role, State
from crm.db import Database
from crm.ticket.desk import add_note, find_ticket


def test_every_touch_is_there_newest_first_r10(agent: httpx.Client, shop: Any) -> None:
    touches = agent.get(f"/customers/{shop.mario}/timeline").json()["items"]
    assert [one["at"] for one in touches] == sorted((one["at"] for one in touches), reverse=True)
    assert {(one["kind"], one["about"]) for one in touches} == {
        ("messages", str(shop.waiting)),
        ("order", "EG-20417"),
        ("ticket", shop.handoff_ticket),
        ("ticket", shop.fault_ticket),
        ("consent", "marketing"),
        ("offer", "EG-2001"),
    }
    assert touches[-1]["kind"] == "order" and touches[-1]["details"]["total"] == "34.90"


def test_a_day_of_talk_is_one_touch(agent: httpx.Client, shop: Any) -> None:
    talk = touches_of(agent, shop.mario, "messages")[0]["details"]
    assert talk["conversation_id"] == shop.waiting
    assert talk["messages"] == {"customer": 1, "bot": 1, "agent": 0, "system": 0}
    assert talk["intents"] == ["request_human"]
    assert talk["last_words"].startswith("sono Mario Rossi")


def test_a_day_begins_at_midnight_in_italy(
    agent: httpx.Client, shop: Any, database: Database
) -> None:
    with database.writing() as session:
        conversation = session.get_one(Conversation, shop.waiting)
        session.execute(update(Message).values(at=datetime(2026, 7, 1, 21, 59, tzinfo=UTC)))
        append(
            session, conversation, role=Role.CUSTOMER, state=State.HANDLED, text="ci siete?",
            at=datetime(2026, 7, 1, 22, 1, tzinfo=UTC),
        )  # fmt: skip
    days = [one["details"]["day"] for one in touches_of(agent, shop.mario, "messages")]
    assert days == ["2026-07-02", "2026-07-01"]


def test_what_happens_to_a_ticket_is_a_touch(
    agent: httpx.Client, shop: Any, database: Database
) -> None:
    with database.writing() as session:
        ticket = find_ticket(session, shop.fault_ticket)
        assert ticket is not None
        add_note(ticket, "Anna", "Chiesto lo scontrino")
    newest = touches_of(agent, shop.mario, "ticket")[0]
    assert newest["about"] == shop.fault_ticket
    assert newest["details"] == {"what": "note", "note": "Chiesto lo scontrino", "actor": "Anna"}


def test_pages_join_even_where_times_are_equal(
    agent: httpx.Client, shop: Any, database: Database
) -> None:
    path = f"/customers/{shop.mario}/timeline"
    whole = agent.get(path).json()["items"]
    with database.writing() as session:
        for table in ("ticket", "consent", "offer_event", "message"):
            column = "created_at" if table == "ticket" else "at"
            session.connection().exec_driver_sql(
                f"UPDATE {table} SET {column} = '2026-05-05 10:00:00.000000'"
            )
    for size in (1, 2, 5):
        seen: list[Any] = []
        cursor: str | None = ""
        while cursor is not None:
            page = agent.get(path, params={"limit": size, "cursor": cursor}).json()
            seen += page["items"]
            cursor = page["next_cursor"]
        assert len(seen) == len(whole)
        assert len({(one["kind"], one["about"]) for one in seen}) == len(whole)


def test_a_customer_without_touches_has_an_empty_timeline(agent: httpx.Client, shop: Any) -> None:
    page = agent.get(f"/customers/{shop.giulia}/timeline").json()
    assert page == {"items": [], "next_cursor": None}


def touches_of(client: httpx.Client, customer_id: int, kind: str) -> list[dict[str, Any]]:
    items = client.get(f"/customers/{customer_id}/timeline").json()["items"]
    return [one for one in items if one["kind"] == kind]
