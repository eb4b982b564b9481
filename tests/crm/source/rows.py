"""Records of sources, made for tests."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from crm.consent.models import Consent, Purpose
from crm.db import Database
from crm.profile.models import Customer, IdentityKey, Trait
from crm.source.intake import Intake, take_in
from crm.source.models import SourceRecord
from crm.source.records import Answer, Incoming, Told

DAY = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def row(key: str, days: int = 0, marketing: bool | None = None, **values: str) -> Incoming:
    """A record told some days after the first one; `marketing` answers for e-mail."""
    answers = () if marketing is None else (Answer(Purpose.MARKETING, "email", marketing),)
    told = {name: Told(value) for name, value in values.items()}
    return Incoming(key, DAY + timedelta(days=days), told, answers)


def bring(database: Database, source: str, *rows: Incoming) -> Intake:
    """Take records in, in one transaction."""
    with database.writing() as session:
        return take_in(session, source, rows)


def people(database: Database) -> set[frozenset[str]]:
    """Who is who: the records by person."""
    groups: dict[int, set[str]] = {}
    with database.reading() as session:
        for record in session.scalars(select(SourceRecord)):
            assert record.customer_id is not None
            groups.setdefault(record.customer_id, set()).add(f"{record.source}:{record.key}")
    return {frozenset(group) for group in groups.values()}


def persons(*groups: Iterable[str]) -> set[frozenset[str]]:
    """The same, written down."""
    return {frozenset(group) for group in groups}


def contents(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Everything that an import writes, apart from the time of writing."""
    columns = {
        Customer: (Customer.id, Customer.status, Customer.email, Customer.given_name),
        Trait: (Trait.customer_id, Trait.name, Trait.value, Trait.source, Trait.at),
        Consent: (Consent.customer_id, Consent.purpose, Consent.granted, Consent.source),
        SourceRecord: (SourceRecord.key, SourceRecord.customer_id, SourceRecord.fingerprint),
        IdentityKey: (IdentityKey.customer_id, IdentityKey.kind, IdentityKey.value),
    }
    with database.reading() as session:
        return {
            table.__name__: sorted(map(tuple, session.execute(select(*of))), key=repr)
            for table, of in columns.items()
        }
