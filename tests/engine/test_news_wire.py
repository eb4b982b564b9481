"""Processes tell each other over PostgreSQL that something was said."""

import asyncio

import pytest

from crm.conversation.models import Work
from crm.db import Database
from integrations.news_wire import CHANNEL, NewsWire, write_news
from integrations.wakeups import Wakeups
from tests.postgres import MakeDatabase

pytestmark = pytest.mark.postgres
PATIENCE_SECONDS = 30.0


@pytest.fixture
def database(make_database: MakeDatabase) -> Database:
    """SQLite serves one process and needs no wire."""
    return make_database("postgres")


class Process:
    """What one process hears."""

    def __init__(self, database: Database) -> None:
        self.wakeups = Wakeups()
        self.heard: list[int] = []
        self.wakeups.subscribe(self.heard.append, Work.TURNS)
        self.wire = NewsWire(database.url, self.wakeups)

    async def hears(self, conversation_id: int, tell: Wakeups) -> None:
        """Wait until news of another process arrive; the connection may be young."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while conversation_id not in self.heard:
                tell.notify(conversation_id)
                await asyncio.sleep(0.05)


async def test_what_one_says_the_other_hears(database: Database) -> None:
    here, there = Process(database), Process(database)
    tasks = [asyncio.create_task(one.wire.run()) for one in (here, there)]
    await there.hears(1, here.wakeups)
    await here.hears(2, there.wakeups)
    here.heard.clear()
    here.wakeups.notify(3)
    await asyncio.sleep(0.3)
    assert here.heard.count(3) == 1, "nobody hears their own news twice"
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_it_connects_again_and_minds_no_nonsense(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.news_wire.RECONNECT_SECONDS", 0.05)
    here, there = Process(database), Process(database)
    tasks = [asyncio.create_task(one.wire.run()) for one in (here, there)]
    await there.hears(1, here.wakeups)
    with database.engine.begin() as connection:
        connection.exec_driver_sql(f"NOTIFY {CHANNEL}, 'x,,-1, 7,DROP TABLE'")
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    await there.hears(5, here.wakeups)
    assert not any(task.done() for task in tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def test_payloads_stay_short() -> None:
    payloads = list(write_news(range(10**18, 10**18 + 5000)))
    assert all(len(payload) < 8000 for payload in payloads)
    assert sum(payload.count(",") + 1 for payload in payloads) == 5000
