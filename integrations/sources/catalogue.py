"""The sources that a company has added: their mappings, and how far each was read."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.source.models import Source, SourceRecord
from integrations.sources.databases import DatabaseReader
from integrations.sources.errors import UnknownSource
from integrations.sources.files import FileReader
from integrations.sources.mapping import (
    FromDatabase,
    FromFile,
    Mapping,
    parse_mapping,
    read_mapping,
)
from integrations.sources.rows import Reader
from integrations.sources.services import ServiceReader


def add_source(session: Session, path: Path) -> tuple[Source, bool]:
    """Add a source by its mapping, or take a changed mapping over and read everything again.

    Returns:
        the source, and whether it is new.

    Raises:
        BadMapping
    """
    written = read_mapping(path)
    name, folder = parse_mapping(written).source, str(path.absolute().parent)
    source = session.get(Source, name)
    if source is None:
        source = Source(name=name, mapping=written, folder=folder, progress={})
        session.add(source)
        return source, True
    if source.mapping != written:
        source.progress = {}
    source.mapping, source.folder = written, folder
    return source, False


def get_source(session: Session, name: str) -> Source:
    """A source by name.

    Raises:
        UnknownSource
    """
    source = session.get(Source, name)
    if source is None:
        there = ", ".join(one.name for one in list_sources(session)) or "none yet"
        raise UnknownSource(f"There is no source {name!r}; there are: {there}.")
    return source


def list_sources(session: Session) -> Sequence[Source]:
    """All sources, in the order in which they were added."""
    return session.scalars(select(Source).order_by(Source.added_at, Source.name)).all()


def count_records(session: Session) -> dict[str, int]:
    """How many records were taken in from each source."""
    query = select(SourceRecord.source, func.count()).group_by(SourceRecord.source)
    return {source: number for source, number in session.execute(query)}  # noqa: C416 - rows


def open_reader(mapping: Mapping, folder: Path) -> Reader:
    """What reads the rows of a mapping; files lie beside the mapping unless told otherwise."""
    if isinstance(mapping.read, FromDatabase):
        return DatabaseReader(mapping.read, mapping.key, folder)
    if isinstance(mapping.read, FromFile):
        return FileReader(mapping.read, folder)
    return ServiceReader(mapping.read)


def columns_named(mapping: Mapping) -> dict[str, str]:
    """Each column that a mapping names, with the place in it that does."""
    named = {mapping.key: "key"}
    named |= {column.column: f"fields.{name}" for name, column in mapping.fields.items()}
    named |= {one.column: f"consents.{one.purpose}" for one in mapping.consents}
    optional: dict[str, Any] = {"at": mapping.at, "customer": mapping.customer}
    if mapping.orders:
        optional |= mapping.orders.model_dump(exclude={"statuses"})
    if mapping.signals:
        optional |= {"kind_from": mapping.signals.kind_from, **mapping.signals.details}
    return named | {column: place for place, column in optional.items() if column}
