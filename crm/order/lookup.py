"""Finds a customer's orders."""

import re
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from crm.order.models import Order, OrderStatus

UNDER_WAY = (
    OrderStatus.PLACED,
    OrderStatus.PACKED,
    OrderStatus.SHIPPED,
    OrderStatus.OUT_FOR_DELIVERY,
    OrderStatus.READY_FOR_PICKUP,
)
DIGITS = re.compile(r"\d{4,}")


def orders_of(session: Session, customer_id: int, limit: int = 3) -> Sequence[Order]:
    """A customer's orders: those still under way first, then the newest."""
    query = (
        select(Order)
        .where(Order.customer_id == customer_id)
        .options(selectinload(Order.lines))
        .order_by(Order.status.in_(UNDER_WAY).desc(), Order.placed_at.desc())
        .limit(limit)
    )
    return session.scalars(query).all()


def find_order(session: Session, customer_id: int, written: str) -> Order | None:
    """A customer's own order by its number, however it is written: EG-20417, eg20417, 20417."""
    digits = DIGITS.search(written)
    if digits is None:
        return None
    query = select(Order).where(
        Order.customer_id == customer_id, Order.number.endswith(digits.group())
    )
    return session.scalar(query.options(selectinload(Order.lines)).limit(1))


def bought_skus(session: Session, customer_id: int) -> set[str]:
    """Everything that a customer bought and did not give back."""
    query = (
        select(Order)
        .where(Order.customer_id == customer_id)
        .where(Order.status.not_in((OrderStatus.CANCELLED, OrderStatus.RETURNED)))
        .options(selectinload(Order.lines))
    )
    return {line.sku for order in session.scalars(query) for line in order.lines}
