"""Rows that are signals: what customers did, for their timelines."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from crm.event.models import SignalKind
from crm.event.register import NewSignal, register_known
from crm.profile.elastic import BadValue
from integrations.sources.mapping import SignalColumns
from integrations.sources.owners import Found, find_owners, key_of, owner_of, time_of
from integrations.sources.rows import Row, RowError
from integrations.sources.translation import Translator, text_of


def take_signals_in(session: Session, translator: Translator, rows: Sequence[Row]) -> Found:
    """Write signals into the timelines of their customers; one told before is left alone."""
    found = Found()
    columns = translator.mapping.signals
    assert columns is not None
    owners = find_owners(session, translator, rows, found)
    for row in rows:
        try:
            signal, owner = _read(translator, columns, row), owner_of(translator, row, owners)
        except BadValue as problem:
            found.errors.append(RowError(row.place, "", str(problem)))
            continue
        is_new = register_known(session, signal, owner.customer_id, owner.id)
        found.intake.counts["signals" if is_new else "unchanged"] += 1
        if is_new and owner.customer_id:
            found.intake.customers.add(owner.customer_id)
    return found


def _read(translator: Translator, columns: SignalColumns, row: Row) -> NewSignal:
    details = {name: row.get(column) for name, column in columns.details.items()}
    return NewSignal(
        source=translator.mapping.source,
        event_id=key_of(translator, row),
        kind=columns.kind or _kind(columns, row),
        at=time_of(translator, row),
        details={name: _shown(value) for name, value in details.items() if value is not None},
    )


def _kind(columns: SignalColumns, row: Row) -> SignalKind:
    written = text_of(row.get(columns.kind_from or ""))
    if written in columns.kinds:
        return columns.kinds[written]
    if written in set(SignalKind):
        return SignalKind(written)
    raise BadValue(f"the kind is none of {', '.join([*columns.kinds, *SignalKind])}")


def _shown(value: object) -> object:
    return value if isinstance(value, bool | int | float | str) else str(value)
