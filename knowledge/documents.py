"""What can be found: one `Document` is one answer, product or page in one language."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from types import MappingProxyType
from typing import Any

LEVELS = ("anonymous", "claimed", "verified")


class DocumentError(ValueError):
    """A document that cannot be indexed; the message names the value and the way out."""


@dataclass(frozen=True, slots=True)
class Document:
    """One text to be found. `id` is shared by its translations; `(kind, id, language)` is unique.

    `also` holds other ways to ask for it, `valid_from` and `valid_until` are inclusive,
    `data` is carried along for the caller (price, zone, stock) and is never searched.
    """

    id: str
    kind: str
    language: str
    title: str
    text: str = ""
    also: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    source: str = ""
    url: str = ""
    level: str = "anonymous"
    valid_from: date | None = None
    valid_until: date | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    group: str = ""

    def __post_init__(self) -> None:
        for name in ("id", "kind", "language", "title"):
            if not getattr(self, name).strip():
                raise DocumentError(f"Document {self.id!r} ({self.source}): give it a {name}.")
        if self.level not in LEVELS:
            wanted = ", ".join(LEVELS)
            raise DocumentError(
                f"Document {self.id!r}: level {self.level!r} is not one of {wanted}."
            )
        if self.valid_from and self.valid_until and self.valid_from > self.valid_until:
            raise DocumentError(
                f"Document {self.id!r}: valid_from {self.valid_from} comes after "
                f"valid_until {self.valid_until}; swap them."
            )
        object.__setattr__(self, "group", self.group or self.id)
        object.__setattr__(self, "data", MappingProxyType(dict(self.data)))

    @property
    def key(self) -> str:
        """The unique name inside an index: `kind/id/language`."""
        return f"{self.kind}/{self.id}/{self.language}"

    def is_visible(self, level: str, on: date) -> bool:
        """Whether somebody at this assurance level may read it on that day."""
        started = self.valid_from is None or self.valid_from <= on
        ended = self.valid_until is not None and self.valid_until < on
        return level_rank(self.level) <= level_rank(level) and started and not ended

    def fingerprint(self) -> str:
        """Changes exactly when a text that is searched changes."""
        parts = [self.title, self.text, *self.also, "\x1e", *self.tags]
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:20]


def level_rank(level: str) -> int:
    """0 for anonymous, 1 for claimed, 2 for verified."""
    if level not in LEVELS:
        raise DocumentError(f"Level {level!r} is not one of {', '.join(LEVELS)}.")
    return LEVELS.index(level)


def to_record(document: Document) -> dict[str, Any]:
    """A JSON-ready mapping without the empty fields; `from_record` reads it back."""
    record: dict[str, Any] = {}
    for item in fields(document):
        value = getattr(document, item.name)
        if isinstance(value, date):
            value = value.isoformat()
        if isinstance(value, Mapping):
            value = dict(value)
        if value not in (None, "", (), {}):
            record[item.name] = value
    return record


def from_record(record: Mapping[str, Any]) -> Document:
    """The document that `to_record` wrote."""
    values = dict(record)
    for name in ("valid_from", "valid_until"):
        if name in values:
            values[name] = date.fromisoformat(values[name])
    for name in ("also", "tags"):
        values[name] = tuple(values.get(name, ()))
    return Document(**values)
