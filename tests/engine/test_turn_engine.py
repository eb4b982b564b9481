"""Turns: tried again with patience but not for ever, by whichever Rasa is there."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from app.workers import turns as worker
from app.workers.retrying import Retries
from crm.conversation.calling import SHIPPED, load_calling_rules
from crm.conversation.log import Incoming, open_conversation, receive
from crm.conversation.models import Message, Role, State
from crm.db import Database
from tests.engine.local_channel import NAME, LocalChannel
from tests.engine.local_rasa import Fault, LocalRasa
from tests.engine.running import APOLOGY, AppProcess, run_for
from tests.postgres import MakeDatabase


@pytest.fixture
def database(make_database: MakeDatabase) -> Database:
    """What is tried here does not depend on the kind of database."""
    return make_database("sqlite")


@pytest.fixture
def other_rasa() -> Iterator[LocalRasa]:
    """A second Rasa process."""
    rasa = LocalRasa()
    rasa.start()
    yield rasa
    rasa.stop()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "AWAY_SECONDS", 0.01)
    monkeypatch.setattr(worker, "RETRIES", Retries(first=0.01, longest=0.02))


def say(database: Database, text: str = "ciao", customer: str = "c") -> int:
    with database.writing() as session:
        conversation = open_conversation(session, NAME, customer)
        external_id = f"{customer}-{conversation.last_seq}"
        return receive(session, conversation, Incoming(external_id, text)).id


def found(database: Database, message_id: int) -> Message:
    with database.reading() as session:
        return session.get_one(Message, message_id)


def replies(database: Database) -> list[tuple[str, State]]:
    with database.reading() as session:
        query = select(Message).where(Message.role == Role.BOT).order_by(Message.id)
        return [(one.text, one.state) for one in session.scalars(query)]


async def settle(app: AppProcess, database: Database, *message_ids: int) -> None:
    """Have everything answered, delivered and ended."""

    def is_done() -> bool:
        states = {found(database, one).state for one in message_ids}
        on_the_way = {state for _, state in replies(database)} & {State.QUEUED, State.SENDING}
        return states <= {State.HANDLED, State.DEAD} and not on_the_way

    try:
        await run_for(app, is_done)
    finally:
        await app.bury()


async def test_rasa_being_away_does_not_count(database: Database, rasa: LocalRasa) -> None:
    rasa.faults.extend([Fault.NOT_READY] * 9)
    message_id = say(database)
    await settle(AppProcess(database, rasa.url, LocalChannel(), attempts=3), database, message_id)
    message = found(database, message_id)
    assert (message.state, message.attempts) == (State.HANDLED, 0)


@pytest.mark.parametrize("fault", [Fault.FAILS, Fault.NONSENSE, Fault.BREAKS_BEFORE])
async def test_what_fails_every_time_becomes_a_dead_letter(
    database: Database, rasa: LocalRasa, fault: Fault
) -> None:
    """A message that kills Rasa included: it does not kill it for ever."""
    rasa.faults.extend([fault] * 3)
    message_id = say(database)
    channel = LocalChannel()
    await settle(AppProcess(database, rasa.url, channel, attempts=3), database, message_id)
    message = found(database, message_id)
    assert (message.state, message.attempts) == (State.DEAD, 3)
    assert replies(database) == [(APOLOGY, State.SENT)]
    assert not rasa.faults and message.error


async def test_the_next_message_is_answered_after_a_dead_letter(
    database: Database, rasa: LocalRasa
) -> None:
    rasa.faults.extend([Fault.FAILS] * 3)
    first, second = say(database), say(database)
    await settle(AppProcess(database, rasa.url, LocalChannel()), database, first, second)
    assert [text for text, _ in replies(database)] == [APOLOGY, f"risposta a {second}"]


async def test_no_answer_in_time_is_tried_again(database: Database, rasa: LocalRasa) -> None:
    rasa.seconds = 0.4
    message_id = say(database)
    app = AppProcess(database, rasa.url, LocalChannel(), timeout=0.1, attempts=9)
    asyncio.get_running_loop().call_later(0.6, setattr, rasa, "seconds", 0.0)
    await settle(app, database, message_id)
    assert found(database, message_id).attempts >= 1
    assert replies(database) == [(f"risposta a {message_id}", State.SENT)]


async def test_while_one_rasa_is_away_another_answers(
    database: Database, rasa: LocalRasa, other_rasa: LocalRasa
) -> None:
    messages = [say(database, customer=f"c{number}") for number in range(12)]
    urls = f"{rasa.url}, {other_rasa.url}"
    await settle(AppProcess(database, urls, LocalChannel()), database, *messages)
    assert rasa.asked and other_rasa.asked, "conversations are spread over both"
    rasa.faults.extend([Fault.NOT_READY] * 100)
    more = [say(database, customer=f"c{number}") for number in range(12)]
    await settle(AppProcess(database, urls, LocalChannel()), database, *more)
    assert all(found(database, one).attempts == 0 for one in more)
    assert {str(one) for one in more} <= set(other_rasa.asked)


async def test_a_conversation_stays_with_its_rasa(
    database: Database, rasa: LocalRasa, other_rasa: LocalRasa
) -> None:
    app = AppProcess(database, f"{rasa.url},{other_rasa.url}", LocalChannel())
    messages = [say(database, customer=f"c{number % 4}") for number in range(16)]
    await settle(app, database, *messages)
    assert not set(rasa.order) & set(other_rasa.order)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("Il phon ha preso fuoco! " + "Ieri ero al mercato. " * 110, worker.REQUEST_HUMAN),
        ("Ieri ero al mercato. " * 110, worker.LONG_MESSAGE),
        ("Il phon ha preso fuoco!", worker.REQUEST_HUMAN),
        ("Il phon non va", None),
    ],
)
async def test_danger_calls_a_person_however_long_it_is_told(
    database: Database, rasa: LocalRasa, text: str, command: str | None
) -> None:
    heard: list[str | None] = []

    def listen(body: dict[str, str]) -> list[dict[str, Any]]:
        heard.append(body.get("command"))
        return [{"text": "va bene"}]

    rasa.act = listen
    rules = load_calling_rules(SHIPPED)
    app = AppProcess(database, rasa.url, LocalChannel(), calling=rules)
    await settle(app, database, say(database, text))
    assert heard == [command]


def test_waits_double_with_jitter_up_to_a_limit() -> None:
    retries = Retries(first=1.0, longest=30.0)
    for attempts, full in ((0, 1), (1, 2), (2, 4), (5, 30), (10_000, 30)):
        waits = [retries.delay(attempts).total_seconds() for _ in range(50)]
        assert all(full / 2 <= wait <= full for wait in waits)
        assert len(set(waits)) > 40, "failures must not march in step"
    assert retries.delay(0, at_least=60).total_seconds() >= 60.5
