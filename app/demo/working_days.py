"""Italian working days: Monday to Friday, national holidays excluded."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

from dateutil.easter import easter  # type: ignore[import-untyped]

FIXED_HOLIDAYS = (
    (1, 1),
    (1, 6),
    (4, 25),
    (5, 1),
    (6, 2),
    (8, 15),
    (11, 1),
    (12, 8),
    (12, 25),
    (12, 26),
)
SAINT_FRANCIS_SINCE = 2026  # 4 October is a national holiday again from that year


def easter_sunday(year: int) -> date:
    """Easter Sunday of a year."""
    sunday: date = easter(year)
    return sunday


@cache
def national_holidays(year: int) -> frozenset[date]:
    """The national holidays of a year."""
    days = {date(year, month, day) for month, day in FIXED_HOLIDAYS}
    if year >= SAINT_FRANCIS_SINCE:
        days.add(date(year, 10, 4))
    sunday = easter_sunday(year)
    return frozenset(days | {sunday, sunday + timedelta(days=1)})


def is_working_day(day: date) -> bool:
    """Whether warehouse and couriers work on that day."""
    return day.weekday() < 5 and day not in national_holidays(day.year)


def first_working_day(day: date) -> date:
    """That day, or the first working day after it."""
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def add_working_days(day: date, count: int) -> date:
    """The working day that comes `count` working days after (before, if negative)."""
    step = timedelta(days=1 if count >= 0 else -1)
    for _ in range(abs(count)):
        day += step
        while not is_working_day(day):
            day += step
    return day
