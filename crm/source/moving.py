"""Moves what came with a record along with it, from one profile to another."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from crm.consent.models import Consent
from crm.db import now
from crm.event.models import Signal
from crm.order.models import Order
from crm.profile.models import Customer, CustomerStatus, Trait
from crm.source.circle import Circle
from crm.source.homes import Home
from crm.source.models import SourceOrder, SourceRecord
from crm.source.records import Record


def move_in(session: Session, homes: Sequence[Home], circle: Circle) -> dict[int, int]:
    """Give every record the profile of its person.

    Returns:
        the profiles that lost a record, each with the one where it went.
    """
    left: dict[int, int] = {}
    for home in homes:
        for member in home.members:
            record = circle.records.get(member.id)
            if record is None:
                continue
            former = circle.customer_of.get(member.id)
            if former is None:
                record.customer_id = home.customer_id
            elif former != home.customer_id:
                move(session, record, home.customer_id)
                left[former] = home.customer_id
    session.flush()
    return left


def move(session: Session, record: Record, customer_id: int) -> None:
    """Give a record and all that came with it to another profile."""
    to: dict[str, Any] = {"customer_id": customer_id}
    by_origin = (Trait.source == record.origin, Trait.customer_id == record.customer_id)
    session.execute(update(Trait).where(*by_origin).values(to))
    session.execute(
        update(Consent)
        .where(Consent.customer_id == record.customer_id, Consent.source == record.origin)
        .values(to)
    )
    session.execute(update(Signal).where(Signal.record_id == record.id).values(to))
    orders = select(SourceOrder.order_id).where(SourceOrder.record_id == record.id)
    session.execute(update(Order).where(Order.id.in_(orders)).values(to))
    session.execute(update(SourceRecord).where(SourceRecord.id == record.id).values(to))
    record.customer_id = customer_id


def retire_empty(session: Session, left: dict[int, int]) -> None:
    """Profiles of which nothing is left point to where it went."""
    for customer_id, into in left.items():
        has_records = exists().where(SourceRecord.customer_id == customer_id)
        has_values = exists().where(Trait.customer_id == customer_id)
        if not session.scalar(select(has_records | has_values)):
            gone = {"status": CustomerStatus.MERGED, "merged_into_id": into, "updated_at": now()}
            session.execute(update(Customer).where(Customer.id == customer_id).values(gone))
