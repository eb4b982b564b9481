"""Profiles that may be one person's, for people to decide (R1)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, aliased

from crm.db import now
from crm.profile.keys import Known
from crm.profile.matching import Model, Outcome
from crm.profile.matching.customers import compare_people, judge
from crm.profile.matching.kept import kept_model
from crm.profile.matching.lookup import candidates_of, known_of_customers
from crm.profile.matching.model import Levels, probability
from crm.profile.merging.evidence import Reason, reasons
from crm.profile.merging.ledger import both_in_use
from crm.profile.merging.models import Merge
from crm.profile.models import Customer, CustomerStatus, IdentityKey
from crm.source.models import IdentityReview, ReviewState

# Keys that two profiles of one person share. A name is shared by too many, unless they live in one
# place too.
TELLING = ("email", "phone", "cf", "local")
PAIRS_LOOKED_AT = 400

Pair = tuple[int, int]


@dataclass(frozen=True)
class Suggestion:
    """Two profiles in use, what speaks for one person, in bits and in words."""

    one_id: int
    other_id: int
    weight: float
    outcome: Outcome
    reasons: Sequence[Reason]
    told_apart: bool = False

    @property
    def probability(self) -> float:
        """How likely the two are one person."""
        return probability(self.weight)


@dataclass(frozen=True)
class ReviewPage:
    """Some suggestions; `following` is where the search goes on, None at the end."""

    suggestions: Sequence[Suggestion]
    following: Pair | None


def duplicates_of(
    session: Session, customer_id: int, model: Model | None = None
) -> Sequence[Suggestion]:
    """The profiles that may be this customer's too, the likeliest first."""
    model = model or kept_model(session)
    session.flush()
    own = known_of_customers(session, [customer_id]).get(customer_id)
    if own is None:
        return []
    others = [one for one in candidates_of(session, own) if one != customer_id]
    found = known_of_customers(session, others)
    pairs = [_ordered(customer_id, other) for other in found if other != customer_id]
    return _judged(session, pairs, {**found, customer_id: own}, model)


def review(
    session: Session,
    *,
    limit: int = 50,
    after: Pair | None = None,
    model: Model | None = None,
) -> ReviewPage:
    """Pairs of profiles that nobody has decided on yet.

    They come in the order of their ids, so that a million profiles can be gone through page by
    page; within a page the likeliest stand first. A page may hold fewer than `limit`.
    """
    session.flush()
    model = model or kept_model(session)
    pairs = _pairs(session, after)
    known = known_of_customers(session, sorted({one for pair in pairs for one in pair}))
    shown: list[Suggestion] = []
    for place, pair in enumerate(pairs):
        shown += [one for one in _judged(session, [pair], known, model) if not one.told_apart]
        if len(shown) == limit and place + 1 < len(pairs):
            return ReviewPage(_likeliest_first(shown), pair)
    is_full = len(pairs) == PAIRS_LOOKED_AT
    return ReviewPage(_likeliest_first(shown), pairs[-1] if is_full else None)


def _pairs(session: Session, after: Pair | None) -> list[Pair]:
    """Pairs that share a telling key, or that the import asks about, in the order of their ids."""
    shared = _sharing(session, after)
    asked = _asked(session, after)
    end = shared[-1] if len(shared) == PAIRS_LOOKED_AT else None
    together = sorted({*shared, *(pair for pair in asked if end is None or pair <= end)})
    return together[:PAIRS_LOOKED_AT]


def _sharing(session: Session, after: Pair | None) -> list[Pair]:
    one, other = aliased(IdentityKey), aliased(IdentityKey)
    same = (one.kind == other.kind) & (one.value == other.value)
    query = (
        select(one.customer_id, other.customer_id)
        .join(other, same & (one.customer_id < other.customer_id))
        .where(or_(one.kind.in_(TELLING), (one.kind == "name") & _in_one_place(one, other)))
        .where(*_beyond(one.customer_id, other.customer_id, after))
    )
    return _in_use(session, query)


