"""Fetches the files that customers sent through a platform, off the hot path, until all are here.

What is still to be fetched stands in the message log itself, so that nothing is forgotten when
the process ends: at the start, and every few minutes, the log is looked through for it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from crm.conversation.log import lock
from crm.conversation.models import Message, Role
from crm.db import Database, now
from integrations.channels.shared_media import (
    GONE,
    FileRefused,
    Record,
    kept,
    pending,
    refused,
)

logger = logging.getLogger(__name__)

AT_ONCE = 4
SWEEP_SECONDS = 300.0
REMEMBERED = timedelta(days=3)
TRIES = 6
FIRST_PAUSE_SECONDS = 1.0
PAGE = 500


class TryAgain(Exception):
    """The platform could not give the file now."""


Fetch = Callable[[Record], Awaitable[bytes]]


class MediaCollector:
    """Keeps the files of one channel.

    Args:
        fetch: gets an attachment's content from the platform; raises `FileRefused` or `TryAgain`.
        folder: where files are kept.
        limit: the largest file, in bytes.
        announce: told, in the event loop, that a conversation's message has changed.
    """

    def __init__(
        self,
        database: Database,
        channel: str,
        fetch: Fetch,
        folder: Path,
        limit: int,
        announce: Callable[[int], None] = lambda conversation_id: None,
    ) -> None:
        self._database = database
        self._channel = channel
        self._fetch = fetch
        self._folder = folder
        self.limit = limit
        self._announce = announce
        self._places = asyncio.Semaphore(AT_ONCE)
        self._under_way: dict[int, asyncio.Task[None]] = {}
        self.first_pause = FIRST_PAUSE_SECONDS

    async def run(self) -> None:
        """Look for files that are still to be fetched, until cancelled."""
        try:
            while True:
                for message_id in await asyncio.to_thread(self._forgotten):
                    self.collect(message_id)
                await asyncio.sleep(SWEEP_SECONDS)
        finally:
            self.stop()

    def collect(self, message_id: int) -> None:
        """Begin to fetch a message's files. From the event loop; harmless if called twice."""
        if message_id in self._under_way:
            return
        task = asyncio.create_task(self._collect(message_id))
        self._under_way[message_id] = task
        task.add_done_callback(lambda _: self._under_way.pop(message_id, None))

    def stop(self) -> None:
        """Leave what is under way to the next start."""
        for task in list(self._under_way.values()):
            task.cancel()

    async def idle(self) -> None:
        """Wait until nothing is under way."""
        await asyncio.gather(*self._under_way.values(), return_exceptions=True)

    async def _collect(self, message_id: int) -> None:
        async with self._places:
            try:
                for record in await asyncio.to_thread(self._awaited, message_id):
                    await self._settle(message_id, record)
            except Exception as problem:
                logger.error("Files of message %s: %s.", message_id, type(problem).__name__)

    async def _settle(self, message_id: int, record: Record) -> None:
        try:
            content = await self._get(record)
            settled = await asyncio.to_thread(kept, record, content, self._folder, self.limit)
        except FileRefused as problem:
            settled = refused(record, problem.reason)
        conversation_id = await asyncio.to_thread(self._write_down, message_id, settled)
        self._announce(conversation_id)

    async def _get(self, record: Record) -> bytes:
        for attempt in range(TRIES):
            try:
                return await self._fetch(record)
            except TryAgain:
                if attempt < TRIES - 1:
                    await asyncio.sleep(self.first_pause * 2**attempt)
        raise FileRefused(GONE)

    def _awaited(self, message_id: int) -> list[Record]:
        with self._database.reading() as session:
            return list(pending(session.get_one(Message, message_id).attachments))

    def _write_down(self, message_id: int, settled: Record) -> int:
        """Put the settled attachment in the place of the awaited one."""
        with self._database.writing() as session:
            message = session.get_one(Message, message_id)
            lock(session, message.conversation)
            session.refresh(message)
            message.attachments = [
                settled if record.get("id") == settled["id"] and "remote" in record else record
                for record in message.attachments
            ]
            return message.conversation_id

    def _forgotten(self) -> list[int]:
        """The recent messages with files that are still on the platform."""
        query = (
            select(Message.id, Message.attachments)
            .where(Message.channel == self._channel, Message.role == Role.CUSTOMER)
            .where(Message.at > now() - REMEMBERED)
            .execution_options(yield_per=PAGE)
        )
        with self._database.reading() as session:
            return [
                message_id
                for message_id, attachments in session.execute(query)
                if any(pending(attachments))
            ]
