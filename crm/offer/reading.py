"""What campaigns brought: met, accepted, sold, returned; and whether one wording is better (R22).

A comparison counts people, not showings: whoever saw a wording ten times is one. Rates come with
Wilson intervals; two are called different only when enough people have seen both and the interval
of the difference, corrected for the number of comparisons, leaves out zero.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import ceil, sqrt
from statistics import NormalDist
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from crm.offer.models import OfferEvent, OfferOutcome
from crm.offer.policy import Credit, Experiment

CONVERTED = (OfferOutcome.ACCEPTED, OfferOutcome.SOLD)


class Verdict(StrEnum):
    """What a comparison says."""

    TOO_EARLY = "too_early"
    NO_DIFFERENCE = "no_difference"
    BETTER = "better"


@dataclass(frozen=True)
class Rate:
    """How many of those who were shown a wording went for it, with its interval."""

    id: str
    shown: int
    converted: int
    low: float
    high: float

    @property
    def rate(self) -> float:
        """The share, 0 where nobody was shown it."""
        return self.converted / self.shown if self.shown else 0.0


@dataclass(frozen=True)
class Comparison:
    """The wordings of a campaign, best first, and what may be said of them.

    Attributes:
        needed: how many people each wording needs before anything may be said.
    """

    rates: Sequence[Rate]
    verdict: Verdict
    needed: int


def wilson(converted: int, shown: int, confidence: float) -> tuple[float, float]:
    """The Wilson interval of a rate; everything where nobody was shown anything."""
    if shown == 0:
        return 0.0, 1.0
    z, rate = _z(confidence), converted / shown
    middle = (rate + z * z / (2 * shown)) / (1 + z * z / shown)
    half = z / (1 + z * z / shown) * sqrt(rate * (1 - rate) / shown + (z / (2 * shown)) ** 2)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def people_needed(rate: float, rules: Experiment, comparisons: int = 1) -> int:
    """How many people each wording needs to find the least difference worth finding."""
    other = min(rate + rules.least_difference, 1.0)
    z = _z(_corrected(rules.confidence, comparisons)) + NormalDist().inv_cdf(rules.power)
    spread = rate * (1 - rate) + other * (1 - other)
    return max(ceil(z * z * spread / rules.least_difference**2), 1)


def compare(counts: Mapping[str, tuple[int, int]], rules: Experiment) -> Comparison:
    """What may be said of wordings.

    Args:
        counts: by wording, how many people were shown it and how many went for it.
    """
    rates = [
        Rate(name, shown, converted, *wilson(converted, shown, rules.confidence))
        for name, (shown, converted) in counts.items()
    ]
    rates.sort(key=lambda one: (-one.rate, -one.shown, one.id))
    comparisons = max(len(rates) - 1, 1)
    shown = sum(one.shown for one in rates)
    overall = sum(one.converted for one in rates) / shown if shown else 0.0
    needed = people_needed(overall, rules, comparisons)
    if len(rates) < 2 or any(one.shown < needed for one in rates):
        return Comparison(rates, Verdict.TOO_EARLY, needed)
    confidence = _corrected(rules.confidence, comparisons)
    is_better = all(_differs(rates[0], other, confidence) for other in rates[1:])
    return Comparison(rates, Verdict.BETTER if is_better else Verdict.NO_DIFFERENCE, needed)


def _differs(best: Rate, other: Rate, confidence: float) -> bool:
    """Whether Newcombe's interval of the difference leaves out zero."""
    low, _ = wilson(best.converted, best.shown, confidence)
    _, high = wilson(other.converted, other.shown, confidence)
    down, up = best.rate - low, high - other.rate
    return best.rate - other.rate - sqrt(down * down + up * up) > 0


def _corrected(confidence: float, comparisons: int) -> float:
    return 1 - (1 - confidence) / comparisons


def _z(confidence: float) -> float:
    return NormalDist().inv_cdf((1 + confidence) / 2)


def credits(sales: Iterable[OfferEvent], model: Credit) -> dict[int, float]:
    """The share of its sale that each event is credited with; those of one sale add up to 1."""
    by_sale: defaultdict[str, list[OfferEvent]] = defaultdict(list)
    for one in sales:
        by_sale[one.sale or f"event {one.id}"].append(one)
    return {
        event.id: share for events in by_sale.values() for event, share in _shares(events, model)
    }


def _shares(events: Sequence[OfferEvent], model: Credit) -> Iterable[tuple[OfferEvent, float]]:
    if model == Credit.LINEAR:
        touches = [float(one.facts.get("touches") or 1) for one in events]
        return zip(events, (one / sum(touches) for one in touches), strict=True)
    if model == Credit.FIRST:
        chosen = min(events, key=lambda one: (_touched(one, "first"), one.id))
    else:
        chosen = max(events, key=lambda one: (_touched(one, "last"), one.id))
    return ((one, float(one is chosen)) for one in events)


def _touched(event: OfferEvent, which: str) -> datetime:
    """When the customer met the offer; the sale itself where that is forgotten."""
    written = event.facts.get(which)
    return datetime.fromisoformat(written) if isinstance(written, str) else event.at


def counts_of(session: Session, campaign: str, since: datetime | None = None,
              until: datetime | None = None, whom: Select[Any] | None = None,
              channel: str = "") -> dict[str, tuple[int, int]]:  # fmt: skip
    """By wording: how many people were shown it, and how many of them went for it.

    Args:
        whom: a query of customers' ids; nobody else is counted.
        channel: where it was shown and gone for; everywhere unless told.
    """
    query = select(
        OfferEvent.variant, OfferEvent.outcome, OfferEvent.customer_id, OfferEvent.decision
    ).where(OfferEvent.promotion_id == campaign, OfferEvent.variant.is_not(None))
    if since is not None:
        query = query.where(OfferEvent.at >= since)
    if until is not None:
        query = query.where(OfferEvent.at < until)
    if whom is not None:
        query = query.where(OfferEvent.customer_id.in_(whom))
    if channel:
        query = query.where(OfferEvent.channel == channel)
    shown: defaultdict[str, set[str]] = defaultdict(set)
    converted: defaultdict[str, set[str]] = defaultdict(set)
    for written, outcome, customer_id, decision in session.execute(query):
        variant = str(written)
        who = f"customer {customer_id}" if customer_id is not None else f"decision {decision}"
        if outcome == OfferOutcome.SHOWN:
            shown[variant].add(who)
        elif outcome in CONVERTED:
            converted[variant].add(who)
    return {name: (len(who), len(who & converted[name])) for name, who in sorted(shown.items())}
