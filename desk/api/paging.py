"""Lists come in pages: `limit` items, and a cursor that leads to the next ones."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel

Item = TypeVar("Item")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
MOST = 200

Limit = Annotated[int, Query(ge=1, le=MOST, description="How many items a page has at most.")]
Cursor = Annotated[
    str | None,
    Query(
        pattern=r"^([0-9]{1,17}-[0-9]{1,9})?$",
        description="`next_cursor` of the page before; empty for the first page.",
    ),
]
Place = tuple[datetime, int]


class Page(BaseModel, Generic[Item]):
    """A part of a list; `next_cursor` is null on the last page."""

    items: list[Item]
    next_cursor: str | None = None


def place(cursor: str | None) -> Place | None:
    """Where a cursor points: a time, and a number among what has the same time."""
    if not cursor:
        return None
    micros, number = cursor.split("-")
    return EPOCH + int(micros) * MICROSECOND, int(number)


def cursor(at: datetime, number: int) -> str:
    """The cursor that points behind an item."""
    return f"{(at - EPOCH) // MICROSECOND}-{number}"


def cut(
    found: Sequence[Item], limit: int, where: Callable[[Item], Place]
) -> tuple[Sequence[Item], str | None]:
    """A page of what was found by asking for one more than its limit, and the next cursor."""
    if len(found) <= limit:
        return found, None
    return found[:limit], cursor(*where(found[limit - 1]))


def page_of(
    found: Sequence[Item], limit: int, after: str | None, at: Callable[[Item], datetime]
) -> tuple[Sequence[Item], str | None]:
    """A page of a whole list that is sorted by time, newest first, and the next cursor."""
    start = _begin(found, place(after), at)
    end = start + limit
    if end >= len(found):
        return found[start:], None
    last = at(found[end - 1])
    return found[start:end], cursor(last, sum(at(item) == last for item in found[:end]))


def _begin(found: Sequence[Item], after: Place | None, at: Callable[[Item], datetime]) -> int:
    if after is None:
        return 0
    when, seen = after
    newer = sum(at(item) > when for item in found)
    return newer + min(seen, sum(at(item) == when for item in found))
