"""What a figure looks at: a period of whole days in one time zone, a channel, some customers."""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, ColumnElement, case, cast, extract, literal, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from crm.conversation.models import Conversation
from crm.db import now
from crm.insights.people import People
from crm.insights.shared import Shared
from crm.profile.models import ChannelIdentity

ITALY = ZoneInfo("Europe/Rome")
LONGEST_DAYS = 731
HOUR, DAY = 3600, 86400
Found = TypeVar("Found")
Instant = InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None]


class BadPeriod(ValueError):
    """The period cannot be looked at."""


@dataclass(frozen=True)
class Scope:
    """From the first day to the last one, both included.

    An empty channel means all; no people mean everybody, recognised or not.

    Attributes:
        shared: what the figures of a page have looked up for one another; see `settled`.
    """

    first: date
    last: date
    channel: str = ""
    zone: ZoneInfo = ITALY
    people: People | None = None
    shared: Shared | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise BadPeriod(f"The period ends on {self.last}, before it begins on {self.first}.")
        if self.days > LONGEST_DAYS:
            raise BadPeriod(f"The period has {self.days} days; ask for {LONGEST_DAYS} at most.")

    @property
    def days(self) -> int:
        """How many days the period has."""
        return (self.last - self.first).days + 1

    @property
    def start(self) -> datetime:
        """The first instant of the period."""
        return datetime.combine(self.first, time(), self.zone).astimezone(UTC)

    @property
    def end(self) -> datetime:
        """The first instant after the period."""
        return datetime.combine(self.last + timedelta(days=1), time(), self.zone).astimezone(UTC)

    @property
    def as_of(self) -> datetime:
        """The instant as of which customers are looked at: the period's end, or by now."""
        return min(self.end, now())

    def years(self, days: int) -> tuple[datetime, datetime]:
        """Where the year up to the period's end begins, and where the one before it does."""
        year = timedelta(days=days)
        return self.end - year, self.end - 2 * year

    def narrow(self, query: Any) -> Any:
        """Only conversations on the channel, of the people looked at; the query must hold them."""
        if self.channel:
            query = query.where(Conversation.channel == self.channel)
        if self.people is not None:
            theirs = select(ChannelIdentity.id).where(
                ChannelIdentity.customer_id.in_(self.people.ids())
            )
            query = query.where(Conversation.identity_id.in_(theirs))
        return query

    def settled(self, session: Session) -> "Scope":
        """The same scope with its people looked up, for a page of several figures."""
        people = self.people.settled(session) if self.people else None
        return replace(self, people=people, shared=Shared())

    def once(self, what: Hashable, look_up: Callable[[], Found]) -> Found:
        """What several figures need alike: looked up once for a page, anew without one."""
        return self.shared.once(what, look_up) if self.shared else look_up()

    def before(self) -> "Scope":
        """The period of the same length just before this one."""
        length = timedelta(days=self.days)
        first, last = self.first - length, self.last - length
        return replace(self, first=first, last=last, shared=None)

    def covers(self, instant: Instant) -> ColumnElement[bool]:
        """Whether something happened within the period."""
        return (instant >= self.start) & (instant < self.end)

    def hour_of(self, instant: Instant) -> ColumnElement[int]:
        """The hour of the day, as clocks in the zone show it."""
        return (self._local(instant) % DAY) // HOUR

    def day_of(self, instant: Instant) -> ColumnElement[int]:
        """The day, as a number counted from 1970-01-01."""
        return self._local(instant) // DAY

    def _local(self, instant: Instant) -> ColumnElement[Any]:
        """Seconds since 1970 on the clocks of the zone, as a whole number."""
        seconds = cast(extract("epoch", instant), BigInteger)
        return seconds + cast(self._offset(instant), BigInteger)

    def _offset(self, instant: Instant) -> ColumnElement[Any]:
        spans = list(self._offsets())
        if len(spans) == 1:
            return literal(spans[0][1])
        return case(
            *((instant < until, offset) for until, offset in spans[:-1]), else_=spans[-1][1]
        )

    def _offsets(self) -> Iterator[tuple[datetime, int]]:
        """Until when the zone is how many seconds ahead of UTC, within the period."""
        at, offset = self.start, self._ahead(self.start)
        while at < self.end:
            at += timedelta(hours=1)
            if self._ahead(at) != offset:
                yield at, offset
                offset = self._ahead(at)
        yield self.end, offset

    def _ahead(self, at: datetime) -> int:
        ahead = at.astimezone(self.zone).utcoffset()
        return int(ahead.total_seconds()) if ahead else 0


def last_days(days: int, today: date, channel: str = "", zone: ZoneInfo = ITALY) -> Scope:
    """The period of so many days that ends today."""
    return Scope(today - timedelta(days=days - 1), today, channel, zone)


def date_of(day: int) -> date:
    """The date of a day counted from 1970-01-01."""
    return date(1970, 1, 1) + timedelta(days=day)
