"""Computes what customers are worth from what is stored of them, and stores that (R7)."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from crm.db import now
from crm.db.bulk import insert_many
from crm.event.models import Signal, SignalKind
from crm.order.models import Order, OrderStatus
from crm.profile.models import Customer, CustomerStatus
from crm.ticket.models import Ticket, TicketCategory
from crm.value.figures import INTEREST_LASTS, Figures, History, Purchase, ValueRules, figures
from crm.value.models import CustomerValue

CHUNK = 500
FRESH = timedelta(days=1)

# A handoff is a talk with a person, a return is counted by its order.
NO_COST = (TicketCategory.HANDOFF, TicketCategory.RETURN)


def revalue(
    session: Session,
    customer_ids: Collection[int],
    rules: ValueRules | None = None,
    at: datetime | None = None,
) -> None:
    """Compute the figures of some customers anew; profiles no longer in use lose theirs."""
    rules, at = rules or ValueRules(), at or now()
    ids = sorted(customer_ids)
    session.flush()
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        rows = [
            _row(customer_id, figures(history, rules, at), at)
            for customer_id, history in _histories(session, some, at)
        ]
        session.execute(delete(CustomerValue).where(CustomerValue.customer_id.in_(some)))
        insert_many(session, CustomerValue, rows)


def _row(customer_id: int, found: Figures, at: datetime) -> dict[str, Any]:
    return {"customer_id": customer_id, "computed_at": at, **vars(found)}


def _histories(session: Session, ids: Sequence[int], at: datetime) -> Iterator[tuple[int, History]]:
    in_use = session.scalars(
        select(Customer.id).where(Customer.id.in_(ids), Customer.status == CustomerStatus.ACTIVE)
    ).all()
    purchases, tickets = _purchases(session, ids), _tickets(session, ids)
    signals = _signals(session, ids, at)
    for customer_id in in_use:
        yield (
            customer_id,
            History(purchases[customer_id], tickets[customer_id], signals[customer_id]),
        )


def _purchases(session: Session, ids: Sequence[int]) -> defaultdict[int, list[Purchase]]:
    found: defaultdict[int, list[Purchase]] = defaultdict(list)
    query = (
        select(Order.customer_id, Order.placed_at, Order.total, Order.status)
        .where(Order.customer_id.in_(ids), Order.status != OrderStatus.CANCELLED)
        .order_by(Order.placed_at)
    )
    for customer_id, placed_at, total, status in session.execute(query):
        found[customer_id].append(Purchase(placed_at, total, status == OrderStatus.RETURNED))
    return found


def _tickets(session: Session, ids: Sequence[int]) -> Counter[int]:
    query = (
        select(Ticket.customer_id, func.count())
        .where(Ticket.customer_id.in_(ids), Ticket.category.not_in(NO_COST))
        .group_by(Ticket.customer_id)
    )
    found: Counter[int] = Counter()
    for customer_id, count in session.execute(query):
        found[customer_id or 0] = count
    return found


def _signals(
    session: Session, ids: Sequence[int], at: datetime
) -> defaultdict[int, list[tuple[SignalKind, datetime]]]:
    found: defaultdict[int, list[tuple[SignalKind, datetime]]] = defaultdict(list)
    query = select(Signal.customer_id, Signal.kind, Signal.at).where(
        Signal.customer_id.in_(ids), Signal.at >= at - INTEREST_LASTS
    )
    for customer_id, kind, happened in session.execute(query):
        found[customer_id or 0].append((kind, happened))
    return found


def value_of(session: Session, customer_id: int) -> CustomerValue | None:
    """The figures of a customer as they were last computed."""
    return session.get(CustomerValue, customer_id)


def customers_to_revalue(
    session: Session, since: datetime | None = None, limit: int = CHUNK
) -> Sequence[int]:
    """Customers whose figures are missing or a day old; or, since an instant, those with news."""
    if since is not None:
        return _with_news(session, since, limit)
    old = now() - FRESH
    query = (
        select(Customer.id)
        .outerjoin(CustomerValue, CustomerValue.customer_id == Customer.id)
        .where(Customer.status == CustomerStatus.ACTIVE)
        .where(or_(CustomerValue.customer_id.is_(None), CustomerValue.computed_at < old))
        .limit(limit)
    )
    return session.scalars(query).all()


def _with_news(session: Session, since: datetime, limit: int) -> Sequence[int]:
    """Those with a ticket, a signal or an order of which the figures do not know yet."""
    tickets = select(Ticket.customer_id).where(Ticket.updated_at > since)
    signals = select(Signal.customer_id).where(Signal.received_at > since)
    orders = select(Order.customer_id).where(Order.placed_at > since)
    found: set[int] = set()
    for query in (tickets, signals, orders):
        found |= {one for one in session.scalars(query.distinct().limit(limit)) if one is not None}
    return sorted(found)
