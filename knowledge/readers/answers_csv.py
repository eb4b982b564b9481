"""Questions and answers from a CSV file: `id;question;answer;tag`, in any order of columns."""

import csv
import html
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from knowledge.documents import LEVELS, Document
from knowledge.readers.sections import ReadError, read_text

# What the columns may be called, first the documented name.
_COLUMNS = {
    "id": ("id", "code", "codice"),
    "question": ("question", "domanda", "title", "titolo"),
    "answer": ("answer", "risposta", "text", "testo"),
    "tag": ("tag", "tags", "keywords", "parole chiave"),
    "also": ("also", "other questions", "altre domande"),
    "language": ("language", "lang", "lingua"),
    "url": ("url", "link"),
    "level": ("level", "livello"),
    "valid_from": ("valid_from", "valid from", "valido dal"),
    "valid_until": ("valid_until", "valid until", "valido fino al"),
}
_LONGEST_CELL = 10_000_000


def read_answers_csv(path: Path, language: str = "it") -> list[Document]:
    """One document of kind `answer` for each row; tags are divided by `,` or `|`."""
    csv.field_size_limit(_LONGEST_CELL)
    lines = read_text(path).splitlines(keepends=True)
    if not lines:
        raise ReadError(
            path, 1, "the file is empty; its first line should be id;question;answer;tag."
        )
    rows = csv.reader(lines, delimiter=_delimiter(lines[0]))
    header = next(rows)
    columns = _find_columns(path, header)
    documents = [
        _to_document(path, line, cells, language)
        for line, cells in _read_rows(rows, columns, len(header))
    ]
    _refuse_repeated_ids(path, documents)
    return documents


def _delimiter(header: str) -> str:
    return max(";,\t|", key=header.count)


def _find_columns(path: Path, header: list[str]) -> dict[str, int]:
    names = [name.strip().casefold() for name in header]
    found = {
        column: names.index(name)
        for column, accepted in _COLUMNS.items()
        for name in accepted[::-1]
        if name in names
    }
    missing = [column for column in ("id", "question", "answer") if column not in found]
    if missing:
        raise ReadError(
            path, 1, f"no column {', '.join(missing)} in {', '.join(header)!r}; "
            "write the first line as id;question;answer;tag."
        )  # fmt: skip
    return found


def _read_rows(
    rows: Any, columns: dict[str, int], width: int
) -> Iterator[tuple[int, dict[str, str]]]:
    start = rows.line_num + 1
    for row in rows:
        line, start = start, rows.line_num + 1
        if any(cell.strip() for cell in row):
            whole = _rejoin(row, width, columns["answer"], rows.dialect.delimiter)
            yield line, {name: _plain(whole[place]) for name, place in columns.items()}


def _rejoin(row: list[str], width: int, answer: int, delimiter: str) -> list[str]:
    """Exactly `width` cells: one too many comes from a delimiter written inside the answer."""
    surplus = max(0, len(row) - width)
    joined = delimiter.join(row[answer : answer + surplus + 1])
    whole = [*row[:answer], joined, *row[answer + surplus + 1 :]]
    return whole + [""] * (width - len(whole))


def _to_document(path: Path, line: int, cells: dict[str, str], language: str) -> Document:
    for column in ("id", "question"):
        if not cells[column]:
            raise ReadError(path, line, f"the {column} is empty; fill it in or delete the row.")
    return Document(
        id=cells["id"],
        kind="answer",
        language=cells.get("language") or language,
        title=cells["question"],
        text=cells["answer"],
        also=_parts(cells.get("also", "")),
        tags=_parts(cells.get("tag", "")),
        url=cells.get("url", ""),
        level=_level(path, line, cells),
        valid_from=_day(path, line, cells, "valid_from"),
        valid_until=_day(path, line, cells, "valid_until"),
        source=f"{path}:{line}",
    )


def _level(path: Path, line: int, cells: dict[str, str]) -> str:
    level = cells.get("level") or "anonymous"
    if level not in LEVELS:
        raise ReadError(path, line, f"level {level!r} is not one of {', '.join(LEVELS)}.")
    return level


def _day(path: Path, line: int, cells: dict[str, str], column: str) -> date | None:
    written = cells.get(column)
    try:
        return date.fromisoformat(written) if written else None
    except ValueError:
        raise ReadError(path, line, f"{column} {written!r} is no day; write 2026-12-31.") from None


def _plain(cell: str) -> str:
    without_tags = re.sub(r"</?[a-zA-Z][^<>]*>", " ", cell)
    return re.sub(r"[^\S\n]+", " ", html.unescape(without_tags)).strip()


def _parts(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in re.split(r"[,|]", cell) if part.strip())


def _refuse_repeated_ids(path: Path, documents: list[Document]) -> None:
    seen: dict[str, str] = {}
    for document in documents:
        if document.key in seen:
            line = int(document.source.rsplit(":", 1)[1])
            raise ReadError(
                path,
                line,
                f"id {document.id!r} is already at {seen[document.key]}; ids are unique.",
            )
        seen[document.key] = document.source
