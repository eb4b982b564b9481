"""What is stored of a customer that bears on offers: every table is read once a decision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.orm import Session

from crm.event.models import Signal, SignalKind
from crm.offer.models import Product
from crm.order.models import Order, OrderLine, OrderStatus
from crm.profile.models import Customer, Trait
from crm.value.models import CustomerValue, Tier

NOT_KEPT = (OrderStatus.CANCELLED, OrderStatus.RETURNED)

# Composing a query takes as long as running it: these are composed once.
_CUSTOMER: BindParameter[int] = bindparam("customer_id")
_PURCHASES = (
    select(Order.id, Order.placed_at, OrderLine.sku, Product.category, Product.attributes)
    .join(OrderLine, OrderLine.order_id == Order.id)
    .outerjoin(Product, Product.sku == OrderLine.sku)
    .where(Order.customer_id == _CUSTOMER, Order.status.not_in(NOT_KEPT))
    .order_by(Order.placed_at.desc(), OrderLine.id)
)
_SIGNALS = select(Signal.kind, Signal.at, Signal.details).where(
    Signal.customer_id == _CUSTOMER,
    Signal.kind.in_(bindparam("kinds", expanding=True)),
    Signal.at.between(bindparam("since"), bindparam("until")),
)
_STANDING = (
    select(Customer.cap, CustomerValue.tier)
    .outerjoin(CustomerValue, CustomerValue.customer_id == Customer.id)
    .where(Customer.id == _CUSTOMER)
)


@dataclass(frozen=True, slots=True)
class Purchase:
    """Something bought and kept; `category` is None for what is no longer in the catalogue."""

    order_id: int
    at: datetime
    sku: str
    category: str | None
    attributes: Mapping[str, Any]

    @property
    def goes_with(self) -> tuple[str, ...]:
        """The SKUs that the catalogue puts beside it."""
        return tuple(self.attributes.get("goes_with") or ())


@dataclass(frozen=True, slots=True)
class Happened:
    """A signal as far as offers look at it."""

    kind: SignalKind
    at: datetime
    details: Mapping[str, Any]


@dataclass(frozen=True)
class Stored:
    """What is stored of a customer; of nobody, nothing. Purchases come newest first."""

    traits: Mapping[str, Trait] = field(default_factory=dict)
    purchases: Sequence[Purchase] = ()
    signals: Sequence[Happened] = ()
    cap: str | None = None
    tier: Tier | None = None


def purchases_of(session: Session, customer_id: int) -> list[Purchase]:
    """What a customer bought and kept, newest first."""
    rows = session.execute(_PURCHASES, {"customer_id": customer_id})
    return [
        Purchase(order, at, sku, category, attributes or {})
        for order, at, sku, category, attributes in rows
    ]


def signals_of(
    session: Session,
    customer_id: int,
    kinds: Sequence[SignalKind],
    since: datetime,
    until: datetime,
) -> list[Happened]:
    """The signals of some kinds that came from a customer within a time."""
    within = {"customer_id": customer_id, "kinds": kinds, "since": since, "until": until}
    return [Happened(*row) for row in session.execute(_SIGNALS, within)]


def standing_of(session: Session, customer_id: int) -> tuple[str | None, Tier | None]:
    """The CAP on file and the tier of a customer."""
    row = session.execute(_STANDING, {"customer_id": customer_id}).first()
    return (row[0], row[1]) if row else (None, None)
