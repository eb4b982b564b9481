"""What a customer likes, as far as their level allows, and what is bought together."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db import now
from crm.event.models import Signal, SignalKind
from crm.offer.facets import Facet, facets_of
from crm.offer.models import Product
from crm.order.models import Order, OrderLine, OrderStatus
from crm.profile.assurance import reaches
from crm.profile.models import Level, Trait
from crm.profile.traits import winner

NOT_KEPT = (OrderStatus.CANCELLED, OrderStatus.RETURNED)

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


def taste_of(
    session: Session, customer_id: int | None, level: Level, at: datetime | None = None
) -> Taste:
    """What is stored of a customer's taste; below `verified` it does not count."""
    if customer_id is None or not reaches(level, Level.VERIFIED):
        return Taste()
    at = at or now()
    owned = _owned(session, customer_id, at)
    return Taste(
        owned=owned,
        liked=_liked(session, customer_id, at),
        traits=_told(session, customer_id),
        goes_with=_catalogue_companions(session, owned),
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


def _owned(session: Session, customer_id: int, at: datetime) -> dict[str, float]:
    query = (
        select(OrderLine.sku, Order.placed_at)
        .join(Order, OrderLine.order_id == Order.id)
        .where(Order.customer_id == customer_id, Order.status.not_in(NOT_KEPT))
        .order_by(Order.placed_at.desc(), OrderLine.id)
    )
    owned: dict[str, float] = {}
    for sku, placed_at in session.execute(query):
        owned.setdefault(sku, _faded(at - placed_at, PURCHASE_HALVES))
    return dict(list(owned.items())[:NEWEST_OWNED])


def _liked(session: Session, customer_id: int, at: datetime) -> dict[str, float]:
    query = select(Signal).where(
        Signal.customer_id == customer_id,
        Signal.kind.in_(TELLS),
        Signal.at.between(at - SIGNALS_SINCE, at),
    )
    liked: dict[str, float] = {}
    for signal in session.scalars(query):
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


def _told(session: Session, customer_id: int) -> tuple[Facet, ...]:
    query = select(Trait).where(Trait.customer_id == customer_id, Trait.name.in_(TOLD))
    traits = session.scalars(query).all()
    told = {
        name: [winner(mine).value]
        for name in TOLD
        if (mine := [trait for trait in traits if trait.name == name])
    }
    return tuple(facets_of(told))


def _catalogue_companions(session: Session, skus: Iterable[str]) -> dict[str, tuple[str, ...]]:
    query = select(Product.sku, Product.attributes).where(Product.sku.in_(list(skus)))
    found = ((sku, attributes.get("goes_with")) for sku, attributes in session.execute(query))
    return {sku: tuple(beside) for sku, beside in found if beside}
