"""A marketer reads everything that cannot be traced to one person, and nothing else (R5, R8)."""

from typing import Any

import httpx
import pytest

from crm.conversation.handoff import close, release, take_over
from crm.conversation.log import Outgoing, open_conversation
from crm.conversation.models import Conversation
from crm.db import Database

from .conftest import hear

# What the small company knows of its people, as it may be written anywhere.
TRACES = ("mario.rossi@", "famiglia.bianchi@", "rossi", "giulia", "bianchi", "3941950001",
          "394 195 0001", "pasquale", "liguori", "via dante", "brt0099887766",
          "session-of-mario", "777000777", "2950100000002")  # fmt: skip


def readings(client: httpx.Client, shop: Any) -> dict[str, str]:
    paths = [
        "/conversations", "/customers", "/tickets",
        f"/conversations/{shop.waiting}", f"/conversations/{shop.chatting}",
        f"/customers/{shop.mario}", f"/customers/{shop.giulia}",
        f"/customers/{shop.mario}/timeline",
        f"/tickets/{shop.fault_ticket}", f"/tickets/{shop.handoff_ticket}",
    ]  # fmt: skip
    return {path: client.get(path).text.lower() for path in paths}


@pytest.fixture(autouse=True)
def words_of_staff(database: Database, shop: Any) -> None:
    """What the staff writes names people too."""
    with database.writing() as session:
        conversation = session.get_one(Conversation, shop.waiting)
        take_over(session, conversation, "Anna")
        release(session, conversation, "Anna", Outgoing(text="Eccomi"), "Parlato con Mario Rossi")
        close(session, session.get_one(Conversation, shop.chatting), "Anna", "Pasquale saluta")


def test_nothing_leads_a_marketer_to_a_person(marketer: httpx.Client, shop: Any) -> None:
    for path, text in readings(marketer, shop).items():
        assert [trace for trace in TRACES if trace in text] == [], path


def test_an_agent_sees_all_of_it(agent: httpx.Client, shop: Any) -> None:
    everything = " ".join(readings(agent, shop).values())
    assert [trace for trace in TRACES if trace not in everything] == []


def test_a_marketer_sees_what_serves(marketer: httpx.Client, shop: Any) -> None:
    profile = marketer.get(f"/customers/{shop.mario}").json()
    assert profile["full_name"] == "M. R."
    assert (profile["given_name"], profile["family_name"]) == ("M.", "R.")
    assert profile["email"] == "m•••@example.it"
    assert profile["phone"] == "•••01"
    assert profile["cap"] == "38068" and profile["places"][0]["comune"] == "Rovereto"
    traits = {one["name"]: one["value"] for one in profile["traits"] if one["current"]}
    assert traits["skin"] == "normal" and traits["loyalty_points"] == 240
    assert traits["address"] == "•••" and traits["email"] == "•••"
    sources = {one["source"] for one in profile["traits"]}
    assert sources == {"ecommerce", "shop_loyalty:•••"}
    assert profile["orders"][0]["number"] == "EG-20417"
    conversation = marketer.get(f"/conversations/{shop.waiting}").json()
    said = conversation["messages"][0]
    assert said["text"] == "sono M. R., il phon non va, chiamatemi al •••01"
    assert said["intent"] == "request_human"
    assert said["understanding"]["entities"][0]["value"] == "M. R."


def test_a_marketers_search_finds_only_what_a_marketer_reads(
    marketer: httpx.Client, shop: Any
) -> None:
    def found(path: str, query: str) -> int:
        return len(marketer.get(path, params={"query": query}).json()["items"])

    for words in ("mario", "rossi", "mario.rossi@example.it", "m", "3941950001", "394 195"):
        assert found("/customers", words) == 0, words
    for words in ("rossi", "mario", "195", "liguori", "pasquale"):
        assert found("/conversations", words) == 0, words
        assert found("/tickets", words) == 0, words
    assert found("/customers", "38068") == found("/customers", "380") == 1
    assert found("/conversations", "phon non va") == found("/conversations", "ricci") == 1
    assert found("/tickets", "accende") == 1


def test_a_search_without_readable_hits_still_leads_on(
    marketer: httpx.Client, database: Database
) -> None:
    with database.writing() as session:
        for number in range(4):
            conversation = open_conversation(session, "webchat", f"s{number}")
            hear(session, conversation, "sono Ugo Fantozzi" if number else "la marca è Fantozzi?")
    first = marketer.get("/conversations", params={"query": "fantozzi", "limit": 2}).json()
    assert first["items"] == [] and first["next_cursor"]
