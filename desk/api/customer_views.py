"""Customers as the API shows them."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from crm.consent.models import Consent, Purpose
from crm.order.models import Order, OrderStatus
from crm.profile.assurance import level_of
from crm.profile.models import ChannelIdentity, Customer, CustomerStatus, Level, Trait, TraitKind
from crm.profile.next_steps import NextStep, Step
from crm.profile.places import places_of
from crm.profile.relations import Tie
from crm.profile.timeline import Touch, TouchKind
from crm.profile.traits import winner
from desk.api.masking import Veil
from desk.api.ticket_views import TicketLine


class CustomerLine(BaseModel):
    """A customer in a list."""

    id: int
    status: CustomerStatus
    full_name: str
    given_name: str | None
    family_name: str | None
    email: str | None
    phone: str | None
    cap: str | None
    language: str | None
    created_at: datetime
    updated_at: datetime


class PlaceView(BaseModel):
    """Where a CAP lies."""

    comune: str
    provincia: str
    regione: str


class TraitView(BaseModel):
    """A value, how and from whom it came to be known; `current` is the one that holds."""

    name: str
    value: Any
    kind: TraitKind
    source: str
    at: datetime
    current: bool


class ConsentView(BaseModel):
    """The consent that holds for a purpose and a channel."""

    purpose: Purpose
    channel: str
    granted: bool
    source: str
    evidence: str
    at: datetime


class OrderLineView(BaseModel):
    """A product in an order; the price is that of one, in euro."""

    sku: str
    quantity: int
    price: Decimal


class OrderView(BaseModel):
    """An order; the total is in euro."""

    id: int
    number: str
    status: OrderStatus
    placed_at: datetime
    total: Decimal
    source: str
    shop: str | None
    shipping: str | None
    carrier: str | None
    tracking: str | None
    expected_on: date | None
    delivered_on: date | None
    lines: list[OrderLineView]


class IdentityView(BaseModel):
    """Where on a channel a customer is recognised, and how surely."""

    id: int
    channel: str
    external_id: str
    level: Level
    verified_until: datetime | None
    details: dict[str, Any]
    created_at: datetime


class RelationView(BaseModel):
    """To whom a customer belongs: `household`, `company`, `referred_by`, or `referred`."""

    id: int
    kind: str
    customer_id: int
    name: str | None
    source: str
    at: datetime


class NextStepView(BaseModel):
    """Something to do for the customer; the subject is written "ticket:T-10023"."""

    step: Step
    subject: str
    values: dict[str, str]


class CustomerView(CustomerLine):
    """A whole profile, with the latest orders and tickets."""

    merged_into_id: int | None
    places: list[PlaceView]
    has_open_matter: bool
    traits: list[TraitView]
    consents: list[ConsentView]
    identities: list[IdentityView]
    orders: list[OrderView]
    tickets: list[TicketLine]
    relations: list[RelationView]
    next_steps: list[NextStepView]


class TouchView(BaseModel):
    """One touch; what `details` holds depends on the kind."""

    at: datetime
    kind: TouchKind
    about: str
    details: dict[str, Any]


def customer_line(customer: Customer, veil: Veil) -> CustomerLine:
    """A customer for a list."""
    return CustomerLine(**customer_fields(customer, veil))


def customer_fields(customer: Customer, veil: Veil) -> dict[str, Any]:
    """What a customer shows in a list and on their own page."""
    return {
        "id": customer.id,
        "status": customer.status,
        "full_name": veil.name(customer.full_name),
        "given_name": veil.name(customer.given_name),
        "family_name": veil.name(customer.family_name),
        "email": veil.email(customer.email),
        "phone": veil.number(customer.phone),
        "cap": customer.cap,
        "language": customer.language,
        "created_at": customer.created_at,
        "updated_at": customer.updated_at,
    }


def place_views(cap: str | None) -> list[PlaceView]:
    """The comuni that a CAP may mean, the likeliest first."""
    return [
        PlaceView(comune=place.comune, provincia=place.provincia, regione=place.regione)
        for place in (places_of(cap) if cap else ())
    ]


def trait_views(traits: Iterable[Trait], veil: Veil) -> list[TraitView]:
    """Values by name; within a name the one that holds first, then from newer to older."""
    by_name: dict[str, list[Trait]] = {}
    for trait in traits:
        by_name.setdefault(trait.name, []).append(trait)
    return [view for name in sorted(by_name) for view in _of_one_name(by_name[name], veil)]


def _of_one_name(traits: Sequence[Trait], veil: Veil) -> list[TraitView]:
    holding = winner(traits)
    ordered = sorted(traits, key=lambda trait: (trait is holding, trait.at), reverse=True)
    return [
        TraitView(
            name=trait.name,
            value=veil.value(trait.name, trait.value),
            kind=trait.kind,
            source=veil.source(trait.source),
            at=trait.at,
            current=trait is holding,
        )
        for trait in ordered
    ]


def consent_view(consent: Consent, veil: Veil) -> ConsentView:
    """A consent with its evidence."""
    return ConsentView(
        purpose=consent.purpose,
        channel=consent.channel,
        granted=consent.granted,
        source=veil.source(consent.source),
        evidence=veil.text(consent.evidence),
        at=consent.at,
    )


def order_view(order: Order, veil: Veil) -> OrderView:
    """An order with its lines."""
    return OrderView(
        id=order.id,
        number=order.number,
        status=order.status,
        placed_at=order.placed_at,
        total=order.total,
        source=order.source,
        shop=order.shop,
        shipping=order.shipping,
        carrier=order.carrier,
        tracking=veil.number(order.tracking),
        expected_on=order.expected_on,
        delivered_on=order.delivered_on,
        lines=[
            OrderLineView(sku=line.sku, quantity=line.quantity, price=line.price)
            for line in order.lines
        ],
    )


def identity_view(identity: ChannelIdentity, veil: Veil) -> IdentityView:
    """A channel identity with the level that holds now."""
    return IdentityView(
        id=identity.id,
        channel=identity.channel,
        external_id=veil.number(identity.external_id) or "",
        level=level_of(identity),
        verified_until=identity.verified_until,
        details=veil.value("details", identity.details),
        created_at=identity.created_at,
    )


def touch_view(touch: Touch, veil: Veil) -> TouchView:
    """A touch with its details."""
    return TouchView(
        at=touch.at, kind=touch.kind, about=touch.about, details=veil.texts(dict(touch.details))
    )


def relation_view(tie: Tie, veil: Veil) -> RelationView:
    """A relation as one of the two sees it; the other's name is a person's too."""
    return RelationView(
        id=tie.id,
        kind=tie.kind,
        customer_id=tie.other.id,
        name=veil.name(tie.other.full_name),
        source=veil.source(tie.source),
        at=tie.at,
    )


def next_step_view(step: NextStep) -> NextStepView:
    """Something to do."""
    return NextStepView(step=step.step, subject=step.subject, values=step.values)
