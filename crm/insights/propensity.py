"""How prone customers are to categories of products, from what they bought and did (R8, R10).

One line of a kept order counts 1 for half a year and 0.5 for another half; a signal about a product
counts for ninety days as WEIGHTS says. From PRONE_FROM on, a customer is prone to the category.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, literal, select, union_all

from crm.event.models import Signal, SignalKind
from crm.offer.models import Product
from crm.order.models import Order, OrderLine, OrderStatus

NOT_KEPT = (OrderStatus.CANCELLED, OrderStatus.RETURNED)
FRESH, STILL = timedelta(days=182), timedelta(days=365)
SIGNALS_LAST = timedelta(days=90)
WEIGHTS: Mapping[SignalKind, float] = {
    SignalKind.CART: 0.5,
    SignalKind.LIKE: 0.4,
    SignalKind.COMMENT: 0.2,
    SignalKind.PAGE_VIEW: 0.2,
    SignalKind.EMAIL_OPENED: 0.1,
}
PRONE_FROM = 1.0


# Tests that a customer, given the column of their ids, is to be looked at.
Whom = Callable[[Any], Sequence[ColumnElement[bool]]]


def propensities(
    at: datetime, category: str = "", whom: Whom = lambda customer_id: ()
) -> Select[Any]:
    """Who is prone to which category, or to one only: customer_id, category, score."""
    parts = [
        _bought(at).where(*whom(Order.customer_id)),
        _did(at).where(*whom(Signal.customer_id)),
    ]
    if category:
        parts = [part.where(Product.category == category) for part in parts]
    likings = union_all(*parts).subquery()
    score = func.sum(likings.c.weight)
    return (
        select(likings.c.customer_id, likings.c.category, score.label("score"))
        .group_by(likings.c.customer_id, likings.c.category)
        .having(score >= PRONE_FROM)
    )


def prone_customers(category: str, at: datetime) -> Select[Any]:
    """The ids of those who are prone to a category."""
    return select(propensities(at, category).subquery().c.customer_id)


def _bought(at: datetime) -> Select[Any]:
    weight = case((Order.placed_at > at - FRESH, 1.0), else_=0.5)
    return (
        select(Order.customer_id, Product.category, weight.label("weight"))
        .join(OrderLine, OrderLine.order_id == Order.id)
        .join(Product, Product.sku == OrderLine.sku)
        .where(Order.placed_at > at - STILL, Order.placed_at <= at)
        .where(Order.status.not_in(NOT_KEPT))
    )


def _did(at: datetime) -> Select[Any]:
    weight = case(*((Signal.kind == kind, literal(one)) for kind, one in WEIGHTS.items()), else_=0)
    return (
        select(Signal.customer_id, Product.category, weight.label("weight"))
        .join(Product, Product.sku == Signal.details["sku"].as_string())
        .where(Signal.kind.in_(list(WEIGHTS)), Signal.customer_id.is_not(None))
        .where(Signal.at > at - SIGNALS_LAST, Signal.at <= at)
    )
