"""What came to nothing is listed, and can be tried again."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from crm.conversation import delivery, reports, turns
from crm.conversation.handoff import take_over
from crm.conversation.log import Outgoing
from crm.conversation.models import Conversation, Message, State
from crm.conversation.pace import Rate
from crm.db import Database, now

from .conftest import Login, hear

FAST = Rate(1000)


def give_up(database: Database, conversation_id: int) -> int:
    """A customer's message that the bot could not answer."""
    with database.writing() as session:
        said = hear(session, session.get_one(Conversation, conversation_id), "il phon fuma!")
        turns.give_up(session, said.id, "action_failed", Outgoing("Scusa, qualcosa non va."))
        return said.id


def lose(database: Database, conversation_id: int, *, refused: bool) -> int:
    """A reply that the platform refused, or of which nobody knows."""
    with database.writing() as session:
        for _ in range(10):
            message = delivery.begin_send(session, conversation_id, FAST)
            assert message is not None
            if refused:
                delivery.mark_refused(session, message.id, "131026", "not on WhatsApp")
            else:
                delivery.mark_unknown(session, message.id, "no answer in time")
            return message.id
    raise AssertionError


def letters(client: httpx.Client, **wanted: Any) -> list[dict[str, Any]]:
    answer = client.get("/dead-letters", params=wanted)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def test_nothing_has_gone_wrong(agent: httpx.Client, shop: Any) -> None:
    assert letters(agent) == []


def test_every_kind_is_listed_the_newest_first(
    agent: httpx.Client, shop: Any, database: Database
) -> None:
    refused = lose(database, shop.chatting, refused=True)
    dead = give_up(database, shop.chatting)
    unknown = lose(database, shop.chatting, refused=False)
    assert [(one["id"], one["kind"]) for one in letters(agent)] == [
        (unknown, "unknown"), (dead, "unanswered"), (refused, "refused"),
    ]  # fmt: skip
    assert [one["id"] for one in letters(agent, kind="refused")] == [refused]
    letter = letters(agent, kind="unanswered")[0]
    assert letter["conversation_id"] == shop.chatting and letter["channel"] == "telegram"
    assert (letter["text"], letter["error"]) == ("il phon fuma!", "action_failed")


def test_the_list_comes_in_pages(agent: httpx.Client, shop: Any, database: Database) -> None:
    ids = [give_up(database, shop.chatting) for _ in range(5)]
    seen, cursor = [], ""
    while cursor is not None:
        page = agent.get("/dead-letters", params={"limit": 2, "cursor": cursor}).json()
        seen += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
    assert seen == ids[::-1]


def test_the_bot_tries_again(
    agent: httpx.Client, shop: Any, database: Database, told: list[int]
) -> None:
    dead = give_up(database, shop.chatting)
    answer = agent.post(f"/dead-letters/{dead}/retry")
    assert answer.json() == {"id": dead, "conversation_id": shop.chatting, "state": "received"}
    assert told == [shop.chatting] and letters(agent) == []
    with database.writing() as session:
        job = turns.begin(session, shop.chatting)
    assert job is not None and (job.message_id, job.attempts) == (dead, 0)
    again = agent.post(f"/dead-letters/{dead}/retry")
    assert (again.status_code, again.json()["code"]) == (409, "not_dead")


@pytest.mark.parametrize("refused", [True, False])
def test_the_channel_sends_again(
    agent: httpx.Client, shop: Any, database: Database, *, refused: bool
) -> None:
    lost = lose(database, shop.chatting, refused=refused)
    with database.writing() as session:  # what became of a part of the first try
        reports.note_parts(session, session.get_one(Message, lost), ["p1"])
        reports.progress(session, "telegram", "p1", State.FAILED, now(), error="131026")
    assert agent.post(f"/dead-letters/{lost}/retry").json()["state"] == "queued"
    with database.writing() as session:
        message = delivery.begin_send(session, shop.chatting, FAST)
        assert message is not None and message.id == lost
        delivery.mark_sent(session, lost, ["p2"])
        assert session.get_one(Message, lost).state == State.SENT
    assert letters(agent) == []


def test_what_a_person_has_taken_over_is_answered_there(
    agent: httpx.Client, shop: Any, database: Database
) -> None:
    dead = give_up(database, shop.chatting)
    lost = lose(database, shop.chatting, refused=False)
    with database.writing() as session:
        take_over(session, session.get_one(Conversation, shop.chatting), "Bruno")
    for message_id in (dead, lost):
        answer = agent.post(f"/dead-letters/{message_id}/retry")
        assert (answer.status_code, answer.json()["code"]) == (409, "dealt_with")


def test_an_unknown_one_is_named(agent: httpx.Client) -> None:
    answer = agent.post("/dead-letters/4711/retry")
    assert (answer.status_code, answer.json()["code"]) == (404, "dead_letter_not_found")
    assert "4711" in answer.json()["message"]
    assert agent.post("/dead-letters/x/retry").json()["code"] == "dead_letter_not_found"


def test_agents_and_admins_only(login: Login, shop: Any) -> None:
    assert letters(login("admin")) == []
    for answer in (
        login("marketer").get("/dead-letters"),
        login("marketer").post("/dead-letters/1/retry"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "role_not_allowed")


def test_a_put_off_delivery_fails_after_its_tries(database: Database, shop: Any) -> None:
    with database.writing() as session:
        states = []
        for _ in range(3):
            message = delivery.begin_send(session, shop.chatting, FAST)
            assert message is not None
            delay = timedelta(seconds=-1)
            states.append(delivery.put_off(session, message.id, delay, "429", attempts=3))
    assert states == [State.QUEUED, State.QUEUED, State.FAILED]
