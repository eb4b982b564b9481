"""Asks people where the evidence does not decide: two profiles, perhaps one person."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.profile.models import Customer, CustomerStatus
from crm.source.circle import Circle, chunks
from crm.source.homes import Home
from crm.source.models import IdentityReview, ReviewState
from crm.source.records import Record
from crm.source.ties import Tie

PairOfCustomers = tuple[int, int]


def ask_people(
    session: Session, circle: Circle, homes: Sequence[Home], records: Sequence[Record]
) -> int:
    """Open a review for every pair of profiles that new evidence brings near.

    Returns:
        how many were not open before.
    """
    owner = circle.customer_of | {
        one.id: home.customer_id for home in homes for one in home.members
    }
    touched = {record.member_id for record in records}
    doubtful = _doubtful(circle, owner, touched)
    return _open(session, doubtful)


def _doubtful(
    circle: Circle, owner: dict[str, int], touched: set[str]
) -> dict[PairOfCustomers, Tie]:
    """The strongest tie between each two profiles that are not one."""
    found: dict[PairOfCustomers, Tie] = {}
    for (one, other), tie in circle.ties.items():
        first, second = sorted((owner[one], owner[other]))
        if first == second or not touched & {one, other}:
            continue
        if (first, second) not in found or tie.weight > found[first, second].weight:
            found[first, second] = tie
    return found


def _open(session: Session, doubtful: dict[PairOfCustomers, Tie]) -> int:
    known = _known(session, sorted({first for first, _ in doubtful}))
    new = [
        IdentityReview(customer_id=first, other_id=second, weight=tie.weight,
                       levels={name: str(level) for name, level in tie.levels.items()})
        for (first, second), tie in sorted(doubtful.items()) if (first, second) not in known
    ]  # fmt: skip
    session.add_all(new)
    session.flush()
    return len(new)


def _known(session: Session, firsts: Sequence[int]) -> set[PairOfCustomers]:
    known: set[PairOfCustomers] = set()
    for some in chunks(firsts):
        query = select(IdentityReview.customer_id, IdentityReview.other_id).where(
            IdentityReview.customer_id.in_(some)
        )
        known |= {(first, second) for first, second in session.execute(query)}
    return known


def open_reviews(session: Session, limit: int = 50) -> Sequence[IdentityReview]:
    """The questions for the staff, the surest suspicions first."""
    in_use = select(Customer.id).where(Customer.status == CustomerStatus.ACTIVE)
    query = (
        select(IdentityReview)
        .where(IdentityReview.state == ReviewState.OPEN)
        .where(IdentityReview.customer_id.in_(in_use), IdentityReview.other_id.in_(in_use))
        .order_by(IdentityReview.weight.desc(), IdentityReview.id)
        .limit(limit)
    )
    return session.scalars(query).all()
