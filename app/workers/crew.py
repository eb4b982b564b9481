"""The workers of one app process, from its start to its end."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Protocol

logger = logging.getLogger(__name__)


class Worker(Protocol):
    """Runs beside the web application until it is cancelled."""

    async def run(self) -> None:
        """Work until cancelled."""
        ...


class Serving(Worker, Protocol):
    """A worker that can finish what it has begun."""

    async def stop(self, seconds: float | None = None) -> None:
        """Begin nothing more; wait for what is under way, but not longer than that."""
        ...


class Crew:
    """Starts the workers, lets them finish what they have begun, ends them.

    A worker that dies takes the process with it, and whoever watches over the process starts it
    again: a process that serves but does not work would be taken for a healthy one.

    Args:
        serving: they rest one after the other, in this order: what one leaves the next may need.
        lasting: needed by the others until the end.
    """

    def __init__(self, serving: Sequence[Serving], lasting: Sequence[Worker]) -> None:
        self._serving = serving
        self._lasting = lasting
        self._tasks: list[asyncio.Task[None]] = []
        self.has_died = False
        self.on_death: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Have everybody work. From the event loop."""
        for worker in (*self._lasting, *self._serving):
            task = asyncio.create_task(worker.run(), name=type(worker).__name__)
            task.add_done_callback(self._watch)
            self._tasks.append(task)

    async def rest(self, seconds: float) -> None:
        """Begin nothing more and finish what is under way, within so many seconds."""
        clock = asyncio.get_running_loop().time
        end = clock() + seconds
        for worker in self._serving:
            await worker.stop(max(end - clock(), 0.0))

    async def end(self) -> None:
        """End everybody at once."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _watch(self, task: asyncio.Task[None]) -> None:
        problem = None if task.cancelled() else task.exception()
        if problem is None:
            return
        logger.error("%s died; the process ends with it.", task.get_name(), exc_info=problem)
        self.has_died = True
        self.on_death()
