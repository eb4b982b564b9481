"""Who is in a segment, and how many are where (R8)."""

from collections.abc import Iterator, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.db import now
from crm.profile.models import Customer
from crm.segment.filters import Condition
from crm.segment.sql import members
from crm.segment.zones import Level, by_zone

CHUNK = 1000


def count(session: Session, condition: Condition) -> int:
    """How many customers are in a segment."""
    query = select(func.count(Customer.id)).where(members(condition, now()))
    return session.scalar(query) or 0


def count_by_zone(session: Session, condition: Condition, level: Level) -> dict[str, int]:
    """How many customers of a segment are in each zone, the largest first."""
    query = (
        select(Customer.cap, func.count(Customer.id))
        .where(members(condition, now()))
        .group_by(Customer.cap)
    )
    counts = {cap: number for cap, number in session.execute(query)}  # noqa: C416 - rows
    return by_zone(counts, level)


def is_member(session: Session, condition: Condition, customer_id: int) -> bool:
    """Whether one customer is in a segment."""
    query = select(Customer.id).where(Customer.id == customer_id, members(condition, now()))
    return session.scalar(query) is not None


def member_ids(session: Session, condition: Condition) -> Iterator[int]:
    """The customers of a segment by id, a thousand at a time."""
    last = 0
    while found := _after(session, condition, last):
        yield from found
        last = found[-1]


def _after(session: Session, condition: Condition, last: int) -> Sequence[int]:
    query = select(Customer.id).where(members(condition, now()), Customer.id > last)
    return session.scalars(query.order_by(Customer.id).limit(CHUNK)).all()
