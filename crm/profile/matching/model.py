"""Fellegi–Sunter weights: how much each field speaks for or against two records being one.

A field that agrees at some level adds ``log2(m / u)`` bits: how much more often that level is seen
in two records of one person (m) than of two people (u). What is missing says nothing.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from crm.profile.likeness import Likeness

COMPARED = (Likeness.EXACT, Likeness.CLOSE, Likeness.ELSE)
SMALLEST = 1e-9

Levels = Mapping[str, Likeness]


class Outcome(StrEnum):
    """What a weight means: one person, a question or a review, two people."""

    SAME = "same"
    UNSURE = "unsure"
    DIFFERENT = "different"


@dataclass(frozen=True)
class FieldWeights:
    """How often each level is seen in pairs of one person (m) and of two people (u)."""

    m: Mapping[Likeness, float]
    u: Mapping[Likeness, float]

    def bits(self, level: Likeness) -> float:
        """The evidence of a level; above zero speaks for one person."""
        return self._bits[level]

    @cached_property
    def _bits(self) -> Mapping[Likeness, float]:
        """Computed once: an import asks for them a million times."""
        bits = {
            level: math.log2(max(self.m[level], SMALLEST) / max(self.u[level], SMALLEST))
            for level in COMPARED
        }
        return {**bits, Likeness.MISSING: 0.0}


@dataclass(frozen=True)
class Evidence:
    """What one field says, for people: "email: close, +11.5"."""

    field: str
    level: Likeness
    bits: float


@dataclass(frozen=True)
class Model:
    """The weights of all fields, what is thought before looking, and the two thresholds.

    Attributes:
        prior: log2 of the odds that two records taken at random (or out of a block) are one person.
        same_from: the weight, in bits, from which two records are one person.
        different_below: the weight below which they are two.
    """

    fields: Mapping[str, FieldWeights]
    prior: float
    same_from: float
    different_below: float

    def weigh(self, levels: Levels) -> float:
        """The logarithm of the odds, in bits, that two records are one person."""
        return self.prior + sum(self.fields[field].bits(level) for field, level in levels.items())

    def outcome(self, weight: float) -> Outcome:
        """What a weight means."""
        if weight >= self.same_from:
            return Outcome.SAME
        return Outcome.DIFFERENT if weight < self.different_below else Outcome.UNSURE

    def explain(self, levels: Levels) -> tuple[Evidence, ...]:
        """What each field contributes, the strongest first."""
        found = [
            Evidence(name, level, self.fields[name].bits(level)) for name, level in levels.items()
        ]
        return tuple(sorted(found, key=lambda evidence: -abs(evidence.bits)))

    def as_dict(self) -> dict[str, Any]:
        """The model as plain values, to be stored as JSON."""
        return {
            "prior": self.prior,
            "same_from": self.same_from,
            "different_below": self.different_below,
            "fields": {
                name: {"m": dict(weights.m), "u": dict(weights.u)}
                for name, weights in self.fields.items()
            },
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "Model":
        """The model that `as_dict` gave."""
        fields = {
            name: FieldWeights(
                *({Likeness(level): share for level, share in weights[of].items()} for of in "mu")
            )
            for name, weights in stored["fields"].items()
        }
        thresholds = (stored[name] for name in ("prior", "same_from", "different_below"))
        return cls(fields, *thresholds)


def shares(exact: float, close: float) -> dict[Likeness, float]:
    """The levels' shares of all pairs in which the field is known on both sides."""
    values = (exact, close, max(1.0 - exact - close, SMALLEST))
    return dict(zip(COMPARED, values, strict=True))


def probability(weight: float) -> float:
    """The probability that corresponds to a weight in bits."""
    return 1.0 / (1.0 + math.pow(2.0, -max(min(weight, 500.0), -500.0)))
