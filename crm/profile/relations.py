"""Who belongs to whom: one household, one company, who was referred by whom (R6)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm.db.base import Base, now, words
from crm.profile.models import Customer, CustomerStatus


class RelationKind(StrEnum):
    """How two customers belong together. The last one has a direction."""

    HOUSEHOLD = "household"
    COMPANY = "company"
    REFERRED_BY = "referred_by"


class Relation(Base):
    """Two customers who belong together; of a referral, `other_id` is who referred the customer."""

    __tablename__ = "customer_relation"
    __table_args__ = (UniqueConstraint("kind", "customer_id", "other_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[RelationKind] = mapped_column(words(RelationKind))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    source: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime] = mapped_column(default=now)


# What a referral is called from the other end.
REFERRED = "referred"


class RelationRefused(Exception):
    """Two customers cannot be related so; `code` is a stable word."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Tie:
    """A relation as one of the two sees it."""

    id: int
    kind: str
    other: Customer
    source: str
    at: datetime


def relate(
    session: Session, customer_id: int, kind: RelationKind, other_id: int, source: str
) -> Relation:
    """Say that two customers belong together; said before, nothing changes.

    Raises:
        RelationRefused: not two people, not in use, referred in a circle or by somebody else.
    """
    if customer_id == other_id:
        raise RelationRefused("same_customer", "Nobody is related to themselves; name another.")
    for one in (customer_id, other_id):
        customer = session.get(Customer, one)
        if customer is None or customer.status != CustomerStatus.ACTIVE:
            raise RelationRefused("customer_not_in_use", f"Customer {one} is not in use.")
    known = _find(session, kind, customer_id, other_id)
    if known is not None:
        return known
    if kind == RelationKind.REFERRED_BY:
        _require_free_to_be_referred(session, customer_id, other_id)
    relation = Relation(kind=kind, customer_id=customer_id, other_id=other_id, source=source)
    session.add(relation)
    session.flush()
    return relation


def _find(session: Session, kind: RelationKind, customer_id: int, other_id: int) -> Relation | None:
    pair = (Relation.customer_id == customer_id) & (Relation.other_id == other_id)
    if kind != RelationKind.REFERRED_BY:
        pair |= (Relation.customer_id == other_id) & (Relation.other_id == customer_id)
    return session.scalar(select(Relation).where(Relation.kind == kind, pair))


def _require_free_to_be_referred(session: Session, customer_id: int, other_id: int) -> None:
    query = select(Relation).where(
        Relation.kind == RelationKind.REFERRED_BY, Relation.customer_id == customer_id
    )
    if session.scalar(query) is not None:
        raise RelationRefused(
            "already_referred", f"Customer {customer_id} was referred by somebody else already."
        )
    if customer_id in _referrers(session, other_id):
        raise RelationRefused(
            "referred_in_a_circle", f"Customer {customer_id} referred customer {other_id}."
        )


def _referrers(session: Session, customer_id: int) -> Iterator[int]:
    """Who referred a customer, who referred those, and so on."""
    seen = {customer_id}
    waiting = [customer_id]
    while waiting:
        query = select(Relation.other_id).where(
            Relation.kind == RelationKind.REFERRED_BY, Relation.customer_id.in_(waiting)
        )
        waiting = [one for one in session.scalars(query) if one not in seen]
        seen.update(waiting)
        yield from waiting


def ties_of(session: Session, customer_id: int) -> Sequence[Tie]:
    """To whom a customer belongs and how, the oldest first."""
    query = (
        select(Relation)
        .where(or_(Relation.customer_id == customer_id, Relation.other_id == customer_id))
        # What two profiles had with each other is nothing once they are one.
        .where(Relation.customer_id != Relation.other_id)
        .order_by(Relation.id)
    )
    return [_tie(session, relation, customer_id) for relation in session.scalars(query)]


def _tie(session: Session, relation: Relation, customer_id: int) -> Tie:
    is_from = relation.customer_id == customer_id
    other = session.get_one(Customer, relation.other_id if is_from else relation.customer_id)
    is_referral = relation.kind == RelationKind.REFERRED_BY
    kind = REFERRED if is_referral and not is_from else str(relation.kind)
    return Tie(relation.id, kind, other, relation.source, relation.at)


def unrelate(session: Session, customer_id: int, relation_id: int) -> Relation | None:
    """Take a relation of a customer away; None where they have no such."""
    relation = session.get(Relation, relation_id)
    if relation is None or customer_id not in (relation.customer_id, relation.other_id):
        return None
    session.delete(relation)
    session.flush()
    return relation
