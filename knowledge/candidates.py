"""Candidates for an offer from three sides: what was said, what is liked, what goes with it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from knowledge.companions import Companion, Companions
from knowledge.search import KnowledgeSearch
from knowledge.taste import likeness_to, taste_vector

PRODUCTS = ("product",)


class Side(StrEnum):
    """Where a candidate comes from."""

    SAID = "said"
    TOGETHER = "goes_with"
    LIKES = "likes"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a customer says and likes; who is not verified has said something at most.

    Attributes:
        said: the words just said.
        owned: products bought and kept, by how much each counts (1 for what was bought today).
        liked: products put in the cart, looked at, liked, in the same measure.
        traits: what they told of themselves, in words of the language.
        goes_with: what the catalogue itself puts beside each product owned.
    """

    said: str = ""
    owned: Mapping[str, float] = field(default_factory=dict)
    liked: Mapping[str, float] = field(default_factory=dict)
    traits: tuple[str, ...] = ()
    goes_with: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SideWeights:
    """How much each side counts; its best candidate gets the whole of it.

    `likes` beside `together` was chosen on generated logs (docs/decisions/recommendations.md).
    """

    said: float = 1.0
    together: float = 0.5
    likes: float = 0.05
    bought: float = 1.0
    looked_at: float = 0.5
    catalogue: float = 0.5


@dataclass(frozen=True, slots=True)
class Candidate:
    """How well a product suits, 0 to 1, what each side says of it, and what it goes with."""

    relevance: float
    sides: Mapping[Side, float]
    because: str | None = None

    @property
    def origin(self) -> Side:
        """What was said, if it answers that; else the side that speaks most for it."""
        return max(self.sides, key=lambda side: (side == Side.SAID, self.sides[side]))


@dataclass(frozen=True, slots=True)
class Candidates:
    """Candidates by SKU, the best first."""

    found: Mapping[str, Candidate] = field(default_factory=dict)

    @property
    def relevance(self) -> dict[str, float]:
        """How well each suits."""
        return {sku: one.relevance for sku, one in self.found.items()}

    @property
    def origins(self) -> dict[str, str]:
        """Those that what was said did not find, each with the side that did."""
        return {
            sku: one.origin.value for sku, one in self.found.items() if one.origin is not Side.SAID
        }

    @property
    def because(self) -> dict[str, str]:
        """Those that go with something owned, each with it."""
        return {sku: one.because for sku, one in self.found.items() if one.because}


def candidates(
    search: KnowledgeSearch,
    companions: Companions,
    wish: Wish,
    language: str = "it",
    limit: int = 50,
    level: str = "anonymous",
    on: date | None = None,
    weights: SideWeights | None = None,
) -> Candidates:
    """The products to choose an offer from, without those owned.

    Every side is scaled to its own best; what is found on several sides adds up. Where something
    was said, or enough is known to go together, likeness to the taste orders the others' candidates
    and adds none of its own: that would take a scan of the whole catalogue.
    """
    weights = weights or SideWeights()
    learnt = companions.of(_shares(wish, weights), limit, without=wish.owned)
    beside = _together(learnt, wish, weights)
    looked_for = {Side.SAID: _said(search, wish, language, limit, level, on)}
    also = {sku: one.score for sku, one in learnt.items() if sku not in beside}
    if looked_for[Side.SAID] or len(learnt) >= limit:
        rescored = {*looked_for[Side.SAID], *beside, *also}
        near = _likeness(search, wish, weights, language, rescored)
    else:
        near = _liked(search, wish, weights, language, limit, level, on)
    sides = looked_for | {
        Side.TOGETHER: {sku: one.score for sku, one in beside.items()},
        Side.LIKES: near | _scaled(also),
    }
    known = {side: _scaled(scores) for side, scores in sides.items() if scores}
    return _fused(known, beside, weights, limit)


def _shares(wish: Wish, weights: SideWeights) -> dict[str, float]:
    """How much each product counts that was bought or looked at."""
    shares = {sku: weights.looked_at * share for sku, share in wish.liked.items()}
    for sku, share in wish.owned.items():
        shares[sku] = shares.get(sku, 0.0) + weights.bought * share
    return shares


