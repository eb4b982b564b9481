"""A purchase that is reported as a signal is an order, so that everybody knows of it at once."""

from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.event.models import Signal
from crm.order.lookup import UNDER_WAY
from crm.order.models import Order, OrderLine, OrderStatus
from crm.source.models import SourceOrder

LONGEST_NUMBER = 20
LARGEST = Decimal("99999999")
CENT = Decimal("0.01")


def note_purchase(session: Session, signal: Signal, record_id: int | None = None) -> Order | None:
    """Make the order that a purchase tells, if it has a number and a total and is not there yet.

    The details understood are `order`, `total`, `status`, `shop` and `lines`, each line with `sku`,
    `quantity` and `price`.
    """
    number, total = str(signal.details.get("order") or ""), _money(signal.details.get("total"))
    if not 0 < len(number) <= LONGEST_NUMBER or total is None or signal.customer_id is None:
        return None
    if session.scalar(select(Order.id).filter_by(number=number)) is not None:
        return None
    order = Order(
        number=number,
        customer_id=signal.customer_id,
        source=signal.source,
        status=_status(signal.details.get("status")),
        placed_at=signal.at,
        total=total,
        shop=str(signal.details["shop"])[:40] if signal.details.get("shop") else None,
        lines=_lines(signal.details.get("lines")),
    )
    session.add(order)
    session.flush()
    if record_id is not None:
        session.add(SourceOrder(order_id=order.id, record_id=record_id))
        session.flush()
    return order


def note_delivery(session: Session, signal: Signal) -> Order | None:
    """Write down that the order in the details has arrived, if it is this customer's."""
    number = str(signal.details.get("order") or "")[:LONGEST_NUMBER]
    order = session.scalar(
        select(Order).filter_by(number=number, customer_id=signal.customer_id).with_for_update()
    )
    if order is None or order.status not in UNDER_WAY:
        return None
    order.status, order.delivered_on = OrderStatus.DELIVERED, signal.at.date()
    session.flush()
    return order


def _status(written: Any) -> OrderStatus:
    return OrderStatus(written) if written in list(OrderStatus) else OrderStatus.PLACED


def _lines(written: Any) -> list[OrderLine]:
    lines = []
    for entry in written if isinstance(written, list) else ():
        price = _money(entry.get("price", "0")) if isinstance(entry, dict) else None
        quantity = entry.get("quantity", 1) if isinstance(entry, dict) else 0
        if price is not None and isinstance(quantity, int) and quantity > 0 and entry.get("sku"):
            sku = str(entry["sku"])[:40]
            lines.append(OrderLine(sku=sku, quantity=min(quantity, 10**6), price=price))
    return lines


def _money(written: Any) -> Decimal | None:
    try:
        amount = Decimal(str(written)).quantize(CENT)
    except InvalidOperation:
        return None
    return amount if -LARGEST < amount < LARGEST else None
