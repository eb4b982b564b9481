"""Reads rows of any SQL database, by a SQLAlchemy URL."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    Engine,
    FromClause,
    Select,
    and_,
    column,
    create_engine,
    func,
    make_url,
    or_,
    select,
    table,
    text,
)
from sqlalchemy.engine import RowMapping
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from integrations.sources.errors import BadMapping, SourceAway
from integrations.sources.mapping import FromDatabase, fill_in
from integrations.sources.rows import Batch, Progress, Row, freeze, thaw


class DatabaseReader:
    """Reads in the order of watermark and key, so that it can go on from any row.

    Rows without a watermark are read each time: nothing says when they changed.
    """

    def __init__(self, source: FromDatabase, key: str, folder: Path) -> None:
        self._source, self._key, self._folder = source, key, folder
        self._columns: list[str] = []

    def batches(self, progress: Progress, size: int) -> Iterator[Batch]:
        """See `Reader`."""
        at = dict(progress)
        with self._reading() as connection:
            for query in self._queries(at):
                found = connection.execution_options(yield_per=size).execute(query)
                for part in self._parts(found.mappings(), size):
                    at = self._after(part[-1], at)
                    yield Batch([self._row(one) for one in part], progress=dict(at))
        resumed = at.pop("resume", None)
        if resumed and self._source.watermark:
            at["watermark"] = resumed["watermark"]
        yield Batch(progress=at)

    def columns(self) -> list[str]:
        """See `Reader`."""
        if not self._columns:
            with self._reading() as connection:
                empty = select(text("*")).select_from(self._rows()).limit(0)
                self._columns = list(connection.execute(empty).keys())
        return self._columns

    def count(self, progress: Progress) -> int | None:
        """See `Reader`."""
        with self._reading() as connection:
            return sum(
                connection.scalar(select(func.count()).select_from(query.subquery("left"))) or 0
                for query in self._queries(progress)
            )

    def _parts(self, rows: Iterable[RowMapping], size: int) -> Iterator[list[RowMapping]]:
        """So many rows at a time; rows with one key stay together, or a later part would be lost
        when the next sync goes on after that key."""
        part: list[RowMapping] = []
        for row in rows:
            if len(part) >= size and row[self._key] != part[-1][self._key]:
                yield part
                part = []
            part.append(row)
        if part:
            yield part

    def _queries(self, progress: Progress) -> list[Select[Any]]:
        rows: list[ColumnElement[Any]] = [column(name) for name in self.columns()]
        self._require(self._key)
        everything = select(*rows).select_from(self._rows())
        if not self._source.watermark:
            return [self._in_order(everything, progress, None)]
        self._require(self._source.watermark)
        mark: ColumnElement[Any] = column(self._source.watermark)
        marked = self._in_order(everything.where(mark.is_not(None)), progress, mark)
        if "resume" in progress:
            return [marked]
        return [everything.where(mark.is_(None)), marked]

    def _in_order(
        self, query: Select[Any], progress: Progress, mark: ColumnElement[Any] | None
    ) -> Select[Any]:
        key: ColumnElement[Any] = column(self._key)
        resume = progress.get("resume")
        if mark is None:
            after = key > thaw(resume["key"]) if resume else None
            order = [key]
        else:
            after = _after(mark, key, resume) if resume else _since(mark, progress)
            order = [mark, key]
        return (query if after is None else query.where(after)).order_by(*order)

    def _after(self, row: RowMapping, progress: Progress) -> Progress:
        """The progress once a row is taken in; rows without a watermark leave it as it was."""
        mark = row[self._source.watermark] if self._source.watermark else None
        if self._source.watermark and mark is None:
            return progress
        return {**progress, "resume": {"watermark": freeze(mark), "key": freeze(row[self._key])}}

    def _row(self, row: RowMapping) -> Row:
        return Row(f"{self._source.table or 'query'} {self._key}={row[self._key]}", dict(row))

    def _require(self, name: str) -> None:
        if name not in self.columns():
            raise BadMapping(
                f"There is no column {name!r}; there are: {', '.join(self.columns())}."
            )

    def _rows(self) -> FromClause:
        if self._source.query is not None:
            return text(self._source.query.strip().rstrip(";")).columns().subquery("source_rows")
        schema, _, name = (self._source.table or "").rpartition(".")
        return table(name, schema=schema or None)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        engine = self._engine()
        try:
            with engine.connect() as connection:
                yield connection
        except SQLAlchemyError as problem:
            reason = str(getattr(problem, "orig", problem) or problem).splitlines()[0]
            raise SourceAway(f"The database cannot be read: {reason}") from None
        finally:
            engine.dispose()

    def _engine(self) -> Engine:
        try:
            url = make_url(fill_in(self._source.url))
            return create_engine(_found(url, self._folder), hide_parameters=True)
        except (ArgumentError, NoSuchModuleError, ImportError) as problem:
            raise BadMapping(
                f"read.url is no address of a database that can be read here: {problem}"
            ) from None


def _found(url: URL, folder: Path) -> URL:
    """A SQLite file beside the mapping; opening one that is missing would make an empty one."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return url
    path = (folder / url.database).absolute()
    if not path.exists():
        raise SourceAway(f"There is no database file {path}.")
    return url.set(database=str(path))


def _after(
    mark: ColumnElement[Any], key: ColumnElement[Any], resume: dict[str, Any]
) -> ColumnElement[bool]:
    last, last_key = thaw(resume["watermark"]), thaw(resume["key"])
    return or_(mark > last, and_(mark == last, key > last_key))


def _since(mark: ColumnElement[Any], progress: Progress) -> ColumnElement[bool] | None:
    """From the last watermark on, itself included: more may have happened in that instant."""
    if progress.get("watermark") is None:
        return None
    since: ColumnElement[bool] = mark >= thaw(progress["watermark"])
    return since
