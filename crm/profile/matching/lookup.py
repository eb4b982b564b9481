"""Finds the customers that somebody may be, among a million, in a few milliseconds."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import BindParameter, CompoundSelect, bindparam, literal, select, union_all
from sqlalchemy.orm import Session

from crm.profile.facts import Facts
from crm.profile.keys import Key, Known, known_from_keys, known_of, sought_keys
from crm.profile.matching.customers import BUILT_IN, compare_people, judge
from crm.profile.matching.kept import kept_model
from crm.profile.matching.model import Evidence, Levels, Model, Outcome
from crm.profile.models import Customer, CustomerStatus, IdentityKey

# How many customers are taken from each kind of key, and how much sharing one says for them.
MOST = {
    "email": 50,
    "phone": 50,
    "cf": 50,
    "local": 50,
    "name": 200,
    "nickname": 100,
    "name_cap": 100,
}
TELLS = {"email": 9, "phone": 9, "cf": 9, "local": 3, "name": 3, "nickname": 2, "name_cap": 2}
MOST_COMPARED = 30

State = tuple[CustomerStatus, int | None]

KEYS, CUSTOMERS = IdentityKey.__table__, Customer.__table__
KNOWN = (
    select(
        CUSTOMERS.c.id, CUSTOMERS.c.status, CUSTOMERS.c.merged_into_id, KEYS.c.kind, KEYS.c.value
    )
    .outerjoin_from(CUSTOMERS, KEYS, CUSTOMERS.c.id == KEYS.c.customer_id)
    .where(CUSTOMERS.c.id.in_(bindparam("ids", expanding=True)))
)

# So much, in bits, one candidate must be ahead of another to be preferred to it.
CLEARLY_AHEAD = 3.0


@dataclass(frozen=True)
class Candidate:
    """A customer that somebody may be, with the weight of the evidence, in bits."""

    customer_id: int
    weight: float
    levels: Levels
    outcome: Outcome

    def explain(self, model: Model = BUILT_IN) -> tuple[Evidence, ...]:
        """What each field says for or against it, the strongest first."""
        return model.explain(self.levels)


def find(session: Session, facts: Facts, model: Model | None = None) -> list[Candidate]:
    """The customers that somebody with these facts may be, best first.

    At most one of them is the same; merged profiles are given as the one that survived. Without
    a model those weights count that the company has learnt.
    """
    model = model or kept_model(session)
    sought = known_of(facts)
    known = known_of_customers(session, candidates_of(session, sought))
    candidates = [_candidate(customer_id, sought, of, model) for customer_id, of in known.items()]
    ranked = sorted(candidates, key=lambda one: (-one.weight, one.customer_id))
    likely = [one for one in ranked if one.outcome != Outcome.DIFFERENT]
    unlikely = [one for one in ranked if one.outcome == Outcome.DIFFERENT]
    return [*_decide(likely, known, model), *unlikely]


def _candidate(customer_id: int, sought: Known, known: Known, model: Model) -> Candidate:
    levels = compare_people(sought, known)
    weight, outcome = judge(levels, model)
    return Candidate(customer_id, weight, levels, outcome)


def candidates_of(session: Session, sought: Known) -> list[int]:
    """Customers that share a key, those that share more and narrower ones first."""
    keys = sought_keys(sought)
    if not keys:
        return []
    shared: Counter[int] = Counter()
    for customer_id, kind in session.execute(HAVING, {kind: list(keys[kind]) for kind in MOST}):
        shared[customer_id] += TELLS[kind]
    return [customer_id for customer_id, _ in shared.most_common(MOST_COMPARED)]


def _having() -> CompoundSelect[int, str]:
    """The customers with one of the given values of each kind.

    One kind at a time, since databases do not look pairs of values up in an index; put together
    once, since that takes longer than asking.
    """
    parts = []
    for kind, most in MOST.items():
        given: BindParameter[str] = bindparam(kind, expanding=True)
        stored = "name" if kind == "nickname" else kind
        query = select(KEYS.c.customer_id).where(KEYS.c.kind == stored, KEYS.c.value.in_(given))
        found = query.limit(most).subquery()
        parts.append(select(found.c.customer_id, literal(kind)))
    return union_all(*parts)


def known_of_customers(session: Session, customer_ids: list[int]) -> dict[int, Known]:
    """What is known of each customer in use, with what their merged profiles knew."""
    keys: defaultdict[int, set[Key]] = defaultdict(set)
    states: dict[int, State] = {}
    asked = set(customer_ids)
    while asked:
        for row in session.execute(KNOWN, {"ids": list(asked)}):
            states[row.id] = row.status, row.merged_into_id
            keys[row.id].add((row.kind, row.value))
        asked = {into for _, into in states.values() if into is not None} - set(states)
    together: defaultdict[int, set[Key]] = defaultdict(set)
    for customer_id, of in keys.items():
        survivor = _survivor(customer_id, states)
        if survivor is not None:
            together[survivor] |= of
    return {customer_id: known_from_keys(of) for customer_id, of in together.items()}


def _survivor(customer_id: int, states: Mapping[int, State]) -> int | None:
    """The profile in use that somebody's profile was merged into, or itself; None if erased."""
    status, into = states[customer_id]
    while status == CustomerStatus.MERGED and into is not None:
        customer_id = into
        status, into = states[customer_id]
    return customer_id if status == CustomerStatus.ACTIVE else None


HAVING = _having()


def _decide(ranked: list[Candidate], known: Mapping[int, Known], model: Model) -> list[Candidate]:
    """Leave at most one candidate the same: the one that is clearly ahead, or else none.

    Profiles that are one person's and merely not merged yet do not compete with each other.
    """
    same = [one for one in ranked if one.outcome == Outcome.SAME]
    if len(same) < 2:
        return ranked
    best, rivals = same[0], [one for one in same[1:] if _rivals(same[0], one, known, model)]
    unsure = {one.customer_id for one in same[1:]} | ({best.customer_id} if rivals else set())
    return [
        Candidate(one.customer_id, one.weight, one.levels, Outcome.UNSURE)
        if one.customer_id in unsure
        else one
        for one in ranked
    ]


def _rivals(best: Candidate, other: Candidate, known: Mapping[int, Known], model: Model) -> bool:
    if best.weight - other.weight >= CLEARLY_AHEAD:
        return False
    levels = compare_people(known[best.customer_id], known[other.customer_id])
    return judge(levels, model)[1] != Outcome.SAME
