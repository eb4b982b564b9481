"""Rows that belong to a customer: whose, by which key, when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.profile.elastic import BadValue
from crm.source.intake import Intake, take_in
from crm.source.models import SourceRecord
from crm.source.records import Incoming
from integrations.sources.rows import Row, RowError
from integrations.sources.translation import Translated, Translator, text_of

Owners = Mapping[str, SourceRecord]


@dataclass
class Found:
    """What became of the rows, and what was wrong with some."""

    intake: Intake = field(default_factory=Intake)
    errors: list[RowError] = field(default_factory=list)


def find_owners(
    session: Session, translator: Translator, rows: Sequence[Row], found: Found
) -> Owners:
    """The records of the customers that rows name; made of the rows where there is none yet."""
    column, source = translator.mapping.customer or "", translator.mapping.owner_source
    keys = {text_of(row.get(column)) for row in rows} - {""}
    if translator.mapping.fields:
        missing = keys - set(_records(session, source, keys))
        newcomers = [row for row in rows if text_of(row.get(column)) in missing]
        _take_newcomers_in(session, translator, newcomers, found)
    return _records(session, source, keys)


def _take_newcomers_in(
    session: Session, translator: Translator, rows: Sequence[Row], found: Found
) -> None:
    incoming = []
    for row in rows:
        translated = translator.record(row)
        found.errors += translated.errors
        if translated.incoming is not None:
            one, key = translated.incoming, text_of(row.get(translator.mapping.customer or ""))
            incoming.append(Incoming(key, one.at, one.values, one.answers))
    intake = take_in(session, translator.mapping.owner_source, incoming)
    found.intake.customers |= intake.customers
    found.intake.counts += intake.counts


def _records(session: Session, source: str, keys: set[str]) -> dict[str, SourceRecord]:
    query = select(SourceRecord).where(SourceRecord.source == source, SourceRecord.key.in_(keys))
    return {record.key: record for record in session.scalars(query)}


def owner_of(translator: Translator, row: Row, owners: Owners) -> SourceRecord:
    """Whose a row is.

    Raises:
        BadValue: it names nobody who is known.
    """
    column = translator.mapping.customer or ""
    record = owners.get(text_of(row.get(column)))
    if record is None or record.customer_id is None:
        source = translator.mapping.owner_source
        raise BadValue(f"{column} names no customer of the source {source}; sync that one first")
    return record


def key_of(translator: Translator, row: Row) -> str:
    """The key of a row itself.

    Raises:
        BadValue
    """
    translated = Translated()
    key = translator.key(row, translator.mapping.key, translated)
    if key is None:
        raise BadValue(translated.errors[0].problem)
    return key


def time_of(translator: Translator, row: Row) -> datetime:
    """When it happened.

    Raises:
        BadValue
    """
    translated = Translated()
    at = translator.time(row, translator.mapping.at, translated)
    if at is None:
        problem = translated.errors[0].problem if translated.errors else "it is empty"
        raise BadValue(f"{translator.mapping.at}: {problem}")
    return at
