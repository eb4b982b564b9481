"""What a customer likes, as far as their level allows, and what is bought together."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.event.models import SignalKind
from crm.offer.facets import Facet, facets_of
from crm.offer.request import DecisionRequest
from crm.offer.stored import NOT_KEPT, Happened, Purchase, Stored
from crm.order.models import Order, OrderLine
from crm.profile.models import Trait

# A purchase tells half as much a year later, a look at a page after a month.
PURCHASE_HALVES = timedelta(days=365)
SIGNAL_HALVES = timedelta(days=30)
SIGNALS_SINCE = timedelta(days=120)

# How much a signal says of a taste, beside one for a purchase.
TELLS: Mapping[SignalKind, float] = {
    SignalKind.CART: 1.0,
    SignalKind.LIKE: 0.8,
    SignalKind.PAGE_VIEW: 0.3,
}
NEWEST_OWNED = 60
TOLD = ("skin", "hair")


@dataclass(frozen=True)
class Taste:
    """What a customer likes; empty for whom nothing may be used.

    Attributes:
        owned: SKUs bought and kept, by how much they tell, 1 for one bought now.
        liked: SKUs put in the cart, looked at or liked, in the same measure.
        traits: what they told of themselves.
        goes_with: what the catalogue puts beside each SKU owned.
    """

    owned: Mapping[str, float] = field(default_factory=dict)
    liked: Mapping[str, float] = field(default_factory=dict)
    traits: tuple[Facet, ...] = ()
    goes_with: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def in_words(self, language: str) -> tuple[str, ...]:
        """The traits as they are said in a language."""
        return tuple(facet.say(language) for facet in self.traits)


class FoundByTaste(Protocol):
    """Products that suit a taste: how well each, from which side, beside what it goes."""

    @property
    def relevance(self) -> Mapping[str, float]: ...
    @property
    def origins(self) -> Mapping[str, str]: ...
    @property
    def because(self) -> Mapping[str, str]: ...


class TasteSearch(Protocol):
    """Finds products that suit a taste; `Taste` tells what the arguments are."""

    def by_taste(
        self,
        owned: Mapping[str, float],
        liked: Mapping[str, float],
        traits: tuple[str, ...],
        goes_with: Mapping[str, tuple[str, ...]],
        language: str,
    ) -> FoundByTaste: ...


def with_taste(request: DecisionRequest, taste: Taste, search: TasteSearch) -> DecisionRequest:
    """The request with what this customer likes, and what goes with what they have."""
    words = taste.in_words(request.language)
    found = search.by_taste(taste.owned, taste.liked, words, taste.goes_with, request.language)
    return replace(
        request, candidates=found.relevance, origins=found.origins, because=found.because
    )


def taste_of(stored: Stored, at: datetime) -> Taste:
    """What is stored of a customer's taste."""
    owned = _owned(stored.purchases, at)
    return Taste(
        owned=owned,
        liked=_liked(stored.signals, at),
        traits=_told(stored.traits),
        goes_with={
            one.sku: one.goes_with for one in stored.purchases if one.goes_with and one.sku in owned
        },
    )


def purchases(session: Session) -> Iterator[tuple[int, str]]:
    """Every customer with every SKU that they bought and kept."""
    query = (
        select(Order.customer_id, OrderLine.sku)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .where(Order.status.not_in(NOT_KEPT))
        .distinct()
    )
    rows = session.execute(query).yield_per(10_000)
    yield from ((customer_id, sku) for customer_id, sku in rows)


def _owned(purchases: Iterable[Purchase], at: datetime) -> dict[str, float]:
    """The newest things owned; purchases come newest first."""
    owned: dict[str, float] = {}
    for one in purchases:
        owned.setdefault(one.sku, _faded(at - one.at, PURCHASE_HALVES))
    return dict(list(owned.items())[:NEWEST_OWNED])


def _liked(signals: Iterable[Happened], at: datetime) -> dict[str, float]:
    liked: dict[str, float] = {}
    for signal in signals:
        if signal.kind not in TELLS or not at - SIGNALS_SINCE <= signal.at <= at:
            continue
        tells = TELLS[signal.kind] * _faded(at - signal.at, SIGNAL_HALVES)
        for sku in _skus(signal.details):
            liked[sku] = min(1.0, liked.get(sku, 0.0) + tells)
    return liked


def _skus(details: Mapping[str, Any]) -> set[str]:
    """The products that a signal names: `sku`, or `lines` with a `sku` each."""
    lines = details.get("lines")
    entries = [details, *(lines if isinstance(lines, list) else ())]
    named = (entry.get("sku") for entry in entries if isinstance(entry, Mapping))
    return {str(sku) for sku in named if sku}


def _faded(age: timedelta, halves: timedelta) -> float:
    return float(0.5 ** (max(age, timedelta()) / halves))


def _told(traits: Mapping[str, Trait]) -> tuple[Facet, ...]:
    return tuple(facets_of({name: [traits[name].value] for name in TOLD if name in traits}))
