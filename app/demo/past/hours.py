"""When customers write, and when somebody of the staff is there to answer."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from app.demo.chance import pick

ITALY = ZoneInfo("Europe/Rome")
DAYS = 60
# How many write in each hour of the day, and on each day of the week from Monday.
BY_HOUR = dict(enumerate((1, 0, 0, 0, 0, 0, 1, 4, 8, 13, 15, 14, 11, 10, 12, 13, 14, 13, 8, 6, 6, 5,
                          3, 2)))  # fmt: skip
BY_WEEKDAY = (10, 9, 9, 9, 9, 7, 6)
OPENS, CLOSES = time(9), time(18)
SUNDAY = 6


def moment_of_writing(dice: Random, end: datetime) -> datetime:
    """A moment of the last sixty days, more likely a recent one; never later than the end."""
    while True:
        ago = int(DAYS * (1 - dice.random() ** 0.8))
        day = end.astimezone(ITALY).date() - timedelta(days=ago)
        if dice.random() * max(BY_WEEKDAY) > BY_WEEKDAY[day.weekday()]:
            continue
        at = time(pick(dice, BY_HOUR), dice.randrange(60), dice.randrange(60))
        moment = datetime.combine(day, at, ITALY).astimezone(UTC)
        if moment < end:
            return moment


def moment_of_answer(dice: Random, asked: datetime) -> datetime:
    """When somebody of the staff says the first word: within minutes, or when they open again."""
    local = asked.astimezone(ITALY)
    if local.time() >= CLOSES:
        local = datetime.combine(local.date() + timedelta(days=1), OPENS, ITALY)
    elif local.time() < OPENS:
        local = datetime.combine(local.date(), OPENS, ITALY)
    if local.weekday() == SUNDAY:
        local = datetime.combine(local.date() + timedelta(days=1), OPENS, ITALY)
    return local.astimezone(UTC) + timedelta(minutes=0.5 + dice.expovariate(1 / 5))
