"""The values of own fields: found, explained, and let go when their time is over (R2, R4)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, false, or_, select
from sqlalchemy.orm import Session, aliased

from crm.db import now
from crm.profile.elastic import OwnFields
from crm.profile.models import Trait, TraitKind
from crm.profile.traits import WEIGHT, winner
from crm.segment.json_values import JsonText
from crm.segment.sql import holds
from crm.source.models import SourceRecord


@dataclass(frozen=True)
class Provenance:
    """Where a value comes from, and why it holds or does not.

    Attributes:
        source: as the trait names it, such as `ecommerce:EC-100123` or `staff:Anna`.
        record_key: the key in the source, where the value came with a record.
    """

    value: object
    kind: TraitKind
    source: str
    at: datetime
    holds: bool
    why: str
    record_key: str | None = None


def where_from(session: Session, customer_id: int, name: str) -> list[Provenance]:
    """Every value that is known under a name, the one that holds first, each with its reason."""
    query = select(Trait).filter_by(customer_id=customer_id, name=name)
    traits = session.scalars(query).all()
    if not traits:
        return []
    holding = winner(traits)
    keys = _record_keys(session, [trait.source for trait in traits])
    ordered = sorted(traits, key=lambda one: (one is holding, WEIGHT[one.kind], one.at, one.id))
    return [
        Provenance(
            value=trait.value,
            kind=trait.kind,
            source=trait.source,
            at=trait.at,
            holds=trait is holding,
            why=_why(trait, holding),
            record_key=keys.get(trait.source),
        )
        for trait in reversed(ordered)
    ]


def _record_keys(session: Session, origins: Sequence[str]) -> dict[str, str]:
    query = select(SourceRecord.origin, SourceRecord.key).where(SourceRecord.origin.in_(origins))
    return {origin: key for origin, key in session.execute(query)}  # noqa: C416 - rows


def _why(trait: Trait, holding: Trait) -> str:
    if trait is holding:
        return "it holds"
    if trait.kind != holding.kind:
        return f"{holding.kind} beats {trait.kind}"
    return "a newer one holds" if trait.at < holding.at else "a later entry holds"


def says(words: str, names: Collection[str]) -> ColumnElement[bool]:
    """The condition that a customer has these words in the holding text of one of some fields."""
    tests = []
    for name in names:
        held = aliased(Trait)
        text = JsonText(held.value)
        tests.append(holds(held, name, text.icontains(words.strip(), autoescape=True)))
    return or_(false(), *tests)


def forget_old_values(session: Session, fields: OwnFields, at: datetime | None = None) -> int:
    """Remove the values of own fields that are older than they may be kept; says how many."""
    removed = 0
    for name in fields:
        declared = fields.get(name)
        if declared is not None and declared.keep_days is not None:
            limit = (at or now()) - timedelta(days=declared.keep_days)
            old = delete(Trait).where(Trait.name == name, Trait.at < limit).returning(Trait.id)
            removed += len(session.scalars(old).all())
    return removed
