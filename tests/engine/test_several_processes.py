"""Two app processes on one PostgreSQL: real processes, one of which is killed in the middle."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import func, select

from app.settings import ROOT
from crm.conversation.log import Incoming, open_conversation, receive
from crm.conversation.models import Claim, Conversation, Message, Role, State
from crm.db import Database
from tests.engine.local_channel import NAME
from tests.engine.local_rasa import LocalRasa
from tests.postgres import MakeDatabase

pytestmark = pytest.mark.postgres

CHATS = 24
ROUNDS = 4
TURN_SECONDS = 0.02
PATIENCE_SECONDS = 60.0


@pytest.fixture
def database(make_database: MakeDatabase) -> Database:
    """A PostgreSQL, and nothing else, can be shared."""
    return make_database("postgres")


@pytest.fixture
def platform() -> Iterator[LocalRasa]:
    """Where messages are sent to."""
    platform = LocalRasa()
    platform.seconds = TURN_SECONDS
    platform.start()
    yield platform
    platform.stop()


@contextmanager
def app_process(
    database: Database, rasa: LocalRasa, platform: LocalRasa
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that works on the log."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.engine.process", database.url, rasa.url, platform.url],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def everybody_writes(database: Database) -> None:
    """Every customer says several things at once."""
    for turn in range(ROUNDS):
        for chat in range(CHATS):
            with database.writing() as session:
                conversation = open_conversation(session, NAME, f"customer-{chat}")
                receive(session, conversation, Incoming(f"{chat}/{turn}", f"domanda {turn}"))


def count(database: Database, role: Role, *states: State) -> int:
    with database.reading() as session:
        query = select(func.count(Message.id)).where(
            Message.role == role, Message.state.in_(states)
        )
        return session.scalar(query) or 0


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.05)


def assert_in_order(rasa: LocalRasa, platform: LocalRasa) -> None:
    for server in (rasa, platform):
        assert not server.overlaps, "one conversation was handled by both at once"
        for ids in server.order.values():
            assert ids == sorted(ids)


def test_no_conversation_is_handled_by_both_at_once(
    database: Database, rasa: LocalRasa, platform: LocalRasa
) -> None:
    rasa.seconds = TURN_SECONDS
    with app_process(database, rasa, platform), app_process(database, rasa, platform):
        everybody_writes(database)
        total = CHATS * ROUNDS
        wait_until(lambda: count(database, Role.BOT, State.SENT) == total)
    assert count(database, Role.CUSTOMER, State.HANDLED) == total
    with database.reading() as session:
        assert session.scalar(select(func.count(Claim.holder.distinct()))) == 2, "one did it all"
    assert set(rasa.asked.values()) == set(platform.asked.values()) == {1}
    assert_in_order(rasa, platform)


def test_a_killed_process_leaves_its_conversations_to_the_other(
    database: Database, rasa: LocalRasa, platform: LocalRasa
) -> None:
    rasa.seconds = TURN_SECONDS
    total = CHATS * ROUNDS
    with app_process(database, rasa, platform), app_process(database, rasa, platform) as victim:
        everybody_writes(database)
        wait_until(lambda: count(database, Role.BOT, State.SENT) > total / 4)
        victim.kill()
        wait_until(lambda: count(database, Role.BOT, State.SENT, State.UNKNOWN) == total)
    unknown = count(database, Role.BOT, State.UNKNOWN)
    assert unknown <= CHATS, "only what was at the platform's door may be unknown"
    assert set(platform.asked.values()) == {1}, "nothing is said twice"
    assert len(platform.asked) >= total - unknown
    assert_in_order(rasa, platform)
    with database.reading() as session:
        assert session.scalar(select(func.count(Conversation.id))) == CHATS
