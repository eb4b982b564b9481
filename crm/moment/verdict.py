"""What speaks against saying something now: for good, or only for now."""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

ITALY = ZoneInfo("Europe/Rome")


@dataclass(frozen=True)
class Against:
    """A reason not to speak.

    Attributes:
        reason: a stable word for it; `docs/moments.md` lists them.
        again_at: when to look again; None when it is over.
        withdrawn: what it was about is over, rather than that a rule forbids it.
    """

    reason: str
    again_at: datetime | None = None
    withdrawn: bool = False


@dataclass(frozen=True)
class Limits:
    """How often and when the company speaks first, unless a customer told otherwise.

    Attributes:
        per_day, per_week: messages to one customer that nobody asked for.
        quiet_from, quiet_until: the night, in the zone; the same time twice is no night.
        mood_lasts: for how long an angry word or a bad review silences everything.
        talking: how long a customer who has written counts as in the middle of a talk.
        there: how long a visitor of the web chat counts as still there.
    """

    per_day: int = 1
    per_week: int = 2
    quiet_from: time = time(21)
    quiet_until: time = time(9)
    zone: tzinfo = field(default=ITALY)
    mood_lasts: timedelta = timedelta(hours=24)
    talking: timedelta = timedelta(minutes=10)
    there: timedelta = timedelta(minutes=30)


def quiet_until(at: datetime, begins: time, ends: time, zone: tzinfo) -> datetime | None:
    """The end of the quiet hours that an instant falls into; None outside them."""
    local = at.astimezone(zone)
    over_midnight = begins > ends
    is_quiet = (
        local.time() >= begins or local.time() < ends
        if over_midnight
        else begins <= local.time() < ends
    )
    if not is_quiet:
        return None
    today = local.replace(hour=ends.hour, minute=ends.minute, second=0, microsecond=0)
    return today if today > local else today + timedelta(days=1)
