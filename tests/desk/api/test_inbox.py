"""Tags, who has what, who is there, and the trail that looking and changing leave."""

from typing import Any

import httpx
import pytest

from crm.conversation.models import Conversation, ConversationEvent
from crm.conversation.tags import add_tag
from crm.db import Database
from crm.staff.glances import look_at, look_away
from crm.staff.models import AuditEntry, Role
from crm.staff.users import add_user
from desk.door.signed_in import SignedIn
from desk.pages.lines import Filters, find_lines, tags_to_choose


def ids(answer: httpx.Response) -> list[int]:
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


def test_a_tag_is_put_on_found_and_taken_away(
    agent: httpx.Client, shop: Any, database: Database
) -> None:
    path = f"/conversations/{shop.waiting}/tags"
    assert agent.post(path, json={"tag": "  Reso   URGENTE "}).json()["tags"] == ["reso urgente"]
    agent.post(path, json={"tag": "reso urgente"})
    agent.post(path, json={"tag": "a/b"})
    assert agent.get(f"/conversations/{shop.waiting}").json()["tags"] == ["a/b", "reso urgente"]
    assert ids(agent.get("/conversations", params={"tag": "Reso urgente"})) == [shop.waiting]
    assert ids(agent.get("/conversations", params={"tag": "reso"})) == []
    assert agent.delete(f"{path}/a/b").json()["tags"] == ["reso urgente"]
    assert agent.delete(f"{path}/niente").json()["tags"] == ["reso urgente"]
    with database.reading() as session:
        events = session.query(ConversationEvent.what).filter_by(conversation_id=shop.waiting)
        assert [what for (what,) in events][1:] == ["tagged", "tagged", "untagged"]


def test_a_tag_that_names_somebody_is_masked(
    agent: httpx.Client, marketer: httpx.Client, shop: Any
) -> None:
    path = f"/conversations/{shop.waiting}"
    for tag in ("richiamare mario rossi", "m.rossi@example.it", "reso"):
        agent.post(f"{path}/tags", json={"tag": tag})
    masked = ["m•••@example.it", "reso", "richiamare M. R."]
    assert sorted(marketer.get(path).json()["tags"]) == masked
    found = marketer.get("/conversations", params={"tag": "reso"})
    assert ids(found) == [shop.waiting]
    assert sorted(found.json()["items"][0]["tags"]) == masked
    for tag in ("richiamare mario rossi", "m.rossi@example.it"):
        assert ids(agent.get("/conversations", params={"tag": tag})) == [shop.waiting]
        assert ids(marketer.get("/conversations", params={"tag": tag})) == []


@pytest.mark.parametrize(
    ("role", "shown", "offered"),
    [
        (Role.MARKETER, ["reso", "richiamare M. R."], ["reso"]),
        (Role.AGENT, ["reso", "richiamare mario rossi"], ["reso", "richiamare mario rossi"]),
    ],
)
def test_the_inbox_page_offers_marketers_no_tag_that_names_somebody(
    database: Database, shop: Any, role: Role, shown: list[str], offered: list[str]
) -> None:
    who = SignedIn(1, "Marco", role, "it", "light", "cookie")
    with database.writing() as session:
        talk = session.get_one(Conversation, shop.waiting)
        for tag in ("richiamare mario rossi", "reso"):
            add_tag(session, talk, tag, "Anna")
        assert tags_to_choose(session, who) == offered
        [line] = find_lines(session, who, Filters(tag="reso")).lines
        assert line.view.tags == shown
        found = find_lines(session, who, Filters(tag="richiamare mario rossi")).lines
        assert len(found) == (role == Role.AGENT)


def test_ten_tags_are_enough(agent: httpx.Client, shop: Any) -> None:
    path = f"/conversations/{shop.waiting}/tags"
    codes = [agent.post(path, json={"tag": f"n{number}"}).status_code for number in range(11)]
    assert codes == [200] * 10 + [409]
    answer = agent.post(path, json={"tag": "ß" * 25})
    assert (answer.status_code, answer.json()["code"]) == (409, "bad_tag")


def test_conversations_by_who_has_them(agent: httpx.Client, shop: Any) -> None:
    assert ids(agent.get("/conversations", params={"assignee": "Anna"})) == []
    agent.post(f"/conversations/{shop.chatting}/takeover")
    assert ids(agent.get("/conversations", params={"assignee": "Anna"})) == [shop.chatting]


def test_who_is_looking_is_told(agent: httpx.Client, shop: Any, database: Database) -> None:
    with database.writing() as session:
        user = add_user(session, "Bruno", Role.AGENT, "a long enough one")
        look_at(session, user.id, shop.waiting, 2)
    assert agent.get(f"/conversations/{shop.waiting}").json()["looking"] == ["Bruno"]
    with database.writing() as session:
        look_away(session, 1, shop.waiting)
    assert agent.get(f"/conversations/{shop.waiting}").json()["looking"] == []


def trail(database: Database) -> list[tuple[str, str, str]]:
    with database.reading() as session:
        entries = session.query(AuditEntry).order_by(AuditEntry.id)
        assert all(entry.details["by"] == "api" for entry in entries)
        return [(entry.actor, entry.action, entry.subject) for entry in entries]


def test_looking_is_written_down_once_in_a_while(
    agent: httpx.Client, marketer: httpx.Client, shop: Any, database: Database
) -> None:
    for _ in range(3):
        agent.get(f"/customers/{shop.mario}")
        agent.get("/customers", params={"query": "rossi"})
    agent.get(f"/conversations/{shop.waiting}")
    agent.get(f"/tickets/{shop.fault_ticket}")
    marketer.get(f"/customers/{shop.mario}")
    agent.get("/customers/999")
    assert trail(database) == [
        ("Anna", "saw", f"customer:{shop.mario}"),
        ("Anna", "searched", "customers"),
        ("Anna", "saw", f"conversation:{shop.waiting}"),
        ("Anna", "saw", f"ticket:{shop.fault_ticket}"),
        ("Marco", "saw", f"customer:{shop.mario}"),
    ]


def test_every_change_is_written_down_without_the_data(
    agent: httpx.Client, shop: Any, database: Database
) -> None:
    talk = f"/conversations/{shop.waiting}"
    agent.post(f"{talk}/takeover")
    agent.post(f"{talk}/reply", json={"text": "Segreto"})
    agent.post(f"{talk}/tags", json={"tag": "vip"})
    agent.post(f"{talk}/release", json={"settled": "Segreto"})
    agent.patch(f"/customers/{shop.mario}", json={"cap": "00184"})
    agent.patch(f"/tickets/{shop.fault_ticket}", json={"note": "Segreto"})
    agent.post(f"/customers/{shop.mario}/merge", json={"other_id": shop.giulia})
    agent.post("/merges/1/undo")
    actions = [action for _, action, _ in trail(database)]
    assert actions == ["took_over", "replied", "tagged", "released", "changed", "changed",
                       "merged", "undid"]  # fmt: skip
    with database.reading() as session:
        written = str([entry.details for entry in session.query(AuditEntry)])
    assert "Segreto" not in written and "00184" not in written and "'cap'" in written


@pytest.mark.usefixtures("shop")
def test_what_was_refused_leaves_no_trail(agent: httpx.Client, database: Database) -> None:
    agent.post("/conversations/1/reply", json={"text": "ciao"})
    assert trail(database) == []
