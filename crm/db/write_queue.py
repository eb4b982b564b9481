"""Lets the writers of one process through one by one: a SQLite file takes only one at a time."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class WriteQueue:
    """A lock at which the urgent go before all others that wait.

    A customer's message is stored in a moment, and the platform waits for it; an action of the bot
    may take its time, and many may be under way.
    """

    def __init__(self) -> None:
        self._free = threading.Condition()
        self._is_taken = False
        self._urgent = 0

    @contextmanager
    def turn(self, *, urgent: bool = False) -> Iterator[None]:
        """Be the only writer while the block runs."""
        self._wait(urgent)
        try:
            yield
        finally:
            with self._free:
                self._is_taken = False
                self._free.notify_all()

    def _wait(self, urgent: bool) -> None:
        with self._free:
            self._urgent += urgent
            try:
                while self._is_taken or (self._urgent and not urgent):
                    self._free.wait()
                self._is_taken = True
            finally:
                self._urgent -= urgent
