"""Careful access to what somebody else's program sent: a value of the right kind, or nothing."""

import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from integrations.channels.shared_text import clean

Object = Mapping[str, Any]
NOTHING: Object = {}
# A time in milliseconds is larger than any in seconds that we shall see.
MILLISECONDS = 1e11


def object_of(value: object) -> Object:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else NOTHING


def objects_of(value: object) -> Iterator[Object]:
    """The objects of a list; whatever else is in it is passed over."""
    items = value if isinstance(value, list) else []
    return (item for item in items if isinstance(item, dict))


def text_of(value: object, longest: int = 20_000) -> str:
    """The value as a storable text; numbers too, since ids come as either."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return clean(str(value))[:longest]


def number_of(value: object) -> float | None:
    """The value as a finite number."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def time_of(value: object) -> datetime | None:
    """A Unix time, which the platform writes as a text; None where it is none."""
    seconds = number_of(value)
    if seconds is None or seconds <= 0:
        return None
    try:
        return datetime.fromtimestamp(seconds / 1000 if seconds > MILLISECONDS else seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
