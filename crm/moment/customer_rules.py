"""What speaks against saying anything to a customer: their matters, mood, purchases, limits."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.conversation.models import Conversation, Message, Role
from crm.event.models import Signal, SignalKind
from crm.insights.conversations import MOOD
from crm.moment.declared import MomentKind, MomentPurpose
from crm.moment.models import Moment, MomentState
from crm.moment.occasions import rating_of
from crm.moment.verdict import Against, Limits, quiet_until
from crm.order.models import Order, OrderLine, OrderStatus
from crm.profile.models import ChannelIdentity, Customer, CustomerStatus
from crm.profile.traits import current
from crm.ticket.desk import has_open_matter

UNDONE = (OrderStatus.CANCELLED, OrderStatus.RETURNED)
DISPLEASED = ("angry", "unhappy")
BAD_RATING = 2
# "21:00-09:00", as a customer may have it in the profile.
QUIET_HOURS = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)\s*-\s*([01]?\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True)
class Case:
    """A moment that is looked at, with its declaration and the limits that hold."""

    session: Session
    moment: Moment
    kind: MomentKind
    limits: Limits
    at: datetime

    @property
    def customer_id(self) -> int | None:
        return self.moment.customer_id


Rule = Callable[[Case], Against | None]


def gone(case: Case) -> Against | None:
    """The profile is no longer in use."""
    customer = case.session.get(Customer, case.customer_id)
    if customer is not None and customer.status == CustomerStatus.ACTIVE:
        return None
    return Against("customer_gone", withdrawn=True)


def open_matter(case: Case) -> Against | None:
    """R14: a complaint, a return, a fault is open."""
    assert case.customer_id is not None
    if has_open_matter(case.session, case.customer_id):
        return Against("open_matter", withdrawn=True)
    return None


def bought(case: Case) -> Against | None:
    """What was left in the cart, or what this was to lead to, has been bought meanwhile."""
    if case.kind.occasion.signal != SignalKind.CART:
        return None
    query = select(Order.id).where(
        Order.customer_id == case.customer_id,
        Order.placed_at >= case.moment.due_at - case.kind.after.delta,
        Order.status.not_in(UNDONE),
    )
    sku = case.moment.details.get("sku")
    if sku:
        query = query.join(OrderLine).where(OrderLine.sku == sku)
    is_bought = case.session.scalar(query.limit(1)) is not None
    return Against("bought", withdrawn=True) if is_bought else None


def undone(case: Case) -> Against | None:
    """The order that it is about was cancelled or returned."""
    order_id = case.moment.details.get("order_id")
    order = case.session.get(Order, order_id) if order_id else None
    if order is not None and order.status in UNDONE:
        return Against("order_undone", withdrawn=True)
    return None


def displeased(case: Case) -> Against | None:
    """R16: the last word was an angry one, or a bad review came a short while ago."""
    since = case.at - case.limits.mood_lasts
    if _last_mood(case.session, case.customer_id, since) in DISPLEASED:
        return Against("displeased")
    reviews = case.session.scalars(
        select(Signal).where(
            Signal.customer_id == case.customer_id,
            Signal.kind == SignalKind.REVIEW,
            Signal.at >= since,
        )
    )
    ratings = [rating for review in reviews if (rating := rating_of(review)) is not None]
    return Against("bad_review") if any(one <= BAD_RATING for one in ratings) else None


def _last_mood(session: Session, customer_id: int | None, since: datetime) -> str | None:
    query = (
        select(MOOD)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
        .where(ChannelIdentity.customer_id == customer_id, Message.role == Role.CUSTOMER)
        .where(Message.at >= since, MOOD.is_not(None), MOOD != "neutral")
        .order_by(Message.at.desc(), Message.id.desc())
    )
    return session.scalar(query.limit(1))


def too_often(case: Case) -> Against | None:
    """R20: so many a day and a week are enough, whatever the channel."""
    day, week = (_sent_within(case, timedelta(days=days)) for days in (1, 7))
    if day >= case.limits.per_day or week >= case.limits.per_week:
        return Against("cap")
    return None


def _sent_within(case: Case, span: timedelta) -> int:
    query = select(func.count(Moment.id)).join(Message, Message.id == Moment.message_id)
    query = query.where(
        Moment.customer_id == case.customer_id,
        Moment.state == MomentState.SENT,
        Moment.decided_at > case.at - span,
        Message.purpose != MomentPurpose.REPLY,
    )
    return case.session.scalar(query) or 0


def at_night(case: Case) -> Against | None:
    """R20: not in the quiet hours, unless the customer is talking with us."""
    limits = case.limits
    end = quiet_until(case.at, limits.quiet_from, limits.quiet_until, limits.zone)
    return None if end is None or case.kind.in_talk else Against("quiet_hours", again_at=end)


# What ends a moment before it is due, so that the list shows it at once.
WITHDRAWING: Sequence[Rule] = (gone, open_matter, bought, undone)
HOLDING: Sequence[Rule] = (displeased, too_often, at_night)


def against_customer(
    case: Case, rules: Sequence[Rule] = (*WITHDRAWING, *HOLDING)
) -> Against | None:
    """The first thing that speaks against it; nothing but the night against a reply."""
    if case.kind.purpose == MomentPurpose.REPLY or case.customer_id is None:
        rules = (at_night,) if at_night in rules else ()
    return next((found for rule in rules if (found := rule(case)) is not None), None)


def limits_of(session: Session, customer_id: int | None, limits: Limits) -> Limits:
    """The limits that hold for a customer: what they told of themselves goes first."""
    if customer_id is None:
        return limits
    told = current(session, customer_id)
    if "contacts_per_week" in told and isinstance(told["contacts_per_week"].value, int):
        limits = replace(limits, per_week=told["contacts_per_week"].value)
    hours = QUIET_HOURS.fullmatch(str(told["quiet_hours"].value)) if "quiet_hours" in told else None
    if hours:
        first, second, third, fourth = map(int, hours.groups())
        limits = replace(limits, quiet_from=time(first, second), quiet_until=time(third, fourth))
    return limits
