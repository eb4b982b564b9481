"""Customers of a transcript's own: what the company knows before the conversation begins."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from crm.consent.models import Purpose
from crm.consent.register import record_consent
from crm.db import Database, now
from crm.order.models import Order, OrderLine, OrderStatus
from crm.profile.keys import index_customer
from crm.profile.models import Customer, TraitKind
from crm.profile.traits import Origin, record

SOURCE = "ecommerce"
FACTS = ("given_name", "family_name", "email", "phone", "cap", "language")


def settle(database: Database, customers: list[dict[str, Any]]) -> None:
    """Enter customers with what they bought and allowed.

    Each has some of `FACTS`, `points` on the card, `traits` (name: value), `marketing` (the
    channels allowed) and `orders` ({number: {status, days_ago, lines: {sku: quantity}}}).
    """
    with database.writing() as session:
        for told in customers:
            _enter(session, told)


def _enter(session: Session, told: Mapping[str, Any]) -> None:
    customer = Customer()
    session.add(customer)
    session.flush()
    facts = {name: told[name] for name in FACTS if name in told}
    traits = {"loyalty_points": told.get("points"), **told.get("traits", {})}
    origin = Origin(TraitKind.EXPLICIT, SOURCE, now() - timedelta(days=100))
    record(session, customer, facts | traits, origin)
    index_customer(session, customer.id)
    for channel in told.get("marketing", ()):
        record_consent(
            session, customer.id, Purpose.MARKETING, channel, True,
            source=SOURCE, evidence="box ticked on the site",
        )  # fmt: skip
    for number, order in told.get("orders", {}).items():
        session.add(_order(customer.id, str(number), order))


def _order(customer_id: int, number: str, told: Mapping[str, Any]) -> Order:
    placed = now() - timedelta(days=told.get("days_ago", 2))
    lines = told.get("lines", {"EG-3028": 1})
    return Order(
        number=number,
        customer_id=customer_id,
        source=SOURCE,
        status=OrderStatus(told.get("status", "shipped")),
        placed_at=placed,
        total=Decimal("24.90") * len(lines),
        shipping="standard",
        shop=told.get("shop"),
        expected_on=(placed + timedelta(days=4)).date(),
        lines=[
            OrderLine(sku=sku, quantity=quantity, price=Decimal("24.90"))
            for sku, quantity in lines.items()
        ],
    )
