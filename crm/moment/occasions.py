"""Finds what gives rise to moments and plans them, each once: signals, moods, deliveries.

Looking back further than the last look finds what was written late or before a restart; what is
planned already is not planned again.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from crm.conversation.models import Conversation, Message, Role
from crm.db import now
from crm.db.once import insert_unless_there
from crm.event.models import Signal
from crm.insights.conversations import MOOD
from crm.moment.declared import MomentKind, Moments
from crm.moment.models import Moment
from crm.order.models import Order, OrderStatus
from crm.profile.models import ChannelIdentity

MOST = 2000
# A parcel handed over at this hour, where only the day is known.
HANDED_OVER = time(12)


@dataclass(frozen=True)
class Call:
    """A reason to speak to somebody: what it is, whose, when it was."""

    kind: MomentKind
    occasion: str
    at: datetime
    customer_id: int | None
    conversation_id: int | None = None
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def due_at(self) -> datetime:
        """When it is to be said."""
        return self.at + self.kind.after.delta

    @property
    def until(self) -> datetime:
        """Until when it is worth saying."""
        return self.due_at + self.kind.within.delta


def calls_from_signals(session: Session, moments: Moments, since: datetime) -> list[Call]:
    """What signals received since then give rise to."""
    kinds = moments.on_signals()
    query = (
        select(Signal)
        .where(Signal.received_at >= since, Signal.customer_id.is_not(None))
        .where(Signal.kind.in_({kind.occasion.signal for kind in kinds}))
        .order_by(Signal.id)
        .limit(MOST)
    )
    signals = session.scalars(query).all() if kinds else []
    return [call for signal in signals for call in _calls_of(signal, kinds)]


def _calls_of(signal: Signal, kinds: Iterable[MomentKind]) -> Iterator[Call]:
    for kind in kinds:
        if kind.occasion.signal == signal.kind and _is_rated(kind, signal):
            details = {"sku": sku} if (sku := sku_of(signal)) else {}
            yield Call(kind, f"signal:{signal.id}", signal.at, signal.customer_id, None, details)


def sku_of(signal: Signal) -> str | None:
    """The product that a signal is about."""
    lines = signal.details.get("lines")
    first = lines[0] if isinstance(lines, list) and lines and isinstance(lines[0], dict) else {}
    sku = signal.details.get("sku") or first.get("sku")
    return str(sku)[:40] if sku else None


def rating_of(signal: Signal) -> float | None:
    """The stars of a review."""
    rating = signal.details.get("rating")
    if isinstance(rating, bool) or not isinstance(rating, int | float):
        return None
    return float(rating)


def _is_rated(kind: MomentKind, signal: Signal) -> bool:
    least = kind.occasion.rating_at_least
    return least is None or (rating_of(signal) or 0.0) >= least


def calls_from_moods(session: Session, moments: Moments, since: datetime) -> list[Call]:
    """What messages of a certain mood since then give rise to."""
    kinds = {kind.occasion.mood: kind for kind in moments.on_moods()}
    query = (
        select(Message.id, Message.at, Message.conversation_id, ChannelIdentity.customer_id,
               MOOD.label("mood"))
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
        .where(Message.role == Role.CUSTOMER, Message.at >= since)
        .where(ChannelIdentity.customer_id.is_not(None), MOOD.in_(set(kinds)))
        .order_by(Message.id)
        .limit(MOST)
    )  # fmt: skip
    rows = session.execute(query).all() if kinds else []
    return [
        Call(kinds[row.mood], f"message:{row.id}", row.at, row.customer_id, row.conversation_id)
        for row in rows
    ]


def calls_from_deliveries(session: Session, moments: Moments, since: datetime) -> list[Call]:
    """What orders delivered on that day or later give rise to, for the dearest thing in each."""
    kinds = moments.on_delivery()
    query = (
        select(Order)
        .where(Order.status == OrderStatus.DELIVERED, Order.delivered_on >= since.date())
        .options(selectinload(Order.lines))
        .order_by(Order.id)
        .limit(MOST)
    )
    orders = session.scalars(query).all() if kinds else []
    return [call for order in orders for call in _deliveries(order, kinds)]


def _deliveries(order: Order, kinds: Iterable[MomentKind]) -> Iterator[Call]:
    if order.delivered_on is None or not order.lines:
        return
    at = min(datetime.combine(order.delivered_on, HANDED_OVER, UTC), now())
    dearest = max(order.lines, key=lambda line: (line.price, line.sku))
    for kind in kinds:
        details = {"sku": dearest.sku, "order_id": order.id}
        yield Call(kind, f"order:{order.id}", at, order.customer_id, None, details)


def unplanned(session: Session, calls: Sequence[Call]) -> list[Call]:
    """The calls that are not planned yet and would not come too late."""
    known, at = _known(session, calls), now()
    return [
        call
        for call in calls
        if (call.kind.name, call.occasion, call.customer_id) not in known and call.until >= at
    ]


def plan(session: Session, calls: Iterable[Call]) -> list[Moment]:
    """Plan what is not planned yet; what would come too late is left alone."""
    planned = (_plan_one(session, call) for call in unplanned(session, list(calls)))
    return [moment for moment in planned if moment is not None]


def _known(session: Session, calls: Sequence[Call]) -> set[tuple[str, str, int | None]]:
    found: set[tuple[str, str, int | None]] = set()
    occasions = sorted({call.occasion for call in calls})
    for start in range(0, len(occasions), 500):
        query = select(Moment.name, Moment.occasion, Moment.customer_id)
        chunk = Moment.occasion.in_(occasions[start : start + 500])
        found |= {(row[0], row[1], row[2]) for row in session.execute(query.where(chunk))}
    return found


def _plan_one(session: Session, call: Call) -> Moment | None:
    moment = Moment(
        name=call.kind.name,
        occasion=call.occasion,
        customer_id=call.customer_id,
        conversation_id=call.conversation_id,
        details=call.details,
        due_at=call.due_at,
        until=call.until,
    )
    return moment if insert_unless_there(session, moment) else None


def look_back(kinds: Moments) -> timedelta:
    """How far back something may lie that is still worth planning for."""
    spans = [kind.after.delta + kind.within.delta for kind in kinds if not kind.occasion.asked]
    return max(spans, default=timedelta())
