"""The message log and the turns over it: stored first, answered once, in order."""

from datetime import timedelta

import pytest

from crm.conversation import turns
from crm.conversation.handoff import ask_for_person, release, take_over
from crm.conversation.log import (
    Incoming,
    Outgoing,
    is_being_answered,
    messages_after,
    open_conversation,
    receive,
)
from crm.conversation.models import Conversation, Message, Mode, Role, State
from crm.db import Database, now


@pytest.fixture
def conversation_id(database: Database) -> int:
    with database.writing() as session:
        return open_conversation(session, "webchat", "visitor-1").id


def say(database: Database, conversation_id: int, external_id: str, text: str = "ciao") -> int:
    with database.writing() as session:
        conversation = session.get_one(Conversation, conversation_id)
        return receive(session, conversation, Incoming(external_id, text)).id


def begin(database: Database, conversation_id: int) -> turns.Job | None:
    with database.writing() as session:
        return turns.begin(session, conversation_id)


def finish(database: Database, message_id: int, *texts: str) -> list[Message]:
    with database.writing() as session:
        return turns.finish(session, message_id, [Outgoing(text) for text in texts])


def log(database: Database, conversation_id: int) -> list[tuple[Role, str]]:
    with database.reading() as session:
        return [(m.role, m.text) for m in messages_after(session, conversation_id, 0)]


def test_same_person_finds_the_same_conversation(database: Database, conversation_id: int) -> None:
    with database.writing() as session:
        assert open_conversation(session, "webchat", "visitor-1").id == conversation_id
        assert open_conversation(session, "telegram", "visitor-1").id != conversation_id


def test_a_message_that_comes_twice_is_stored_once(
    database: Database, conversation_id: int
) -> None:
    first = say(database, conversation_id, "m1", "ciao")
    assert say(database, conversation_id, "m1", "ciao") == first
    assert log(database, conversation_id) == [(Role.CUSTOMER, "ciao")]


def test_messages_are_answered_oldest_first(database: Database, conversation_id: int) -> None:
    first = say(database, conversation_id, "m1", "uno")
    second = say(database, conversation_id, "m2", "due")
    job = begin(database, conversation_id)
    assert job is not None and job.message_id == first and job.text == "uno"
    finish(database, first, "risposta a uno")
    job = begin(database, conversation_id)
    assert job is not None and job.message_id == second


def test_replies_are_stored_in_order_with_the_turn(
    database: Database, conversation_id: int
) -> None:
    message = say(database, conversation_id, "m1")
    finish(database, message, "prima", "seconda")
    assert log(database, conversation_id)[1:] == [(Role.BOT, "prima"), (Role.BOT, "seconda")]
    assert begin(database, conversation_id) is None


def test_a_finished_turn_is_not_finished_again(database: Database, conversation_id: int) -> None:
    message = say(database, conversation_id, "m1")
    finish(database, message, "una volta")
    assert finish(database, message, "due volte") == []
    assert len(log(database, conversation_id)) == 2


def test_typing_shows_while_the_bot_owes_an_answer(
    database: Database, conversation_id: int
) -> None:
    message = say(database, conversation_id, "m1")
    with database.reading() as session:
        assert is_being_answered(session, session.get_one(Conversation, conversation_id))
    finish(database, message, "ecco")
    with database.reading() as session:
        assert not is_being_answered(session, session.get_one(Conversation, conversation_id))


def test_a_failed_turn_keeps_its_place_and_is_tried_later(
    database: Database, conversation_id: int
) -> None:
    first = say(database, conversation_id, "m1")
    say(database, conversation_id, "m2")
    with database.writing() as session:
        turns.retry_later(session, first, timedelta(hours=1), "boom")
    assert begin(database, conversation_id) is None
    with database.writing() as session:
        session.get_one(Message, first).next_attempt_at = now()
    job = begin(database, conversation_id)
    assert job is not None and job.message_id == first and job.attempts == 1


def test_a_dead_letter_is_kept_and_apologised_for_once(
    database: Database, conversation_id: int
) -> None:
    message = say(database, conversation_id, "m1", "aiuto")
    for _ in range(2):
        with database.writing() as session:
            turns.give_up(session, message, "boom", Outgoing("scusa"))
    with database.reading() as session:
        assert session.get_one(Message, message).state == State.DEAD
    assert log(database, conversation_id) == [(Role.CUSTOMER, "aiuto"), (Role.BOT, "scusa")]


def test_no_bot_message_after_a_takeover_in_the_middle_of_a_turn(
    database: Database, conversation_id: int
) -> None:
    message = say(database, conversation_id, "m1")
    assert begin(database, conversation_id) is not None
    with database.writing() as session:
        take_over(session, session.get_one(Conversation, conversation_id), "Anna")
    stored = finish(database, message, "troppo tardi")
    assert [reply.state for reply in stored] == [State.SUPPRESSED]
    assert log(database, conversation_id) == [(Role.CUSTOMER, "ciao")]


def test_the_bot_may_say_that_a_person_will_come_but_nothing_more(
    database: Database, conversation_id: int
) -> None:
    asking = say(database, conversation_id, "m1", "voglio una persona")
    with database.writing() as session:
        conversation = session.get_one(Conversation, conversation_id)
        ask_for_person(session, conversation, "asked_for", session.get_one(Message, asking), "…")
    finish(database, asking, "arriva qualcuno")
    say(database, conversation_id, "m2", "ci siete?")
    assert begin(database, conversation_id) is None
    assert [text for _, text in log(database, conversation_id)] == [
        "voglio una persona",
        "arriva qualcuno",
        "ci siete?",
    ]


def test_what_is_said_to_a_person_is_not_answered_by_the_bot_afterwards(
    database: Database, conversation_id: int
) -> None:
    with database.writing() as session:
        take_over(session, session.get_one(Conversation, conversation_id), "Anna")
    say(database, conversation_id, "m1", "grazie Anna")
    assert begin(database, conversation_id) is None
    with database.writing() as session:
        conversation = session.get_one(Conversation, conversation_id)
        release(session, conversation, "Anna", Outgoing("sono di nuovo io"))
        assert conversation.mode == Mode.BOT
    assert begin(database, conversation_id) is None
    later = say(database, conversation_id, "m2", "ciao bot")
    job = begin(database, conversation_id)
    assert job is not None and job.message_id == later


def test_a_closed_conversation_opens_again_when_the_customer_writes(
    database: Database, conversation_id: int
) -> None:
    with database.writing() as session:
        session.get_one(Conversation, conversation_id).mode = Mode.CLOSED
    say(database, conversation_id, "m1")
    assert begin(database, conversation_id) is not None


def test_tries_are_counted_anew_once_something_is_understood(
    database: Database, conversation_id: int
) -> None:
    with database.writing() as session:
        session.get_one(Conversation, conversation_id).failed_tries = 2
    for number, intent, tries in ((1, "nlu_fallback", 2), (2, "greet", 0)):
        message = say(database, conversation_id, f"m{number}")
        with database.writing() as session:
            turns.finish(session, message, [Outgoing("ok")], {"intent": {"name": intent}})
            assert session.get_one(Conversation, conversation_id).failed_tries == tries


def test_a_conversation_goes_on_in_the_language_it_came_to(
    database: Database, conversation_id: int
) -> None:
    for number, language in ((1, "en"), (2, None)):
        message = say(database, conversation_id, f"m{number}")
        with database.writing() as session:
            turns.finish(session, message, [], language=language)
    message = say(database, conversation_id, "m3")
    job = begin(database, conversation_id)
    assert job is not None and (job.message_id, job.language) == (message, "en")