def _said(
    search: KnowledgeSearch, wish: Wish, language: str, limit: int, level: str, on: date | None
) -> dict[str, float]:
    hits = search.search(wish.said, language, PRODUCTS, limit, level, on)
    return {hit.document.id: hit.score for hit in hits if hit.document.id not in wish.owned}


def _liked(
    search: KnowledgeSearch,
    wish: Wish,
    weights: SideWeights,
    language: str,
    limit: int,
    level: str,
    on: date | None,
) -> dict[str, float]:
    """What lies near the middle of all that is bought, looked at and told."""
    tastes = _shares(wish, weights)
    hits = search.near_taste(tastes, wish.traits, PRODUCTS, limit, language, level, on)
    return _scaled({hit.document.id: hit.dense for hit in hits})


def _likeness(
    search: KnowledgeSearch, wish: Wish, weights: SideWeights, language: str, skus: Iterable[str]
) -> dict[str, float]:
    """How near these are to the taste: who says what they want is not led elsewhere by it (R18)."""
    shares = _shares(wish, weights)
    vector = taste_vector(search.index, search.encoder, shares, wish.traits, PRODUCTS, language)
    return likeness_to(search.index, vector, skus, PRODUCTS, language)


def _together(
    learnt: Mapping[str, Companion], wish: Wish, weights: SideWeights
) -> dict[str, Companion]:
    """What buyers of something owned bought, joined with what the catalogue puts beside it."""
    beside = {sku: one for sku, one in learnt.items() if one.because in wish.owned}
    best = max((one.score for one in beside.values()), default=1.0)
    joined = {sku: Companion(one.score / best, one.because) for sku, one in beside.items()}
    for because, skus in wish.goes_with.items():
        for sku in set(skus) - wish.owned.keys():
            before = joined.get(sku, Companion(0.0, because))
            joined[sku] = Companion(before.score + weights.catalogue, because)
    return joined


def _scaled(scores: Mapping[str, float]) -> dict[str, float]:
    best = max(scores.values(), default=0.0)
    return {sku: score / best for sku, score in scores.items() if score > 0}


def _fused(
    sides: Mapping[Side, Mapping[str, float]],
    beside: Mapping[str, Companion],
    weights: SideWeights,
    limit: int,
) -> Candidates:
    shares = {Side.SAID: weights.said, Side.TOGETHER: weights.together, Side.LIKES: weights.likes}
    whole = sum(shares[side] for side in sides)
    heard: dict[str, dict[Side, float]] = {}
    for side, scores in sides.items():
        for sku, score in scores.items():
            heard.setdefault(sku, {})[side] = score
    relevance = {
        sku: sum(shares[side] * score for side, score in scores.items()) / whole
        for sku, scores in heard.items()
    }
    return Candidates(
        {
            sku: Candidate(relevance[sku], heard[sku], _because(beside, sku))
            for sku in _best(relevance, limit)
        }
    )


def _best(relevance: Mapping[str, float], limit: int) -> Iterable[str]:
    return sorted(relevance, key=lambda sku: (-relevance[sku], sku))[:limit]


def _because(beside: Mapping[str, Companion], sku: str) -> str | None:
    return beside[sku].because if sku in beside else None


class CandidateFinder:
    """Finds candidates over an index, with the companions that were learnt last."""

    def __init__(self, search: KnowledgeSearch, companions: Companions | None = None) -> None:
        self.search = search
        self.companions = companions or Companions.learn(())

    def find(self, wish: Wish, language: str = "it", limit: int = 50) -> Candidates:
        """See `candidates`."""
        return candidates(self.search, self.companions, wish, language, limit)

    def by_taste(
        self,
        owned: Mapping[str, float],
        liked: Mapping[str, float],
        traits: tuple[str, ...],
        goes_with: Mapping[str, tuple[str, ...]],
        language: str,
    ) -> Candidates:
        """What suits a customer who says nothing; `Wish` tells what the arguments are."""
        wish = Wish(owned=owned, liked=liked, traits=traits, goes_with=goes_with)
        return self.find(wish, language)
