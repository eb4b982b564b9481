"""Outgoing messages: in order, once, at the platform's pace, and never after a takeover."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.conversation import delivery, handoff, reports
from crm.conversation.log import Incoming, Outgoing, open_conversation, receive
from crm.conversation.models import Conversation, Message, State
from crm.conversation.pace import Rate, reserve
from crm.conversation.turns import finish
from crm.db import Database, now

FAST = Rate(1000.0, 1000)


@pytest.fixture
def conversation_id(database: Database) -> int:
    """A chat with three replies to be sent."""
    with database.writing() as session:
        conversation = open_conversation(session, "telegram", "42")
        message = receive(session, conversation, Incoming("1", "ciao"))
        finish(session, message.id, [Outgoing(text) for text in ("uno", "due", "tre")])
        return conversation.id


def begin(database: Database, conversation_id: int, rate: Rate = FAST) -> Message | None:
    with database.writing() as session:
        return delivery.begin_send(session, conversation_id, rate)


def state_of(database: Database, message_id: int) -> State:
    with database.reading() as session:
        return session.get_one(Message, message_id).state


def report(database: Database, external_id: str, state: State, **more: object) -> None:
    with database.writing() as session:
        reports.progress(session, "telegram", external_id, state, now(), **more)  # type: ignore[arg-type]


def test_one_after_the_other(database: Database, conversation_id: int) -> None:
    for text in ("uno", "due", "tre"):
        message = begin(database, conversation_id)
        assert message is not None and message.text == text
        with database.writing() as session:
            delivery.mark_sent(session, message.id, [text])
        assert state_of(database, message.id) == State.SENT
    assert begin(database, conversation_id) is None


def test_what_was_interrupted_is_unknown_and_not_sent_again(
    database: Database, conversation_id: int
) -> None:
    first, second = begin(database, conversation_id), begin(database, conversation_id)
    assert first is not None and second is not None and second.text == "due"
    assert state_of(database, first.id) == State.UNKNOWN


def test_a_report_settles_what_was_unknown(database: Database, conversation_id: int) -> None:
    first = begin(database, conversation_id)
    begin(database, conversation_id)
    assert first is not None
    report(database, "p1", State.DELIVERED, message_id=first.id)
    assert state_of(database, first.id) == State.DELIVERED


def test_a_put_off_message_holds_up_those_behind_it(
    database: Database, conversation_id: int
) -> None:
    first = begin(database, conversation_id)
    assert first is not None
    with database.writing() as session:
        delivery.put_off(session, first.id, timedelta(minutes=1), "429", 3)
    assert begin(database, conversation_id) is None
    with database.reading() as session:
        assert session.scalars(delivery.waiting("telegram")).all() == []
        later = now() + timedelta(minutes=2)
        due = session.scalars(delivery.waiting("telegram"), {"at": later})
        assert due.all() == [conversation_id]


def test_a_chat_that_has_had_enough_is_held(database: Database, conversation_id: int) -> None:
    slow = Rate(0.5, 1)
    assert begin(database, conversation_id, slow) is not None
    with database.writing() as session:
        assert 1.5 < delivery.chat_wait(session, conversation_id, slow) <= 2.0
        delivery.hold(session, conversation_id, 2.0)
        assert session.scalars(delivery.waiting("telegram")).all() == []


def test_the_mode_is_looked_at_when_it_is_sent(database: Database, conversation_id: int) -> None:
    begin(database, conversation_id)
    with database.writing() as session:
        conversation = session.get_one(Conversation, conversation_id)
        handoff.take_over(session, conversation, "Anna")
        handoff.reply(session, conversation, "Anna", Outgoing("sono Anna"))
    message = begin(database, conversation_id)
    assert message is not None and message.text == "sono Anna"


@pytest.mark.parametrize("early", [True, False])
def test_reports_come_late_twice_and_in_any_order(
    database: Database, conversation_id: int, *, early: bool
) -> None:
    message = begin(database, conversation_id)
    assert message is not None
    if early:
        report(database, "p1", State.READ)
    with database.writing() as session:
        delivery.mark_sent(session, message.id, ["p1", "p2"])
    for state in (State.READ, State.SENT, State.DELIVERED, State.READ):
        report(database, "p1", state)
    assert state_of(database, message.id) == State.SENT, "the second part is not there yet"
    report(database, "p2", State.DELIVERED)
    assert state_of(database, message.id) == State.DELIVERED
    report(database, "p2", State.FAILED, error="too late")
    assert state_of(database, message.id) == State.DELIVERED


def test_a_part_that_failed_fails_the_whole(database: Database, conversation_id: int) -> None:
    message = begin(database, conversation_id)
    assert message is not None
    with database.writing() as session:
        delivery.mark_sent(session, message.id, ["p1", "p2"])
    report(database, "p1", State.DELIVERED)
    report(database, "p2", State.FAILED, error="131026")
    with database.reading() as session:
        failed = session.get_one(Message, message.id)
        assert (failed.state, failed.error) == (State.FAILED, "131026")


@given(
    per_second=st.floats(0.05, 1000),
    burst=st.integers(1, 50),
    pauses=st.lists(st.floats(0, 30), min_size=1, max_size=40),
)
def test_no_pace_is_ever_exceeded(per_second: float, burst: int, pauses: list[float]) -> None:
    """In no stretch of time go more than the burst and what has come back in it."""
    rate, at, free_at, went = Rate(per_second, burst), now(), None, []
    for pause in pauses:
        at += timedelta(seconds=pause)
        at += timedelta(seconds=rate.wait(free_at, at))
        free_at = rate.spend(free_at, at)
        went.append(at)
    for first, start in enumerate(went):
        for last, end in enumerate(went[first:], first):
            allowed = burst + (end - start).total_seconds() * per_second
            assert last - first + 1 <= allowed + 1e-3 * per_second + 1e-6


def test_a_channels_pace_is_shared(database: Database) -> None:
    waits = []
    for _ in range(4):
        with database.writing() as session:
            waits.append(reserve(session, "telegram", Rate(0.5, 2)))
    assert waits[:2] == [0.0, 0.0] and 1 < waits[2] < waits[3] <= 4
