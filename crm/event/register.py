"""Writes signals down, each once, with the customer they belong to (R10)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.event.models import Signal, SignalKind


@dataclass(frozen=True)
class NewSignal:
    """Something that a customer did, as a system reports it."""

    source: str
    event_id: str
    kind: SignalKind
    at: datetime
    details: Mapping[str, Any] = field(default_factory=dict)


def find_signal(session: Session, source: str, event_id: str) -> Signal | None:
    """A signal that was told before."""
    return session.scalar(select(Signal).filter_by(source=source, event_id=event_id))


def register_known(
    session: Session, new: NewSignal, customer_id: int | None, record_id: int | None = None
) -> bool:
    """Write a signal of a known customer; says whether it was new."""
    if find_signal(session, new.source, new.event_id) is not None:
        return False
    session.add(
        Signal(
            source=new.source,
            event_id=new.event_id,
            kind=new.kind,
            customer_id=customer_id,
            record_id=record_id,
            details=dict(new.details),
            at=new.at,
        )
    )
    session.flush()
    return True


def signals_of(session: Session, customer_id: int) -> Sequence[Signal]:
    """What a customer did, oldest first."""
    query = select(Signal).filter_by(customer_id=customer_id).order_by(Signal.at, Signal.id)
    return session.scalars(query).all()
