"""Rate limits, kept in memory: each process counts what passes through it."""

import math
import time
from collections.abc import Callable

from integrations.channels.webchat.errors import TooMany

MINUTE = 60.0
REMEMBERED = 50_000


class RateLimit:
    """A bucket for each key: `per_minute` at once, filling up again at that pace."""

    def __init__(
        self, what: str, per_minute: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._what = what
        self._size = float(per_minute)
        self._pace = per_minute / MINUTE
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, key: str) -> None:
        """Count one for a key.

        Raises:
            TooMany: the bucket is empty; it says after how many seconds it is not.
        """
        now = self._clock()
        left = self._left(key, now)
        if left < 1:
            raise TooMany(what=self._what, seconds=math.ceil((1 - left) / self._pace))
        if len(self._buckets) >= REMEMBERED:
            self._forget_full(now)
        self._buckets[key] = (left - 1, now)

    def _left(self, key: str, now: float) -> float:
        left, since = self._buckets.get(key, (self._size, now))
        return min(self._size, left + (now - since) * self._pace)

    def _forget_full(self, now: float) -> None:
        full = [key for key in self._buckets if self._left(key, now) >= self._size]
        for key in full:
            del self._buckets[key]
