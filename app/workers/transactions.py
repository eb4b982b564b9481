"""Database work of the workers, in threads of its own: nothing else in the process holds it up."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from sqlalchemy.orm import Session

from crm.db import Database

Result = TypeVar("Result")

# SQLite writes one after the other anyway; more threads only hold up those that take in messages.
SQLITE_THREADS = 2
POSTGRES_THREADS = 12


class Transactions:
    """Runs a function in a transaction of its own, off the event loop."""

    def __init__(self, database: Database) -> None:
        self.database = database
        threads = SQLITE_THREADS if database.is_sqlite else POSTGRES_THREADS
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="transactions")

    async def write(self, work: Callable[[Session], Result], *, redoable: bool = False) -> Result:
        """The result of a function, committed when it returns and rolled back when it raises.

        Args:
            redoable: a power cut may take it back; see `Database.writing`.
        """
        return await self._run(partial(self._write, redoable=redoable), work)

    async def read(self, work: Callable[[Session], Result]) -> Result:
        """The result of a function that only asks."""
        return await self._run(self._read, work)

    async def _run(self, how: Callable[..., Result], work: Callable[[Session], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, how, work)

    def _write(self, work: Callable[[Session], Result], *, redoable: bool) -> Result:
        with self.database.writing(redoable=redoable) as session:
            return work(session)

    def _read(self, work: Callable[[Session], Result]) -> Result:
        with self.database.reading() as session:
            return work(session)

    def close(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(wait=False)
