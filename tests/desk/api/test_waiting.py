"""A handoff in short, how long it has waited, and who is there to take it."""

from datetime import timedelta
from typing import Any

import httpx

from crm.conversation import presence, turns
from crm.conversation.handoff import ask_for_person
from crm.conversation.log import Incoming, receive
from crm.conversation.models import Conversation
from crm.db import Database, now

from .conftest import Login


def understood(intent: str, **entities: str) -> dict[str, Any]:
    found = [{"entity": kind, "value": value} for kind, value in entities.items()]
    return {"intent": {"name": intent, "confidence": 0.9}, "entities": found, "mood": "unhappy"}


def let_wait(database: Database, conversation_id: int, minutes: float) -> None:
    with database.writing() as session:
        conversation = session.get_one(Conversation, conversation_id)
        conversation.mode_since = now() - timedelta(minutes=minutes)


def talk(database: Database, conversation_id: int) -> None:
    """A stranger's talk with the bot that ends with a call for a person."""
    said = (
        ("dov'è il mio ordine EG-20417?", understood("order_status", order_number="EG-20417")),
        ("EG-20418, anzi", understood("order_status", order_number="EG-20418")),
        ("sto a Rovereto, 38068", understood("inform", cap="38068")),
        ("voglio una persona", understood("request_human")),
    )
    for number, (text, understanding) in enumerate(said):
        with database.writing() as session:
            conversation = session.get_one(Conversation, conversation_id)
            message = receive(session, conversation, Incoming(f"w{number}", text))
            conversation.failed_tries = number
            if number == len(said) - 1:
                ask_for_person(session, conversation, "failed_tries", message, text)
            turns.finish(session, message.id, [], understanding)


def test_a_handoff_in_short(agent: httpx.Client, shop: Any, database: Database) -> None:
    assert agent.get(f"/conversations/{shop.chatting}").json()["handoff"] is None
    talk(database, shop.chatting)
    handoff = agent.get(f"/conversations/{shop.chatting}").json()["handoff"]
    assert handoff["cause"] == "failed_tries" and handoff["failed_tries"] == 3
    assert handoff["intents"] == ["product_search", "order_status", "inform", "request_human"]
    assert {one["entity"]: one["value"] for one in handoff["facts"]} == {
        "order_number": "EG-20418", "cap": "38068",
    }  # fmt: skip
    assert (handoff["level"], handoff["mood"]) == ("anonymous", "unhappy")
    assert handoff["last_words"][-1] == "voglio una persona" and handoff["settled"] is None


def test_the_next_handoff_begins_anew(agent: httpx.Client, shop: Any, database: Database) -> None:
    talk(database, shop.chatting)
    agent.post(f"/conversations/{shop.chatting}/takeover")
    assert agent.get(f"/conversations/{shop.chatting}").json()["handoff"]["failed_tries"] == 3
    agent.post(f"/conversations/{shop.chatting}/release", json={"settled": "ordine ritrovato"})
    agent.post(f"/conversations/{shop.chatting}/takeover")
    handoff = agent.get(f"/conversations/{shop.chatting}").json()["handoff"]
    assert (handoff["cause"], handoff["failed_tries"], handoff["intents"]) == (None, 0, [])
    assert handoff["settled"] == "ordine ritrovato"


def test_a_marketer_learns_no_facts_of_a_person(login: Login, shop: Any) -> None:
    said = login("marketer").get(f"/conversations/{shop.waiting}").text
    assert "Rossi" not in said and "394 195 0001" not in said


def test_who_waits_too_long_is_late(agent: httpx.Client, shop: Any, database: Database) -> None:
    def line(conversation_id: int) -> dict[str, Any]:
        items = agent.get("/conversations").json()["items"]
        return next(one for one in items if one["id"] == conversation_id)

    assert line(shop.chatting)["waiting_seconds"] is None
    assert not line(shop.waiting)["is_late"] and line(shop.waiting)["waiting_seconds"] < 60
    let_wait(database, shop.waiting, 11)
    assert line(shop.waiting)["is_late"] and line(shop.waiting)["waiting_seconds"] >= 660
    assert agent.get(f"/conversations/{shop.waiting}").json()["is_late"]
    assert not line(shop.chatting)["is_late"]


def test_the_late_are_counted(shop: Any, database: Database, address: str) -> None:
    def late() -> str:
        figures = httpx.get(f"{address}/metrics", trust_env=False, timeout=30).text.splitlines()
        return next(line for line in figures if line.startswith("bottega_handoffs_late"))

    assert late().endswith(" 0.0")
    let_wait(database, shop.waiting, 11)
    assert late().endswith(" 1.0")


def test_an_agent_at_work_is_present(login: Login, shop: Any, database: Database) -> None:
    def is_anybody_there(later: timedelta = timedelta()) -> bool | None:
        with database.reading() as session:
            return presence.is_anybody_there(session, now() + later)

    login("marketer", "Marco").get("/conversations")
    assert is_anybody_there() is None, "a marketer answers nobody"
    agent = login("agent", "Anna")
    for _ in range(2):
        assert agent.get("/conversations").status_code == 200
    assert is_anybody_there() is True
    assert is_anybody_there(timedelta(minutes=11)) is False
