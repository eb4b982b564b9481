"""How alike two values are, in words that can be shown to people."""

from enum import StrEnum

from rapidfuzz.distance import OSA

# From this many letters on one typing error is allowed, and from this many on two.
ONE_ERROR_FROM = 3
TWO_ERRORS_FROM = 9


class Likeness(StrEnum):
    """The levels of a comparison, from the strongest evidence for to none at all."""

    EXACT = "exact"
    CLOSE = "close"
    ELSE = "else"
    MISSING = "missing"


RANK = {level: rank for rank, level in enumerate(Likeness)}


def best(levels: list[Likeness]) -> Likeness:
    """The strongest of several comparisons; missing when there is none."""
    return min(levels, key=lambda level: RANK[level], default=Likeness.MISSING)


def errors_between(one: str, other: str) -> int:
    """Typing errors that lead from one word to the other: wrong, lost, added, swapped letters."""
    return OSA.distance(one, other)


def is_misspelt(one: str, other: str) -> bool:
    """Whether two different words may be one, given their length."""
    length = max(len(one), len(other))
    allowed = (length >= ONE_ERROR_FROM) + (length >= TWO_ERRORS_FROM)
    return OSA.distance(one, other, score_cutoff=allowed) <= allowed
