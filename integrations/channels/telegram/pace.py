"""Keeps to the pace that Telegram asks for, over all and in each chat."""

import time
from collections.abc import Callable, Hashable

REMEMBERED = 10_000


class Pace:
    """So many a second for each key, and a few at once after a pause.

    Args:
        burst: how many may go at once.
    """

    def __init__(
        self, per_second: float, burst: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._interval = 1 / per_second
        self._tolerance = self._interval * (burst - 1)
        self._clock = clock
        self._next: dict[Hashable, float] = {}

    def wait(self, key: Hashable = None) -> float:
        """Seconds until one more may go."""
        return max(0.0, self._next.get(key, 0.0) - self._tolerance - self._clock())

    def take(self, key: Hashable = None) -> float:
        """Count one more and return the seconds to wait before it goes."""
        seconds = self.wait(key)
        if len(self._next) >= REMEMBERED:
            self._forget_idle()
        self._next[key] = max(self._next.get(key, 0.0), self._clock()) + self._interval
        return seconds

    def _forget_idle(self) -> None:
        now = self._clock()
        self._next = {key: due for key, due in self._next.items() if due > now}
