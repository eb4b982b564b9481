"""Rows as a source gives them, a batch at a time, with the place to go on from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Protocol

Progress = dict[str, Any]


@dataclass(frozen=True)
class RowError:
    """What is wrong with a row: where it is, in which column, why. It quotes no personal data."""

    place: str
    column: str
    problem: str

    def __str__(self) -> str:
        return f"{self.place}: {self.column}: {self.problem}" if self.column else (
            f"{self.place}: {self.problem}"
        )  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One row and where it is: `customers.csv:12`."""

    place: str
    values: Mapping[str, Any]

    def get(self, column: str) -> Any:
        """A value by column; by a path such as `address.city` where rows are nested."""
        if column in self.values:
            return self.values[column]
        value: Any = self.values
        for part in column.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        return value


@dataclass
class Batch:
    """Some rows, the errors met while reading them, and the progress once they are taken in."""

    rows: list[Row] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    progress: Progress = field(default_factory=dict)


class Reader(Protocol):
    """Reads a source from where it was left."""

    def batches(self, progress: Progress, size: int) -> Iterator[Batch]:
        """What there is to read, a batch at a time; the last one's progress is that of the end.

        Raises:
            SourceAway, BadMapping
        """

    def columns(self) -> list[str]:
        """The names of the columns; none when rows may differ."""

    def count(self, progress: Progress) -> int | None:
        """How many rows there are to read, if that is quickly said."""


def freeze(value: Any) -> Any:
    """A value as JSON, so that progress can be stored."""
    if isinstance(value, datetime):
        return {"datetime": value.isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    return value if isinstance(value, int | float | str | bool) or value is None else str(value)


def thaw(stored: Any) -> Any:
    """The value that `freeze` was given."""
    if not isinstance(stored, dict):
        return stored
    [(kind, text)] = stored.items()
    if kind == "decimal":
        return Decimal(text)
    return (datetime if kind == "datetime" else date).fromisoformat(text)


def sortable(value: Any) -> str:
    """A watermark as text that sorts by time."""
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    return "" if value is None else str(value)
