"""Finding tickets, following and changing them."""

from typing import Any

import httpx
import pytest

from crm.db import Database, now
from crm.ticket.desk import NewTicket, find_ticket, open_ticket
from crm.ticket.models import TicketCategory, TicketRating


def numbers(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [item["number"] for item in answer.json()["items"]]


def test_tickets_are_filtered(agent: httpx.Client, shop: Any) -> None:
    both = [shop.fault_ticket, shop.handoff_ticket]
    assert numbers(agent.get("/tickets")) == both
    assert numbers(agent.get("/tickets", params={"status": "", "query": "", "cursor": ""})) == both
    assert numbers(agent.get("/tickets", params={"status": "open"})) == both
    assert numbers(agent.get("/tickets", params={"status": "solved"})) == []
    assert numbers(agent.get("/tickets", params={"customer_id": shop.mario})) == both
    assert numbers(agent.get("/tickets", params={"customer_id": shop.giulia})) == []
    assert numbers(agent.get("/tickets", params={"query": "ACCENDE phon"})) == [shop.fault_ticket]
    assert numbers(agent.get("/tickets", params={"query": shop.handoff_ticket})) == [
        shop.handoff_ticket
    ]


def test_pages_join_without_gap_or_repetition(agent: httpx.Client, database: Database) -> None:
    with database.writing() as session:
        for number in range(5):
            new = NewTicket(TicketCategory.OTHER, f"richiesta {number}", "bot")
            open_ticket(session, new)
    first = agent.get("/tickets", params={"limit": 3}).json()
    second = agent.get("/tickets", params={"limit": 3, "cursor": first["next_cursor"]}).json()
    assert [one["id"] for one in first["items"] + second["items"]] == [5, 4, 3, 2, 1]
    assert second["next_cursor"] is None


def test_a_ticket_is_known_by_number_and_id(agent: httpx.Client, shop: Any) -> None:
    by_number = agent.get(f"/tickets/{shop.fault_ticket.lower()}").json()
    assert by_number == agent.get(f"/tickets/{by_number['id']}").json()
    assert by_number["description"].startswith("Il phon")
    assert [event["what"] for event in by_number["events"]] == ["opened"]


def test_changes_are_written_into_the_history(agent: httpx.Client, shop: Any) -> None:
    change = {
        "status": "in_progress",
        "priority": "urgent",
        "assignee": "Anna",
        "note": "Chiamo io",
    }
    changed = agent.patch(f"/tickets/{shop.fault_ticket}", json=change).json()
    assert {name: changed[name] for name in ("status", "priority", "assignee")} == {
        "status": "in_progress",
        "priority": "urgent",
        "assignee": "Anna",
    }
    events = [(event["what"], event["note"], event["actor"]) for event in changed["events"]]
    assert events == [
        ("opened", "", "bot"),
        ("open → in_progress", "", "Anna"),
        ("normal → urgent", "", "Anna"),
        ("assigned", "Anna", "Anna"),
        ("note", "Chiamo io", "Anna"),
    ]
    assert agent.get(f"/tickets/{shop.fault_ticket}").json() == changed


def test_the_same_again_changes_nothing(agent: httpx.Client, shop: Any) -> None:
    change = {"status": "solved", "priority": "low", "assignee": "Anna"}
    first = agent.patch(f"/tickets/{shop.fault_ticket}", json=change).json()
    assert agent.patch(f"/tickets/{shop.fault_ticket}", json=change).json() == first
    assert agent.patch(f"/tickets/{shop.fault_ticket}", json={}).json() == first


def test_nobody_can_have_a_ticket(agent: httpx.Client, shop: Any) -> None:
    agent.patch(f"/tickets/{shop.fault_ticket}", json={"assignee": "Anna"})
    changed = agent.patch(f"/tickets/{shop.fault_ticket}", json={"assignee": None}).json()
    assert changed["assignee"] is None and changed["events"][-1]["what"] == "unassigned"


def test_a_solved_ticket_is_no_open_matter_r14(agent: httpx.Client, shop: Any) -> None:
    assert agent.get(f"/customers/{shop.mario}").json()["has_open_matter"] is True
    agent.patch(f"/tickets/{shop.fault_ticket}", json={"status": "solved"})
    assert agent.get(f"/tickets/{shop.handoff_ticket}").json()["status"] == "open"
    assert agent.get(f"/customers/{shop.mario}").json()["has_open_matter"] is False


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"status": "done"}, "status"),
        ({"status": None}, "status"),
        ({"priority": 3}, "priority"),
        ({"assignee": "  "}, "assignee"),
        ({"assignee": "x" * 81}, "assignee"),
        ({"note": ""}, "note"),
        ({"number": "T-1"}, "number"),
    ],
)
def test_a_wrong_value_is_named(
    agent: httpx.Client, shop: Any, change: dict[str, Any], named: str
) -> None:
    answer = agent.patch(f"/tickets/{shop.fault_ticket}", json=change)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert named in answer.json()["message"]


