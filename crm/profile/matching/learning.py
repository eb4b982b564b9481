"""Adjusts the built-in weights to a company's own customers, of whom nobody has labelled any."""

import math
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.profile.keys import Known
from crm.profile.likeness import Likeness
from crm.profile.matching.customers import BUILT_IN, compare_people, judge
from crm.profile.matching.estimation import Estimation, Pattern, estimate
from crm.profile.matching.lookup import candidates_of, known_of_customers
from crm.profile.matching.model import COMPARED, FieldWeights, Model, Outcome
from crm.profile.models import Customer, CustomerStatus

SEED = 1
RANDOM_PAIRS = 50_000

# Fewer than these say nothing: then what is built in holds.
LEAST_SEEN = 20
LEAST_PAIRS_OF_ONE = 100

# How many imagined pairs stand for what is built in.
BUILT_IN_PAIRS = 50.0


def learn(session: Session, customers: int = 2_000, start: Model = BUILT_IN) -> Model:
    """The weights as this company's profiles suggest them; the thresholds stay.

    Before looking, anybody may be each of its customers. How often two people agree by chance is
    counted in pairs taken at random, how often two profiles of one person agree is estimated from
    profiles that share a key.
    """
    known = known_of_customers(session, _sample(session, customers))
    people = list(known.values())
    if len(people) < 2:
        return start
    at_random = replace(start, fields=_counted_at_random(people, start), prior=_prior(session))
    patterns = _patterns(session, known, start)
    if _pairs_of_one(patterns, at_random) < LEAST_PAIRS_OF_ONE:
        return at_random
    among_candidates = replace(at_random, prior=0.0)
    found = estimate(patterns, among_candidates, Estimation(BUILT_IN_PAIRS, keep_u=True))
    return replace(found, prior=at_random.prior)


def _prior(session: Session) -> float:
    """One among all customers in use, in bits."""
    in_use = select(func.count(Customer.id)).where(Customer.status == CustomerStatus.ACTIVE)
    return -math.log2(max(session.scalar(in_use) or 0, 2))


def _sample(session: Session, count: int) -> list[int]:
    """Customers in use, drawn by their ids."""
    lowest, highest = session.execute(select(func.min(Customer.id), func.max(Customer.id))).one()
    if lowest is None:
        return []
    ids = range(lowest, highest + 1)
    drawn = random.Random(SEED).sample(ids, min(count, len(ids)))  # noqa: S311  no secret
    query = select(Customer.id).where(
        Customer.id.in_(drawn), Customer.status == CustomerStatus.ACTIVE
    )
    return sorted(session.scalars(query))


def _counted_at_random(people: Sequence[Known], start: Model) -> dict[str, FieldWeights]:
    """The levels that two people show by chance; where they are too rare to count, as before."""
    counts = {name: Counter[Likeness]() for name in start.fields}
    draw = random.Random(SEED)  # noqa: S311  sampling, not secrets
    for _ in range(RANDOM_PAIRS):
        levels = compare_people(*draw.sample(people, 2))
        if judge(levels, start)[1] != Outcome.SAME:
            for name, level in levels.items():
                counts[name][level] += 1
    return {
        name: replace(weights, u=_shares(counts[name], weights.u))
        for name, weights in start.fields.items()
    }


def _shares(
    seen: Mapping[Likeness, int], before: Mapping[Likeness, float]
) -> dict[Likeness, float]:
    total = sum(seen.get(level, 0) for level in COMPARED)
    found = {
        level: seen[level] / total if seen.get(level, 0) >= LEAST_SEEN else before[level]
        for level in COMPARED[:-1]
    }
    return {**found, Likeness.ELSE: 1.0 - sum(found.values())}


def _patterns(session: Session, known: Mapping[int, Known], start: Model) -> Counter[Pattern]:
    """The levels of profiles that share a key and may be one person's."""
    patterns: Counter[Pattern] = Counter()
    for customer_id, person in known.items():
        others = (one for one in candidates_of(session, person) if one != customer_id)
        for other in known_of_customers(session, list(islice(others, 10))).values():
            levels = compare_people(person, other)
            if levels["given_name"] != Likeness.ELSE:
                patterns[tuple(levels[name] for name in start.fields)] += 1
    return patterns


def _pairs_of_one(patterns: Mapping[Pattern, int], model: Model) -> int:
    outcomes = (
        (judge(dict(zip(model.fields, pattern, strict=True)), model)[1], count)
        for pattern, count in patterns.items()
    )
    return sum(count for outcome, count in outcomes if outcome == Outcome.SAME)
