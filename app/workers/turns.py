"""Answers what was stored: one worker a conversation, oldest message first, many at once."""

import asyncio
import logging
import random
import re
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from crm.conversation import turns
from crm.conversation.log import Outgoing
from crm.db import Database, now
from integrations.rasa_client import RasaAway, RasaClient, Turn, TurnFailed
from integrations.wakeups import Wakeups

logger = logging.getLogger(__name__)
Result = TypeVar("Result")

SWEEP_SECONDS = 1.0

# What a customer types is never a command; what only looks like one has nothing to understand.
LIKE_A_COMMAND = re.compile(r"\s*/\w+\s*(?:\{.*)?$", re.DOTALL)
AWAY_SECONDS = 0.5
FIRST_RETRY_SECONDS = 0.5
LONGEST_RETRY_SECONDS = 30.0
LONGEST_TEXT = 2_000
EMPTY_MESSAGE = "/empty_message"
LONG_MESSAGE = "/long_message"
TYPED_COMMAND = "/typed_command"
ATTACHMENT = "/send_attachment"


class TurnEngine:
    """Takes messages from the log, has Rasa answer them, stores the replies.

    The log is the truth: whatever was stored and not handled before a crash is found by the sweep
    and answered. Rasa being away is not the message's fault and does not count as a try.
    """

    def __init__(
        self,
        database: Database,
        rasa: RasaClient,
        wakeups: Wakeups,
        apology: Callable[[str], Outgoing],
        *,
        at_once: int = 8,
        attempts: int = 5,
    ) -> None:
        self._database = database
        self._rasa = rasa
        self._wakeups = wakeups
        self._apology = apology
        self._attempts = attempts
        self._places = asyncio.Semaphore(at_once)
        self._serving: dict[int, asyncio.Task[None]] = {}
        self._knocked: set[int] = set()
        self._stopping = False

    def wake(self, conversation_id: int) -> None:
        """Serve a conversation as soon as there is a place; cheap and safe to call too often."""
        if self._stopping:
            return
        if conversation_id in self._serving:
            self._knocked.add(conversation_id)
            return
        task = asyncio.create_task(self._serve(conversation_id))
        self._serving[conversation_id] = task
        task.add_done_callback(lambda _: self._leave(conversation_id))

    def _leave(self, conversation_id: int) -> None:
        del self._serving[conversation_id]
        if conversation_id in self._knocked:
            self._knocked.discard(conversation_id)
            self.wake(conversation_id)

    async def run(self) -> None:
        """Look for forgotten work until cancelled; then let the turns under way finish."""
        try:
            while True:
                for conversation_id in await self._read(
                    lambda session: turns.conversations_to_serve(session, now())
                ):
                    self.wake(conversation_id)
                await asyncio.sleep(SWEEP_SECONDS)
        finally:
            self._stopping = True
            await asyncio.gather(*self._serving.values(), return_exceptions=True)

    async def _serve(self, conversation_id: int) -> None:
        async with self._places:
            try:
                while not self._stopping and await self._take_turn(conversation_id):
                    pass
            except Exception:
                logger.exception("Conversation %s is left to the next sweep.", conversation_id)
                await asyncio.sleep(AWAY_SECONDS)

    async def _take_turn(self, conversation_id: int) -> bool:
        """Answer the next message; False when there is none to answer now."""
        job = await self._write(lambda session: turns.begin(session, conversation_id))
        if job is None:
            self._wakeups.notify(conversation_id)
            return False
        try:
            turn = await self._ask_rasa(job)
        except RasaAway:
            await asyncio.sleep(AWAY_SECONDS)
            return True
        except TurnFailed as failure:
            await self._fail(job, str(failure))
            return False
        await self._write(
            lambda session: turns.finish(session, job.message_id, turn.replies, turn.understanding)
        )
        self._wakeups.notify(conversation_id)
        return True

    async def _ask_rasa(self, job: turns.Job) -> Turn:
        return await self._rasa.take_turn(
            conversation=conversation_key(job.conversation_id),
            message_id=str(job.message_id),
            language=job.language,
            text=job.text,
            command=job.command or command_for(job),
        )

    async def _fail(self, job: turns.Job, error: str) -> None:
        logger.warning("Turn of message %s failed: %s", job.message_id, error)
        if job.attempts + 1 < self._attempts:
            delay = retry_delay(job.attempts)
            await self._write(
                lambda session: turns.retry_later(session, job.message_id, delay, error)
            )
            return
        await self._write(
            lambda session: turns.give_up(
                session, job.message_id, error, self._apology(job.language)
            )
        )
        self._wakeups.notify(job.conversation_id)
        self._knocked.add(job.conversation_id)

    async def _write(self, work: Callable[..., Result]) -> Result:
        return await asyncio.to_thread(self._in_transaction, work)

    async def _read(self, work: Callable[..., Result]) -> Result:
        return await asyncio.to_thread(self._in_session, work)

    def _in_transaction(self, work: Callable[..., Result]) -> Result:
        with self._database.writing() as session:
            return work(session)

    def _in_session(self, work: Callable[..., Result]) -> Result:
        with self._database.reading() as session:
            return work(session)


def conversation_key(conversation_id: int) -> str:
    """The name under which Rasa knows a conversation."""
    return f"conversation-{conversation_id}"


def conversation_id_of(key: str) -> int:
    """The conversation that Rasa means; the reverse of `conversation_key`."""
    return int(key.rpartition("-")[2])


def command_for(job: turns.Job) -> str | None:
    """The command that stands for a message with nothing in it to understand."""
    if job.has_attachments and not job.text.strip():
        return ATTACHMENT
    if not job.text.strip():
        return EMPTY_MESSAGE
    if len(job.text) > LONGEST_TEXT:
        return LONG_MESSAGE
    return TYPED_COMMAND if LIKE_A_COMMAND.match(job.text) else None


def retry_delay(attempts: int) -> timedelta:
    """Exponential, with jitter so that failures do not march in step."""
    seconds = min(FIRST_RETRY_SECONDS * 2**attempts, LONGEST_RETRY_SECONDS)
    return timedelta(seconds=seconds * random.uniform(0.5, 1.0))  # noqa: S311 - no secret
