"""When to say "I do not know": the probability that the first hit is the right answer."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from knowledge.documents import Document
from knowledge.settings import Confidence

# How many hits the signals look at.
COMPARED = 6
_ROUNDS = 100
_RIDGE = 1e-3


@dataclass(frozen=True, slots=True)
class Hit:
    """A document found; `score` fuses the three sides, every number lies between 0 and 1."""

    document: Document
    score: float
    dense: float
    lexical: float
    typo: float


@dataclass(frozen=True, slots=True)
class Signals:
    """What speaks for the first hit.

    `margin` is its lead over the second, `lead` that over the mean of the next five; a document
    with many other ways to ask (`phrasings`, logarithm) scores high more easily.
    """

    score: float
    margin: float
    lead: float
    phrasings: float


def signals(hits: Sequence[Hit]) -> Signals:
    """The signals of a ranking that is not empty."""
    best, *others = hits[:COMPARED]
    scores = [hit.score for hit in others] or [0.0]
    return Signals(
        best.score,
        best.score - scores[0],
        best.score - sum(scores) / len(scores),
        math.log1p(len(best.document.also)),
    )


def probability_of(found: Signals, curve: Confidence) -> float:
    """The height of the curve at these signals."""
    power = (
        curve.bias
        + curve.score * found.score
        + curve.margin * found.margin
        + curve.lead * found.lead
        + curve.phrasings * found.phrasings
    )
    return 1.0 / (1.0 + math.exp(-power))


def fit_confidence(
    outcomes: Sequence[tuple[Signals, bool]], before: Confidence | None = None
) -> Confidence:
    """The curve that fits rankings of which it is known whether the first hit was right.

    Logistic regression by Newton's method; the threshold stays as it was.
    """
    rows = np.array([_row(found) for found, _ in outcomes])
    right = np.array([was_right for _, was_right in outcomes], dtype=np.float64)
    weights = np.zeros(rows.shape[1])
    for _ in range(_ROUNDS):
        chance = 1 / (1 + np.exp(-rows @ weights))
        slope = rows.T @ (chance - right) + _RIDGE * weights
        bend = (rows * (chance * (1 - chance))[:, None]).T @ rows + _RIDGE * np.eye(len(weights))
        weights -= np.linalg.solve(bend, slope)
    bias, score, margin, lead, phrasings = (round(float(weight), 2) for weight in weights)
    return replace(
        before or Confidence(),
        bias=bias, score=score, margin=margin, lead=lead, phrasings=phrasings,
    )  # fmt: skip


def _row(found: Signals) -> list[float]:
    return [1.0, found.score, found.margin, found.lead, found.phrasings]