def _in_one_place(one: type[IdentityKey], other: type[IdentityKey]) -> ColumnElement[bool]:
    first, second = aliased(IdentityKey), aliased(IdentityKey)
    return (
        select(first.value)
        .join(second, (second.kind == "cap") & (second.value == first.value))
        .where(first.kind == "cap", first.customer_id == one.customer_id)
        .where(second.customer_id == other.customer_id)
        .exists()
    )


def _asked(session: Session, after: Pair | None) -> list[Pair]:
    query = select(IdentityReview.customer_id, IdentityReview.other_id).where(
        IdentityReview.state == ReviewState.OPEN,
        *_beyond(IdentityReview.customer_id, IdentityReview.other_id, after),
    )
    return _in_use(session, query)


def _beyond(one, other, after: Pair | None):  # type: ignore[no-untyped-def]
    if after is None:
        return []
    return [one >= after[0], or_(one > after[0], other > after[1])]


def _in_use(session: Session, query) -> list[Pair]:  # type: ignore[no-untyped-def]
    """The pairs of a query of which both are in use, each once."""
    one, other = query.selected_columns
    for column in (one, other):
        customer = aliased(Customer)
        query = query.join(
            customer, (customer.id == column) & (customer.status == CustomerStatus.ACTIVE)
        )
    query = query.distinct().order_by(one, other).limit(PAIRS_LOOKED_AT)
    return [_ordered(*row) for row in session.execute(query)]


def _ordered(one: int, other: int) -> Pair:
    return (one, other) if one < other else (other, one)


def _judged(
    session: Session, pairs: Sequence[Pair], known: dict[int, Known], model: Model
) -> list[Suggestion]:
    apart = _told_apart(session, pairs)
    found = []
    for one, other in pairs:
        if one not in known or other not in known:
            continue
        levels = compare_people(known[one], known[other])
        weight, outcome = judge(levels, model)
        if outcome != Outcome.DIFFERENT:
            found.append(_suggestion((one, other), levels, weight, outcome, apart, model))
    return _likeliest_first(found)


def _suggestion(
    pair: Pair,
    levels: Levels,
    weight: float,
    outcome: Outcome,
    apart: Collection[Pair],
    model: Model,
) -> Suggestion:
    return Suggestion(*pair, weight, outcome, reasons(levels, model), pair in apart)


def _likeliest_first(found: Iterable[Suggestion]) -> list[Suggestion]:
    return sorted(found, key=lambda one: (-one.weight, one.one_id, one.other_id))


def _told_apart(session: Session, pairs: Sequence[Pair]) -> set[Pair]:
    """The pairs that people have told apart, by saying so or by undoing a merge."""
    ones = {one for pair in pairs for one in pair}
    reviewed = select(IdentityReview.customer_id, IdentityReview.other_id).where(
        IdentityReview.customer_id.in_(ones), IdentityReview.state == ReviewState.SETTLED
    )
    undone = select(Merge.survivor_id, Merge.absorbed_id).where(
        Merge.survivor_id.in_(ones), Merge.undone_at.is_not(None)
    )
    found = [*session.execute(reviewed).all(), *session.execute(undone).all()]
    return {_ordered(one, other) for one, other in found}


def tell_apart(session: Session, one_id: int, other_id: int) -> None:
    """Somebody has looked: these are two people, and they are not suggested again.

    Raises:
        NoSuchProfile, SameProfile, NotInUse
    """
    both_in_use(session, one_id, other_id)
    pair = _ordered(one_id, other_id)
    known = session.scalar(select(IdentityReview).filter_by(customer_id=pair[0], other_id=pair[1]))
    if known is None:
        known = IdentityReview(customer_id=pair[0], other_id=pair[1], weight=0.0, levels={})
        session.add(known)
    known.state, known.at = ReviewState.SETTLED, now()
    session.flush()
