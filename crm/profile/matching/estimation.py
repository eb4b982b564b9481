"""Estimates the weights from pairs of which nobody has said whether they are one person.

Expectation–maximisation over the patterns of levels: guess for every pattern how likely it is one
person, count the levels by that guess, and again until nothing changes.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from crm.profile.likeness import Likeness
from crm.profile.matching.model import COMPARED, FieldWeights, Model, probability

Pattern = tuple[Likeness, ...]
Shares = dict[Likeness, float]

MOST_ROUNDS = 200
CHANGE = 1e-6


@dataclass(frozen=True)
class Estimation:
    """How to estimate.

    Attributes:
        weight_of_start: how many imagined pairs speak for the shares that are known beforehand.
        keep_u: leave the shares among two people as they were, for example counted at random.
    """

    weight_of_start: float = 1.0
    keep_u: bool = False


def estimate(patterns: Mapping[Pattern, int], start: Model, how: Estimation | None = None) -> Model:
    """The model that explains the patterns best, found from a first guess.

    Args:
        patterns: how many pairs show each combination of levels, in the order of the fields.
        start: where to begin; its thresholds are kept.
        how: see `Estimation`.
    """
    how, model = how or Estimation(), start
    for _ in range(MOST_ROUNDS):
        better = _improve(patterns, model, start, how)
        moved = abs(better.prior - model.prior)
        model = better
        if moved < CHANGE:
            break
    return model


def _improve(patterns: Mapping[Pattern, int], model: Model, start: Model, how: Estimation) -> Model:
    names = tuple(model.fields)
    matched = {
        pattern: probability(model.weigh(dict(zip(names, pattern, strict=True))))
        for pattern in patterns
    }
    same = sum(count * matched[pattern] for pattern, count in patterns.items())
    total = sum(patterns.values())
    share = min(max(same / total, 1e-9), 1 - 1e-9) if total else 0.5
    fields = {}
    for place, name in enumerate(names):
        known = start.fields[name]
        m = _count(((p[place], n * matched[p]) for p, n in patterns.items()), known.m, how)
        u = _count(((p[place], n * (1 - matched[p])) for p, n in patterns.items()), known.u, how)
        fields[name] = FieldWeights(m, model.fields[name].u if how.keep_u else u)
    return replace(model, fields=fields, prior=math.log2(share / (1 - share)))


def _count(
    seen: Iterable[tuple[Likeness, float]], known: Mapping[Likeness, float], how: Estimation
) -> Shares:
    """The levels' shares; levels never seen keep a little of what was known beforehand."""
    counts = {level: known[level] * how.weight_of_start for level in COMPARED}
    for level, weight in seen:
        if level != Likeness.MISSING:
            counts[level] += weight
    total = sum(counts.values())
    return {level: count / total for level, count in counts.items()}


def count_levels(patterns: Iterable[Pattern], names: Sequence[str]) -> dict[str, Shares]:
    """The share of every level in pairs taken at random, which are hardly ever one person."""
    counts = {name: dict.fromkeys(COMPARED, 0.1) for name in names}
    for pattern in patterns:
        for name, level in zip(names, pattern, strict=True):
            if level != Likeness.MISSING:
                counts[name][level] += 1
    return {
        name: {level: count / sum(of.values()) for level, count in of.items()}
        for name, of in counts.items()
    }
