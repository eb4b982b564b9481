"""Takes a source in: batch after batch, each with its progress in one transaction.

Killed in the middle and started again, it goes on with the batch that was not committed, and a
record that did not change is left alone; so the end is the same.
"""

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.orm import Session

from crm.db import Database, now
from crm.offer.policy import Attribution
from crm.profile.elastic import OwnFields
from crm.source.intake import Intake, take_in
from crm.source.models import Source
from integrations.sources.catalogue import columns_named, get_source, open_reader
from integrations.sources.errors import BadMapping
from integrations.sources.mapping import Mapping, parse_mapping
from integrations.sources.orders import take_orders_in
from integrations.sources.rows import Batch, Reader, Row, RowError
from integrations.sources.signals import take_signals_in
from integrations.sources.translation import Translated, Translator

BATCH = 500
MOST_ERRORS = 1000


@dataclass
class Report:
    """What a sync did.

    Attributes:
        counts: rows by what became of them, see `crm.source.intake.Intake`, besides `rows` and
            `errors`.
        errors: the first thousand of them.
    """

    source: str
    counts: Counter[str] = field(default_factory=Counter)
    errors: list[RowError] = field(default_factory=list)

    def note(self, errors: Collection[RowError]) -> None:
        """Take errors down."""
        self.counts["errors"] += len(errors)
        self.errors += list(errors)[: max(MOST_ERRORS - len(self.errors), 0)]


@dataclass(frozen=True)
class Syncing:
    """How to sync.

    Attributes:
        progress: called after each batch with the report so far and the rows to come, if known.
        changed: called within the transaction with the customers that changed.
        anew: read from the beginning.
        window_days: how long before a purchase an offer counts for it.
    """

    own_fields: OwnFields = field(default_factory=OwnFields)
    batch: int = BATCH
    progress: Callable[[Report, int | None], None] = lambda report, total: None
    changed: Callable[[Session, Collection[int]], None] = lambda session, customers: None
    anew: bool = False
    window_days: int = Attribution().window_days


def sync(database: Database, name: str, how: Syncing | None = None) -> Report:
    """Bring the profiles up to date with a source.

    Raises:
        SourceError: the source cannot be read; what was taken in before stays.
    """
    how = how or Syncing()
    with database.reading() as session:
        source = get_source(session, name)
    mapping = parse_mapping(source.mapping)
    reader = open_reader(mapping, Path(source.folder))
    require_columns(mapping, reader)
    progress = {} if how.anew else dict(source.progress)
    report, total = Report(name), reader.count(progress)
    translator = Translator(mapping, how.own_fields)
    how.progress(report, total)
    for batch in reader.batches(progress, how.batch):
        with database.writing() as session:
            intake = take_batch_in(session, translator, batch, report, how.window_days)
            how.changed(session, intake.customers)
            session.get_one(Source, name).progress = batch.progress
        how.progress(report, total)
    with database.writing() as session:
        session.get_one(Source, name).synced_at = now()
    return report


def require_columns(mapping: Mapping, reader: Reader) -> None:
    """Make sure that the source has every column that the mapping names.

    Raises:
        BadMapping
    """
    columns = reader.columns()
    for column, place in columns_named(mapping).items():
        if columns and column not in columns:
            there = ", ".join(columns)
            raise BadMapping(f"{place} names the column {column!r}; there are: {there}.")


def take_batch_in(
    session: Session, translator: Translator, batch: Batch, report: Report, window_days: int
) -> Intake:
    """Take a batch of rows in, as what the mapping says they are."""
    report.counts["rows"] += len(batch.rows)
    report.note(batch.errors)
    mapping = translator.mapping
    if mapping.orders:
        found = take_orders_in(session, translator, batch.rows, window_days)
    elif mapping.signals:
        found = take_signals_in(session, translator, batch.rows)
    else:
        return _take_customers_in(session, translator, batch.rows, report)
    report.note(found.errors)
    report.counts += found.intake.counts
    return found.intake


def _take_customers_in(
    session: Session, translator: Translator, rows: list[Row], report: Report
) -> Intake:
    translated: list[Translated] = [translator.record(row) for row in rows]
    report.note([error for one in translated for error in one.errors])
    incoming = [one.incoming for one in translated if one.incoming is not None]
    intake = take_in(session, translator.mapping.source, incoming)
    report.counts += intake.counts
    return intake
