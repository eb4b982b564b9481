"""What is known of a customer, value by value, each with its kind, source and time (R4).

Explicit beats implicit beats derived beats third-party; within a kind the newer value wins.
Nothing is overwritten: the losing values stay, and every value can say where it comes from.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from crm.db import now
from crm.profile.models import Customer, Trait, TraitKind

WEIGHT = {kind: weight for weight, kind in enumerate(reversed(TraitKind))}

# Traits that the customer table repeats as columns.
COLUMNS = ("given_name", "family_name", "email", "phone", "cap", "language")

_TRAITS = select(Trait).where(Trait.customer_id == bindparam("customer_id"))


@dataclass(frozen=True)
class Origin:
    """Where a value comes from: its kind, the system or conversation that gave it, when."""

    kind: TraitKind
    source: str
    at: datetime


def record(session: Session, customer: Customer, values: Mapping[str, Any], origin: Origin) -> None:
    """Add values to a profile and bring its columns up to date. None is not a value."""
    session.flush()
    for name, value in values.items():
        if value is not None:
            _record_one(session, customer, name, value, origin)
    session.flush()
    project(session, customer)


def _record_one(
    session: Session, customer: Customer, name: str, value: Any, origin: Origin
) -> None:
    same = select(Trait).filter_by(
        customer_id=customer.id, name=name, source=origin.source, kind=origin.kind, at=origin.at
    )
    known = session.scalar(same)
    if known is not None:
        known.value = value
        return
    session.add(
        Trait(
            customer_id=customer.id,
            name=name,
            value=value,
            kind=origin.kind,
            source=origin.source,
            at=origin.at,
        )
    )


def winner(traits: Iterable[Trait]) -> Trait:
    """The value that holds among those of one name."""
    return max(traits, key=lambda trait: (WEIGHT[trait.kind], trait.at, trait.id or 0))


def current(session: Session, customer_id: int) -> dict[str, Trait]:
    """The value that holds of every trait, by name."""
    by_name: dict[str, list[Trait]] = {}
    for trait in session.scalars(_TRAITS, {"customer_id": customer_id}):
        by_name.setdefault(trait.name, []).append(trait)
    return {name: winner(traits) for name, traits in sorted(by_name.items())}


def project(session: Session, customer: Customer) -> None:
    """Repeat the winning values in the customer's columns."""
    holding = current(session, customer.id)
    for column in COLUMNS:
        if column in holding:
            setattr(customer, column, holding[column].value)
    customer.updated_at = now()
