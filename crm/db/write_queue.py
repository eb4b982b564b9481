"""Lets the writers of one process through one by one: a SQLite file takes only one at a time."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class WriteQueue:
    """A lock at which the urgent go before all others that wait; of equals the first comes first.

    A customer's message is stored in a moment, and the platform waits for it; an action of the bot
    may take its time, and many may be under way. Whoever leaves wakes one of those who wait.
    """

    def __init__(self) -> None:
        self._state = threading.Lock()
        self._is_taken = False
        self._urgent, self._others = deque[threading.Lock](), deque[threading.Lock]()

    @contextmanager
    def turn(self, *, urgent: bool = False) -> Iterator[None]:
        """Be the only writer while the block runs."""
        self._enter(urgent)
        try:
            yield
        finally:
            self._leave()

    def _enter(self, urgent: bool) -> None:
        with self._state:
            if not self._is_taken:
                self._is_taken = True
                return
            called = threading.Lock()
            called.acquire()
            (self._urgent if urgent else self._others).append(called)
        called.acquire()

    def _leave(self) -> None:
        with self._state:
            waiting = self._urgent or self._others
            if waiting:
                waiting.popleft().release()
            else:
                self._is_taken = False
