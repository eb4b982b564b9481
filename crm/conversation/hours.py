"""When people of the company answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from crm.db import now

Span = tuple[time, time]
LOOK_AHEAD_DAYS = 14


@dataclass(frozen=True)
class OpeningHours:
    """Opening spans by weekday (0 is Monday), closed days, in a time zone.

    Without any span at all somebody is always there.
    """

    week: Mapping[int, Sequence[Span]] = field(default_factory=dict)
    closed: frozenset[date] = frozenset()
    zone: tzinfo = UTC

    def spans(self, day: date) -> Sequence[Span]:
        """The opening spans of a day."""
        return () if day in self.closed else self.week.get(day.weekday(), ())

    def is_open(self, at: datetime | None = None) -> bool:
        """Whether somebody is there at an instant."""
        if not self.week:
            return True
        local = (at or now()).astimezone(self.zone)
        return any(start <= local.time() < end for start, end in self.spans(local.date()))

    def next_opening(self, at: datetime | None = None) -> datetime | None:
        """The next time that somebody comes, as a local time; None if not within two weeks."""
        local = (at or now()).astimezone(self.zone)
        for ahead in range(LOOK_AHEAD_DAYS):
            day = local.date() + timedelta(days=ahead)
            for start, _ in self.spans(day):
                opening = datetime.combine(day, start, self.zone)
                if opening > local:
                    return opening
        return None
