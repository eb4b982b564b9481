"""Reads rows of CSV files and of Excel sheets, one at a time."""

import csv
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from integrations.sources.errors import BadMapping, SourceAway
from integrations.sources.mapping import FromFile
from integrations.sources.rows import Batch, Progress, Row, RowError, sortable

EXCEL = (".xlsx", ".xlsm")
SAMPLE = 8192
UNDECODED = re.compile("[\udc80-\udcff]")
Line = tuple[int, list[Any] | RowError]


class FileReader:
    """Reads a file that has changed since it was read to its end; goes on after a given line."""

    def __init__(self, source: FromFile, folder: Path) -> None:
        self._source = source
        self._path = (folder / Path(source.path).expanduser()).absolute()

    def batches(self, progress: Progress, size: int) -> Iterator[Batch]:
        """See `Reader`."""
        state = self._state()
        if progress.get("file") == state:
            return
        resume = progress.get("resume", {})
        start = resume.get("line", 0) if resume.get("file") == state else 0
        newest = resume.get("watermark", "") if start else ""
        with self._lines() as lines:
            header = self._header(lines)
            after = (line for line in lines if line[0] > start)
            while part := list(islice(after, size)):
                batch = self._batch(part, header, progress.get("watermark", ""))
                newest = max(newest, self._newest(batch))
                place = {"line": part[-1][0], "file": state, "watermark": newest}
                batch.progress = {**progress, "resume": place}
                yield batch
        yield Batch(progress=self._finished(progress, state, newest))

    def columns(self) -> list[str]:
        """See `Reader`."""
        with self._lines() as lines:
            return self._header(lines)

    def count(self, progress: Progress) -> int | None:
        """See `Reader`."""
        return 0 if progress.get("file") == self._state() else None

    def _batch(self, part: list[Line], header: list[str], since: str) -> Batch:
        batch = Batch()
        for number, cells in part:
            place = f"{self._path.name}:{number}"
            if isinstance(cells, RowError):
                batch.errors.append(cells)
            elif len(cells) > len(header):
                problem = f"it has {len(cells)} cells, the header {len(header)}; quote what holds"
                batch.errors.append(RowError(place, "", f"{problem} a delimiter"))
            elif any(cell not in (None, "") for cell in cells):
                row = Row(place, dict(zip(header, cells, strict=False)))
                if not self._is_older(row, since):
                    batch.rows.append(row)
        return batch

    def _is_older(self, row: Row, since: str) -> bool:
        mark = sortable(row.get(self._source.watermark)) if self._source.watermark else ""
        return bool(mark) and mark < since

    def _newest(self, batch: Batch) -> str:
        if not self._source.watermark:
            return ""
        return max((sortable(row.get(self._source.watermark)) for row in batch.rows), default="")

    def _finished(self, progress: Progress, state: list[int], newest: str) -> Progress:
        watermark = max(newest, progress.get("watermark", ""))
        return {"file": state, **({"watermark": watermark} if watermark else {})}

    def _header(self, lines: Iterator[Line]) -> list[str]:
        _, cells = next(lines, (0, []))
        if isinstance(cells, RowError) or not any(cells):
            raise BadMapping(f"{self._path.name} has no header row with the names of the columns.")
        return [str(cell).strip() if cell is not None else "" for cell in cells]

    def _state(self) -> list[int]:
        """Changes when the file does."""
        try:
            found = self._path.stat()
        except OSError as problem:
            raise SourceAway(f"{self._path} cannot be read: {problem.strerror}.") from None
        return [found.st_size, found.st_mtime_ns]

    @contextmanager
    def _lines(self) -> Iterator[Iterator[Line]]:
        self._state()
        if self._path.suffix.lower() in EXCEL:
            with _open_sheet(self._path, self._source.sheet) as lines:
                yield lines
            return
        try:
            # Signs that are not of the encoding are kept apart: one bad row does not end the file.
            with self._path.open(
                newline="", encoding=self._encoding(), errors="surrogateescape"
            ) as file:
                sample = file.read(SAMPLE)
                file.seek(0)
                yield self._csv_lines(csv.reader(file, delimiter=self._delimiter(sample)))
        except LookupError:
            raise BadMapping(f"read.encoding {self._source.encoding!r} is not known.") from None
        except OSError as problem:
            raise SourceAway(f"{self._path} cannot be read: {problem.strerror}.") from None

    def _encoding(self) -> str:
        return {"utf-8": "utf-8-sig"}.get(self._source.encoding.lower(), self._source.encoding)

    def _delimiter(self, sample: str) -> str:
        """The one of the usual delimiters that the header has most of."""
        header = sample.partition("\n")[0]
        return self._source.delimiter or max(",;\t|", key=header.count)

    def _csv_lines(self, reader: Any) -> Iterator[Line]:
        """Each row with the line on which it begins."""
        while True:
            number = reader.line_num + 1
            place = f"{self._path.name}:{number}"
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as reason:
                yield number, RowError(place, "", f"it is no CSV: {reason}")
                continue
            if any(not cell.isascii() and UNDECODED.search(cell) for cell in cells):
                problem = f"it is not {self._source.encoding.upper()}; save the file in that"
                yield number, RowError(place, "", f"{problem} or set read.encoding")
            else:
                yield number, cells


@contextmanager
def _open_sheet(path: Path, sheet: str | None) -> Iterator[Iterator[Line]]:
    try:
        from openpyxl import load_workbook  # noqa: PLC0415 - only where there are Excel files
    except ImportError:
        raise SourceAway("Excel files need the package openpyxl: pip install openpyxl.") from None
    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except Exception as problem:  # whatever a damaged file makes the library raise
        raise SourceAway(f"{path.name} is no Excel file: {problem}") from None
    try:
        if sheet is not None and sheet not in book.sheetnames:
            there = ", ".join(book.sheetnames)
            raise BadMapping(f"{path.name} has no sheet {sheet!r}; it has: {there}.")
        rows = (book[sheet] if sheet else book.worksheets[0]).iter_rows(values_only=True)
        yield ((number, _cells(row)) for number, row in enumerate(rows, 1))
    finally:
        book.close()


def _cells(row: tuple[Any, ...]) -> list[Any]:
    """The cells up to the last one that is filled."""
    cells = list(row)
    while cells and cells[-1] is None:
        cells.pop()
    return cells
