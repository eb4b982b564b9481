"""What the demo company is made of: people, what each source knows of them, orders, returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

Source = Literal["ecommerce", "shop_loyalty", "assistance", "newsletter", "prospects"]
Sex = Literal["F", "M"]
TraitKind = Literal["explicit", "implicit", "derived", "third_party"]
OrderStatus = Literal[
    "placed",
    "packed",
    "shipped",
    "out_for_delivery",
    "delivered",
    "ready_for_pickup",
    "cancelled",
    "returned",
]
ShippingMethod = Literal["standard", "express", "pickup_point", "click_and_collect", "in_shop"]
ReturnStatus = Literal["requested", "label_sent", "in_transit", "received", "refunded"]

SOURCES: tuple[Source, ...] = (
    "ecommerce",
    "shop_loyalty",
    "assistance",
    "newsletter",
    "prospects",
)
OPEN_STATUSES: tuple[OrderStatus, ...] = (
    "placed",
    "packed",
    "shipped",
    "out_for_delivery",
    "ready_for_pickup",
)


@dataclass(frozen=True)
class Person:
    """The truth about one invented person; no source holds all of it."""

    id: str
    given_name: str
    family_name: str
    sex: Sex
    birth_date: date
    birth_place: str
    email: str
    phone: str
    address: str
    city: str
    province: str
    cap: str
    codice_fiscale: str | None
    language: Literal["it", "en"]
    household: str | None = None
    referred_by: str | None = None


@dataclass(frozen=True)
class Taste:
    """Why this person buys what they buy: hidden from every source, the answer sheet of advice."""

    person_id: str
    skin: str
    hair: str
    needs: tuple[str, ...]
    loves: tuple[str, ...]
    brands: tuple[str, ...]
    audience: tuple[str, ...]
    thrift: float


@dataclass(frozen=True)
class SourceRecord:
    """One row of one source, with that source's gaps and slips.

    `fields` holds only what the source knows, under the names of Person plus its own (card_number,
    points, full_name…). `slips` names what was written wrongly, for measuring identification.
    `consents` maps (purpose, channel) to the answer; profiling has the channel "any".
    """

    source: Source
    key: str
    person_id: str
    fields: Mapping[str, str]
    registered_on: date
    consents: Mapping[tuple[str, str], bool] = field(default_factory=dict)
    traits: Mapping[str, tuple[str, TraitKind]] = field(default_factory=dict)
    slips: tuple[str, ...] = ()


@dataclass(frozen=True)
class OrderLine:
    """A product in an order; unit_price in EUR, as paid."""

    sku: str
    quantity: int
    unit_price: Decimal


@dataclass(frozen=True)
class Order:
    """An order or a purchase in a shop; total = lines + shipping_cost, in EUR."""

    number: str
    person_id: str
    source: Source
    placed_at: datetime
    status: OrderStatus
    lines: tuple[OrderLine, ...]
    total: Decimal
    shipping_method: ShippingMethod
    shipping_cost: Decimal
    carrier: str | None
    tracking_code: str | None
    expected_on: date | None
    delivered_on: date | None
    shop_id: str | None

    @property
    def goods_total(self) -> Decimal:
        """What the products cost, without delivery."""
        return sum((line.unit_price * line.quantity for line in self.lines), Decimal("0.00"))


@dataclass(frozen=True)
class OrderReturn:
    """A product on its way back; closed_on is the day of the refund, None while it is open."""

    number: str
    order_number: str
    sku: str
    reason: str
    opened_on: date
    status: ReturnStatus
    amount: Decimal
    closed_on: date | None


@dataclass(frozen=True)
class DemoCompany:
    """Everything generated for one seed and one day."""

    seed: int
    today: date
    people: tuple[Person, ...]
    tastes: tuple[Taste, ...]
    records: tuple[SourceRecord, ...]
    orders: tuple[Order, ...]
    returns: tuple[OrderReturn, ...]
