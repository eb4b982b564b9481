"""Repeatable chance: every topic has its own dice, so a change in one leaves the others alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


def roll(seed: int, topic: str) -> Random:
    """The dice of a topic; the same seed and topic always give the same throws."""
    return Random(f"{seed}:{topic}")  # noqa: S311 - invented people, not secrets


def happens(dice: Random, probability: float) -> bool:
    """True `probability` times out of one."""
    return dice.random() < probability


def pick(dice: Random, weights: Mapping[T, float]) -> T:
    """One key, as likely as its weight."""
    return dice.choices(list(weights), weights=list(weights.values()))[0]


def pick_commoner(dice: Random, ranked: Sequence[T], flatness: int = 12) -> T:
    """One item of a list ordered from the commonest; a larger flatness evens them out."""
    weights = [1 / (rank + flatness) for rank in range(len(ranked))]
    return dice.choices(ranked, weights=weights)[0]
