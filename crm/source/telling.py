"""Writes what records say into the profiles: values, answers about consent, columns."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm.consent.models import Consent, Purpose
from crm.db import now
from crm.db.bulk import insert_many
from crm.profile.models import Customer, Trait
from crm.profile.traits import COLUMNS, WEIGHT
from crm.source.circle import chunks
from crm.source.records import Incoming, Record

Told = Mapping[str, Incoming]
TraitKey = tuple[Any, ...]


def tell(
    session: Session, records: Sequence[Record], told: Told, changed: Sequence[Record]
) -> None:
    """Write down the values and answers of records; older values are kept.

    Args:
        changed: those of the records that told something before.
    """
    known = _known_traits(session, changed)
    new = [row for record in records for row in _new_values(record, told[record.key], known)]
    insert_many(session, Trait, new)
    _answer(session, records, told, _last_answers(session, changed))
    session.flush()


def _known_traits(session: Session, records: Sequence[Record]) -> dict[TraitKey, Trait]:
    known: dict[TraitKey, Trait] = {}
    origins = {record.origin for record in records}
    owners = sorted({record.customer_id for record in records if record.customer_id})
    for some in chunks(owners):
        for trait in session.scalars(select(Trait).where(Trait.customer_id.in_(some))):
            if trait.source in origins:
                known[trait.source, trait.name, trait.kind, trait.at] = trait
    return known


def _new_values(
    record: Record, one: Incoming, known: Mapping[TraitKey, Trait]
) -> Iterator[dict[str, Any]]:
    """Rows for values not there yet; one told again at the same instant is corrected."""
    for name, told in one.values.items():
        there = known.get((record.origin, name, told.kind, one.at))
        if there is not None:
            there.value = told.value
            continue
        yield {
            "customer_id": record.customer_id,
            "name": name,
            "value": told.value,
            "kind": told.kind,
            "source": record.origin,
            "at": one.at,
        }


def _answer(
    session: Session,
    records: Sequence[Record],
    told: Told,
    before: Mapping[tuple[str, Purpose, str], bool],
) -> None:
    """Write an answer when it is another one than this record gave before."""
    rows = [
        {
            "customer_id": record.customer_id,
            "purpose": answer.purpose,
            "channel": answer.channel,
            "granted": answer.granted,
            "source": record.origin,
            "evidence": f"{record.source}: {'yes' if answer.granted else 'no'} in its records",
            "at": answer.at or told[record.key].at,
        }
        for record in records
        for answer in told[record.key].answers
        if before.get((record.origin, answer.purpose, answer.channel)) is not answer.granted
    ]
    insert_many(session, Consent, rows)


def _last_answers(
    session: Session, records: Sequence[Record]
) -> dict[tuple[str, Purpose, str], bool]:
    origins = {record.origin for record in records}
    last: dict[tuple[str, Purpose, str], bool] = {}
    for some in chunks(sorted({record.customer_id or 0 for record in records})):
        query = select(Consent).where(Consent.customer_id.in_(some))
        for consent in session.scalars(query.order_by(Consent.at, Consent.id)):
            if consent.source in origins:
                last[consent.source, consent.purpose, consent.channel] = consent.granted
    return last


def project_columns(session: Session, customer_ids: Collection[int]) -> None:
    """Repeat the winning values of many customers in their columns."""
    session.flush()
    for some in chunks(sorted(customer_ids)):
        query = select(
            Trait.customer_id, Trait.name, Trait.value, Trait.kind, Trait.at, Trait.id
        ).where(Trait.customer_id.in_(some), Trait.name.in_(COLUMNS))
        holding: dict[tuple[int, str], tuple[Any, ...]] = {}
        for customer_id, name, value, kind, told_at, trait_id in session.execute(query):
            rank = (WEIGHT[kind], told_at, trait_id)
            if (customer_id, name) not in holding or rank > holding[customer_id, name][0]:
                holding[customer_id, name] = (rank, value)
        rows = [
            {
                "id": one,
                "updated_at": now(),
                **{name: _held(holding, one, name) for name in COLUMNS},
            }
            for one in some
        ]
        session.execute(update(Customer), rows)


def _held(holding: Mapping[tuple[int, str], tuple[Any, ...]], customer: int, name: str) -> Any:
    return holding[customer, name][1] if (customer, name) in holding else None
