"""How long to wait before trying again."""

import random
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Retries:
    """Waits that double, with jitter so that failures do not march in step. Seconds."""

    first: float
    longest: float

    def delay(self, attempts: int, at_least: float = 0.0) -> timedelta:
        """The wait after so many tries in vain; `at_least` is what the other side asked for."""
        seconds = min(self.first * 2 ** min(attempts, 30), self.longest)
        return timedelta(seconds=at_least + seconds * random.uniform(0.5, 1.0))  # noqa: S311
