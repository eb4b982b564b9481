"""Carries wake-ups between app processes: PostgreSQL's LISTEN and NOTIFY."""

import asyncio
import logging
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from psycopg import AsyncConnection, Error, Notify
from sqlalchemy.engine import make_url

from integrations.wakeups import Wakeups

logger = logging.getLogger(__name__)

CHANNEL = "bottega_news"
# A payload holds 8,000 bytes; an id has at most 19 digits and a comma.
IDS_PER_PAYLOAD = 300
RECONNECT_SECONDS = 1.0
LONGEST_RECONNECT_SECONDS = 15.0


class NewsWire:
    """Tells the other processes what is notified here, and notifies here what they tell.

    Best effort: while the database is away news are dropped, and everybody looks once it is back.
    """

    def __init__(self, url: str, wakeups: Wakeups) -> None:
        self._address = postgres_address(url)
        self._wakeups = wakeups
        self._outgoing: set[int] = set()
        self._has_outgoing = asyncio.Event()
        wakeups.pass_on(self.tell)

    def tell(self, conversation_id: int) -> None:
        """Tell the other processes, soon. From the event loop."""
        self._outgoing.add(conversation_id)
        self._has_outgoing.set()

    async def run(self) -> None:
        """Carry news until cancelled; connect again whenever the connection breaks."""
        pause = RECONNECT_SECONDS
        while True:
            try:
                async with await self._connect() as ear, await self._connect() as mouth:
                    pause = RECONNECT_SECONDS
                    await self._carry(ear, mouth)
            except (Error, OSError) as problem:
                logger.warning("No news from other processes: %s", type(problem).__name__)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_RECONNECT_SECONDS)

    async def _connect(self) -> AsyncConnection[Any]:
        return await AsyncConnection.connect(self._address, autocommit=True, connect_timeout=5)

    async def _carry(self, ear: AsyncConnection[Any], mouth: AsyncConnection[Any]) -> None:
        """Listen and speak until either connection breaks."""
        await ear.execute(f"LISTEN {CHANNEL}")
        self._wakeups.hear_all()
        tasks = [
            asyncio.create_task(self._listen(ear, mouth.info.backend_pid)),
            asyncio.create_task(self._speak(mouth)),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            for task in tasks:
                with suppress(asyncio.CancelledError, Error, OSError):
                    await task

    async def _listen(self, ear: AsyncConnection[Any], own_mouth: int) -> None:
        async for news in ear.notifies():
            if news.pid != own_mouth:
                for conversation_id in read_news(news):
                    self._wakeups.hear(conversation_id)

    async def _speak(self, mouth: AsyncConnection[Any]) -> None:
        while True:
            await self._has_outgoing.wait()
            self._has_outgoing.clear()
            news, self._outgoing = self._outgoing, set()
            for payload in write_news(news):
                await mouth.execute("SELECT pg_notify(%s, %s)", (CHANNEL, payload))


def postgres_address(url: str) -> str:
    """The address that the driver itself takes, from SQLAlchemy's."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def write_news(conversation_ids: Iterable[int]) -> Iterator[str]:
    """Conversation ids as payloads that are not too long."""
    ids = sorted(conversation_ids)
    for start in range(0, len(ids), IDS_PER_PAYLOAD):
        yield ",".join(map(str, ids[start : start + IDS_PER_PAYLOAD]))


def read_news(news: Notify) -> Iterator[int]:
    """The conversation ids in a payload; what is none is passed over."""
    for part in news.payload.split(","):
        if part.isascii() and part.isdigit():
            yield int(part)
