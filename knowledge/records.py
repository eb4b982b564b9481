"""The documents of an index on disk, read one row at a time."""

import mmap
from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path

import numpy as np
import orjson
from numpy.typing import NDArray

from knowledge.arrays import one_reader
from knowledge.documents import Document, DocumentError, from_record, level_rank, to_record

_ALWAYS = np.iinfo(np.int32).max
_CACHED = 4096


class Records:
    """Row i is document i; levels, dates and names stay in memory, texts on disk."""

    def __init__(self, folder: Path) -> None:
        with one_reader, np.load(folder / "facts.npz") as stored:
            facts = dict(stored)
        names = orjson.loads((folder / "names.json").read_bytes())
        self.groups: list[str] = names["groups"]
        self.fingerprints: list[str] = names["fingerprints"]
        self._rows = {key: row for row, key in enumerate(names["keys"])}
        self._starts: NDArray[np.int64] = facts["starts"]
        self._levels, self._from, self._until = facts["levels"], facts["from"], facts["until"]
        self._is_for_all = not self._levels.any() and self._is_always()
        self._lines = _map(folder / "documents.jsonl")
        self._document = lru_cache(maxsize=_CACHED)(self._read)

    @staticmethod
    def write(folder: Path, documents: Sequence[Document]) -> None:
        """Write the documents and what is kept in memory about them."""
        lines = [_line(document) for document in documents]
        (folder / "documents.jsonl").write_bytes(b"".join(lines))
        np.savez(
            folder / "facts.npz",
            allow_pickle=False,
            starts=np.cumsum([0, *map(len, lines)], dtype=np.int64),
            levels=np.array([level_rank(document.level) for document in documents], np.int8),
            **{"from": _days([document.valid_from for document in documents], 0)},
            until=_days([document.valid_until for document in documents], _ALWAYS),
        )
        names = {
            "keys": [document.key for document in documents],
            "groups": [document.group for document in documents],
            "fingerprints": [document.fingerprint() for document in documents],
        }
        (folder / "names.json").write_bytes(orjson.dumps(names))

    def __len__(self) -> int:
        return len(self._levels)

    def __getitem__(self, row: int) -> Document:
        return self._document(int(row))

    def __iter__(self) -> Iterator[Document]:
        return (self._read(row) for row in range(len(self)))

    def holds_exactly(self, documents: Sequence[Document]) -> bool:
        """Whether these are its documents, in this order, to the last byte."""
        return self._lines[:] == b"".join(map(_line, documents))

    def row_of(self, key: str) -> int | None:
        """Where the document `kind/id/language` is, if it is here."""
        return self._rows.get(key)

    def visible(self, level: str, on: date) -> NDArray[np.bool_] | None:
        """The rows that somebody at this level may read on that day; None for all of them."""
        if self._is_for_all:
            return None
        day = on.toordinal()
        mask = (self._levels <= level_rank(level)) & (self._from <= day) & (day <= self._until)
        return None if mask.all() else mask

    def _is_always(self) -> bool:
        return not self._from.any() and bool((self._until == _ALWAYS).all())

    def _read(self, row: int) -> Document:
        start, end = self._starts[row], self._starts[row + 1]
        return from_record(orjson.loads(self._lines[start:end]))


def _line(document: Document) -> bytes:
    try:
        return orjson.dumps(to_record(document)) + b"\n"
    except TypeError as error:
        raise DocumentError(
            f"Document {document.key}: its data cannot be stored ({error})."
        ) from None


def _days(dates: Sequence[date | None], missing: int) -> NDArray[np.int32]:
    return np.array([missing if day is None else day.toordinal() for day in dates], np.int32)


def _map(path: Path) -> mmap.mmap | bytes:
    if path.stat().st_size == 0:
        return b""
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
