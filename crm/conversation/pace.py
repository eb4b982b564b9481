"""How fast messages may go out: so many a second, over a whole channel or in one chat.

A token bucket, kept as one instant: when all its tokens are there again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from crm.conversation.models import Pace
from crm.db import now
from crm.db.once import insert_unless_there


@dataclass(frozen=True)
class Rate:
    """So many a second in the long run, and up to `burst` at once after a pause."""

    per_second: float
    burst: int = 1

    @property
    def interval(self) -> timedelta:
        """The time in which one token comes back."""
        return timedelta(seconds=1 / self.per_second)

    def wait(self, free_at: datetime | None, at: datetime) -> float:
        """The seconds until one more may go."""
        if free_at is None:
            return 0.0
        return max((free_at - (self.burst - 1) * self.interval - at).total_seconds(), 0.0)

    def spend(self, free_at: datetime | None, at: datetime) -> datetime:
        """When the bucket is full again after one more."""
        return max(free_at or at, at) + self.interval


def reserve(session: Session, channel: str, rate: Rate) -> float:
    """Take the next place in a channel's pace, shared by all processes; the seconds until it."""
    pace = session.get(Pace, channel, with_for_update=True)
    if pace is None:
        insert_unless_there(session, Pace(channel=channel, free_at=now()))
        pace = session.get_one(Pace, channel, with_for_update=True)
    at = now()
    seconds = rate.wait(pace.free_at, at)
    pace.free_at = rate.spend(pace.free_at, at)
    return seconds