@pytest.mark.parametrize("key", ["T-999", "999", "EG-20417", "t"])
def test_an_unknown_ticket_is_named(agent: httpx.Client, key: str) -> None:
    for answer in (agent.get(f"/tickets/{key}"), agent.patch(f"/tickets/{key}", json={})):
        assert (answer.status_code, answer.json()["code"]) == (404, "ticket_not_found")
        assert key in answer.json()["message"]


def test_doubles_are_compared_merged_and_separated(agent: httpx.Client, shop: Any) -> None:
    path = f"/tickets/{shop.fault_ticket}/merge"
    seen = agent.post(path, json={"other": shop.handoff_ticket, "preview": True}).json()
    assert seen["merge_id"] is None and seen["kept"] == shop.fault_ticket
    fields = {change["field"]: change["after"] for change in seen["changes"]}
    assert fields == {"conversation_id": shop.waiting, "priority": "high"}
    assert agent.get(f"/tickets/{shop.handoff_ticket}").json()["merged_into"] is None

    merged = agent.post(path, json={"other": shop.handoff_ticket}).json()
    kept = agent.get(f"/tickets/{shop.fault_ticket}").json()
    assert kept["absorbed"] == [shop.handoff_ticket] and kept["conversations"] == [shop.waiting]
    assert kept["priority"] == "high" and kept["merges"][0]["id"] == merged["merge_id"]
    absorbed = agent.get(f"/tickets/{shop.handoff_ticket}").json()
    assert (absorbed["merged_into"], absorbed["status"]) == (shop.fault_ticket, "closed")
    talk = agent.get(f"/conversations/{shop.waiting}").json()
    assert talk["ticket"]["number"] == shop.fault_ticket

    again = agent.post(path, json={"other": shop.handoff_ticket})
    assert (again.status_code, again.json()["code"]) == (409, "ticket_merged")
    opened = agent.patch(f"/tickets/{shop.handoff_ticket}", json={"status": "open"})
    assert (opened.status_code, opened.json()["code"]) == (409, "ticket_merged")
    undo = f"/ticket-merges/{merged['merge_id']}/undo"
    assert agent.post(undo).status_code == 200
    assert agent.post(undo).json()["code"] == "merge_already_undone"
    assert agent.get(f"/tickets/{shop.handoff_ticket}").json()["status"] == "open"
    assert agent.post("/ticket-merges/99/undo").json()["code"] == "ticket_merge_not_found"


def test_a_ticket_shows_its_times_and_what_the_customer_said_of_it(
    agent: httpx.Client, marketer: httpx.Client, shop: Any, database: Database
) -> None:
    with database.writing() as session:
        ticket = find_ticket(session, shop.handoff_ticket)
        assert ticket is not None
        rating = TicketRating(
            ticket_id=ticket.id, conversation_id=shop.waiting, question_seq=9, score=2,
            comment="Mario Rossi non è contento", answered_at=now(),
        )  # fmt: skip
        session.add(rating)
    shown = agent.get(f"/tickets/{shop.handoff_ticket}").json()
    assert shown["rating"]["score"] == 2 and "Mario Rossi" in shown["rating"]["comment"]
    assert shown["times"]["answered_at"] is None and shown["times"]["is_overdue"] is False
    masked = marketer.get(f"/tickets/{shop.handoff_ticket}").json()
    assert masked["rating"]["comment"] == "M. R. non è contento"
