"""A person is wanted, comes, answers and leaves: over the web chat and the staff API."""

import pytest

from crm.db import Database
from tests.dialogue.written import written
from tests.live.instance import Instance
from tests.live.visitor import Visitor

pytestmark = pytest.mark.rasa

WISHES = {"it": "vorrei parlare con una persona", "en": "I want to talk to a human agent please"}


def conversation_of(staff, visitor: Visitor) -> int:  # type: ignore[no-untyped-def]
    """The conversation in which the visitor's own words stand."""
    waiting = staff.get("/conversations", params={"mode": "waiting"}).json()["items"]
    for one in waiting:
        found = staff.get(f"/conversations/{one['id']}").json()
        texts = [message["text"] for message in found["messages"]]
        if any(visitor.session_id[:8] in text for text in texts):
            return int(one["id"])
    raise AssertionError(f"not in the inbox: {waiting}")


@pytest.mark.parametrize("language", ["it", "en"])
def test_wanted_waiting_answered_handed_back(
    bottega: Instance, stored: Database, language: str
) -> None:
    visitor = Visitor(bottega.url, language)
    visitor.say(f"ref {visitor.session_id[:8]}")
    assert visitor.say(WISHES[language])
    assert visitor.mode == "waiting"
    assert visitor.say("ci siete?") == "", "the bot is silent while a person is awaited"
    with bottega.staff() as staff:
        conversation = conversation_of(staff, visitor)
        assert staff.post(f"/conversations/{conversation}/takeover").status_code == 200
        last = visitor.messages[-1]["seq"]
        said = staff.post(f"/conversations/{conversation}/reply", json={"text": "Sono Anna."})
        assert said.status_code == 200
        assert visitor.wait_for("agent", last)[0]["text"] == "Sono Anna."
        assert visitor.mode == "human"
        assert visitor.say("grazie Anna") == ""
        released = staff.post(f"/conversations/{conversation}/release", json={"settled": "tutto"})
        assert released.status_code == 200
    visitor.wait_for("system", last)
    assert visitor.mode == "bot"
    assert visitor.say("grazie" if language == "it" else "thanks")
    tickets = written(stored, visitor.session_id)["tickets"]
    assert [(t["category"], t["status"]) for t in tickets] == [("handoff", "solved")]


def test_the_customer_may_stop_waiting(bottega: Instance) -> None:
    visitor = Visitor(bottega.url)
    visitor.say(WISHES["it"])
    assert visitor.press("Torna")
    assert visitor.mode == "bot"
    assert visitor.say("quanto costa la spedizione?")


CAUSES = {
    "asked_for": ["vorrei parlare con una persona"],
    "anger": ["fatemi parlare subito con qualcuno, sono furiosa"],
    "failed_tries": ["zzzz", "ghghgh", "zzzz zzzz", "Parla con una persona"],
    "rule": ["il phon ha preso fuoco mentre lo usavo"],
}


@pytest.mark.parametrize("cause", CAUSES)
def test_why_a_person_was_called(bottega: Instance, stored: Database, cause: str) -> None:
    visitor = Visitor(bottega.url)
    for text in CAUSES[cause]:
        visitor.say(text)
    assert visitor.mode == "waiting"
    found = written(stored, visitor.session_id)
    assert found["cause"] == cause
    assert [ticket["category"] for ticket in found["tickets"]] == ["handoff"]
