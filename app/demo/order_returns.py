"""What comes back: refunded returns of the past and open ones of these days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from app.demo.chance import happens, pick
from app.demo.content import Product, read_company
from app.demo.model import Order, OrderReturn, ReturnStatus
from app.demo.tastes import read_appeals

RETURNED = 0.06
LONGEST_REFUND = 20
REASONS = {"changed_mind": 40, "not_as_expected": 14, "damaged": 9}
REASONS_FOR_APPLIANCES = {**REASONS, "faulty": 45}
REASONS_FOR_COLOURS = {**REASONS, "wrong_shade": 40}
REASONS_FOR_COSMETICS = {**REASONS, "reaction": 6, "faulty": 4}
# As customers say it.
SAID = {
    "changed_mind": "ho cambiato idea",
    "not_as_expected": "non è come me lo aspettavo",
    "damaged": "è arrivato danneggiato",
    "faulty": "non funziona",
    "wrong_shade": "la tinta non è la mia",
    "reaction": "mi ha irritato la pelle",
}
COLOURS = frozenset({"lipstick", "foundation", "eye_makeup", "nail", "hair_colour"})
STAGES: tuple[tuple[int, ReturnStatus], ...] = (  # from that many days after opening
    (8, "received"),
    (4, "in_transit"),
    (2, "label_sent"),
    (0, "requested"),
)


def stage_of(days_open: int) -> ReturnStatus:
    """How far an open return has come."""
    return next(status for since, status in STAGES if days_open >= since)


def return_number(order_number: str) -> str:
    """The number of a return: RE and the digits of its order."""
    return f"RE-{order_number.removeprefix('EG-')}"


def reasons_for(category: str) -> dict[str, int]:
    """Why products of a category come back, with how often."""
    if read_appeals()[category].durable:
        return REASONS_FOR_APPLIANCES
    return REASONS_FOR_COLOURS if category in COLOURS else REASONS_FOR_COSMETICS


def invent_return(
    dice: Random, order: Order, category_of: Mapping[str, str], today: date
) -> OrderReturn | None:
    """A return of one line of a delivered order, within the days that the policy gives."""
    if order.delivered_on is None or order.delivered_on >= today:
        return None
    latest = min((today - order.delivered_on).days, read_company()["policy"]["returns"]["days"])
    opened = order.delivered_on + timedelta(days=dice.randint(1, latest))
    refunded = refund_day(dice, order, opened)
    closed = refunded if refunded <= today else None
    line = dice.choice(order.lines)
    return OrderReturn(
        number=return_number(order.number),
        order_number=order.number,
        sku=line.sku,
        reason=pick(dice, reasons_for(category_of[line.sku])),
        opened_on=opened,
        status="refunded" if closed else stage_of((today - opened).days),
        amount=line.unit_price * line.quantity,
        closed_on=closed,
    )


def refund_day(dice: Random, order: Order, opened: date) -> date:
    """The day of the refund: at once in a shop, within weeks by parcel."""
    in_shop = order.shipping_method == "in_shop"
    return opened if in_shop else opened + timedelta(days=dice.randint(8, LONGEST_REFUND))


def send_some_back(
    dice: Random, orders: Iterable[Order], products: Iterable[Product], today: date
) -> tuple[list[Order], list[OrderReturn]]:
    """The orders, some of them returned by now, and the returns."""
    category_of = {product.sku: product.category for product in products}
    kept: list[Order] = []
    returns: list[OrderReturn] = []
    for order in orders:
        comes_back = happens(dice, RETURNED)
        sent_back = invent_return(dice, order, category_of, today) if comes_back else None
        if sent_back:
            returns.append(sent_back)
        kept.append(mark_returned(order, sent_back))
    return kept, returns


def mark_returned(order: Order, sent_back: OrderReturn | None) -> Order:
    """The order, with status "returned" once its only line has been refunded."""
    if sent_back and sent_back.status == "refunded" and len(order.lines) == 1:
        return replace(order, status="returned")
    return order
