"""Serves conversations: many at once, each by one task at a time, the longest waiting first."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from sqlalchemy import Select

from app.workers.claiming import Claims
from crm.conversation.models import Work

logger = logging.getLogger(__name__)

# What nobody told us of is found by looking: left from before a crash, or due only now.
SWEEP_SECONDS = 1.0
AFTER_TROUBLE_SECONDS = 0.5


class Rota:
    """Looks into the log for conversations that wait, and gives each a task and a place.

    The log is the queue: what finds no place waits there, so that nothing here grows with the
    load. After one piece of work a conversation gives its place back and waits with the others.
    """

    def __init__(
        self,
        work: Work,
        waiting: Select[int],
        serve: Callable[[int], Awaitable[None]],
        claims: Claims,
        *,
        at_once: int,
    ) -> None:
        self._work = work
        self._waiting = waiting
        self._serve = serve
        self._claims = claims
        self._at_once = at_once
        self._serving: dict[int, asyncio.Task[None]] = {}
        self._news = asyncio.Event()
        self._stopping = False

    def look(self) -> None:
        """There may be something to do; cheap and safe to call too often."""
        self._news.set()

    def look_in(self, seconds: float) -> None:
        """There will be something to do."""
        asyncio.get_running_loop().call_later(seconds, self.look)

    async def run(self) -> None:
        """Serve until stopped or cancelled; what is under way is finished first."""
        try:
            while not self._stopping:
                self._news.clear()
                await self._fill()
                with suppress(TimeoutError):
                    async with asyncio.timeout(SWEEP_SECONDS):
                        await self._news.wait()
        finally:
            self._stopping = True
            await self._finish()

    async def once(self) -> int:
        """Serve what waits at this moment; how many conversations that were."""
        await self._fill()
        serving = list(self._serving.values())
        if serving:
            await asyncio.wait(serving)
        for task in serving:
            task.result()
        return len(serving)

    async def stop(self, seconds: float | None = None) -> None:
        """Begin nothing more; wait for what is under way, and break off what takes longer."""
        self._stopping = True
        self._news.set()
        await self._finish(seconds)
        for task in self._serving.values():
            task.cancel()
        await self._finish()

    async def _finish(self, seconds: float | None = None) -> None:
        serving = list(self._serving.values())
        if serving:
            await asyncio.wait(serving, timeout=seconds)

    async def _fill(self) -> None:
        """Give the free places to those who wait."""
        free = self._at_once - len(self._serving)
        if free <= 0:
            return
        try:
            taken = await self._claims.take(self._work, self._waiting, free, self._serving.keys())
        except Exception:
            logger.exception("The log could not be looked into; trying again.")
            await asyncio.sleep(AFTER_TROUBLE_SECONDS)
            return
        for conversation_id in taken:
            self._begin(conversation_id)

    def _begin(self, conversation_id: int) -> None:
        task = asyncio.create_task(self._serve_one(conversation_id))
        self._serving[conversation_id] = task
        self._claims.watch(self._work, conversation_id, task)
        task.add_done_callback(lambda _: self._leave(conversation_id))

    def _leave(self, conversation_id: int) -> None:
        del self._serving[conversation_id]
        self._news.set()

    async def _serve_one(self, conversation_id: int) -> None:
        try:
            await self._serve(conversation_id)
        except Exception:
            logger.exception("Conversation %s is left to the next look.", conversation_id)
            await asyncio.sleep(AFTER_TROUBLE_SECONDS)
        finally:
            await self._give_back(conversation_id)

    async def _give_back(self, conversation_id: int) -> None:
        try:
            await self._claims.give_back(self._work, conversation_id)
        except Exception as problem:
            # It is not renewed any more: before long it is anybody's.
            logger.warning("A claim was left to run out: %s", type(problem).__name__)
