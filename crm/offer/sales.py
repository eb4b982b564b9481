"""Closes sales: which offers a customer had met before they bought (R22)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from secrets import token_hex

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.offer.campaigns import applies_to
from crm.offer.models import OfferEvent, OfferOutcome, Product, Promotion
from crm.offer.outcomes import Offered, note
from crm.order.models import Order, OrderLine, OrderStatus

# An offer that was only chosen may never have been seen; one that was refused did not lead here.
TOUCHES = (
    OfferOutcome.SHOWN,
    OfferOutcome.EXPLAINED,
    OfferOutcome.OPENED,
    OfferOutcome.ACCEPTED,
)


@dataclass(frozen=True)
class Met:
    """An offer that a customer met before buying: each time they did, oldest first."""

    events: Sequence[OfferEvent]

    @property
    def last(self) -> OfferEvent:
        """The last time."""
        return self.events[-1]

    @property
    def facts(self) -> dict[str, object]:
        """What attribution needs to know."""
        first, last = self.events[0].at.isoformat(), self.last.at.isoformat()
        return {"first": first, "last": last, "touches": len(self.events)}


def close_sales(session: Session, order: Order, window_days: int) -> int:
    """Write a sale for each thing bought and each offer of it that was met in the window, once.

    Returns:
        How many offers were closed.
    """
    if order.status in (OrderStatus.CANCELLED, OrderStatus.RETURNED):
        return 0
    met, closed = _met(session, order, window_days), 0
    if not met:
        return 0
    sold = _sold(session, order)
    for line in (one for one in order.lines if one.sku not in sold):
        product, sale = session.get(Product, line.sku), token_hex(12)
        for one in (one for one in met if _led_to(session, one, line, product)):
            _close(session, order, line, one, sale)
            closed += 1
    return closed


def close_imported(session: Session, orders: Collection[Order], window_days: int) -> int:
    """Close the sales of orders of many customers, of whom few ever met an offer.

    Returns:
        How many offers were closed.
    """
    customers = {order.customer_id for order in orders}
    query = select(OfferEvent.customer_id).where(OfferEvent.customer_id.in_(customers))
    have_met = set(session.scalars(query.distinct())) if customers else set()
    bought = sorted(
        (order for order in orders if order.customer_id in have_met),
        key=lambda order: (order.placed_at, order.number),
    )
    return sum(close_sales(session, order, window_days) for order in bought)


def _sold(session: Session, order: Order) -> set[str]:
    """The products of an order that are closed; its lines may be told one after the other."""
    query = select(OfferEvent.sku).filter_by(
        customer_id=order.customer_id, outcome=OfferOutcome.SOLD, at=order.placed_at
    )
    return set(session.scalars(query))


def _close(session: Session, order: Order, line: OrderLine, met: Met, sale: str) -> None:
    note(
        session,
        OfferOutcome.SOLD,
        replace(Offered.of(met.last), sku=line.sku, facts=met.facts),
        conversation_id=met.last.conversation_id,
        customer_id=order.customer_id,
        at=order.placed_at,
        amount=line.price * Decimal(line.quantity),
        sale=sale,
    )


def _met(session: Session, order: Order, window_days: int) -> list[Met]:
    since = order.placed_at - timedelta(days=window_days)
    query = (
        select(OfferEvent)
        .where(OfferEvent.customer_id == order.customer_id)
        .where(OfferEvent.at >= since, OfferEvent.at <= order.placed_at)
        .order_by(OfferEvent.at, OfferEvent.id)
    )
    return _by_offer(session.scalars(query))


def _by_offer(events: Iterable[OfferEvent]) -> list[Met]:
    touched: defaultdict[tuple[str, str], list[OfferEvent]] = defaultdict(list)
    for event in events:
        key = ("campaign", event.promotion_id) if event.promotion_id else ("product", event.sku)
        if event.outcome in TOUCHES:
            touched[key].append(event)
        elif event.outcome == OfferOutcome.REJECTED:
            touched.pop(key, None)
    return [Met(events) for events in touched.values()]


def _led_to(session: Session, met: Met, line: OrderLine, product: Product | None) -> bool:
    if met.last.promotion_id is None:
        return met.last.sku == line.sku
    campaign = session.get(Promotion, met.last.promotion_id)
    return bool(campaign and product and applies_to(campaign, product))
