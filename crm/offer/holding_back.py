"""What holds an offer back, whoever speaks: mood, open matters, caps, night (R14, R16, R20)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time
from typing import Any

from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.orm import Session

from crm.conversation.models import Conversation, Message, Role
from crm.event.models import SignalKind
from crm.offer.models import Purpose
from crm.offer.past import Met, reaches_cap
from crm.offer.policy import Cap, OfferPolicy, QuietHours
from crm.offer.request import DecisionRequest
from crm.offer.stored import Happened
from crm.profile.models import ChannelIdentity, Trait
from crm.ticket.models import OPEN_STATUSES, Ticket, TicketCategory

DISPLEASED = ("angry", "unhappy")
PLEASED = ("happy",)
BAD_RATING, GOOD_RATING = 2, 4
SHOW_A_MOOD = (SignalKind.REVIEW, SignalKind.COMMENT, SignalKind.CHECK_IN)
MESSAGES_READ = 50

# Traits by which a customer says how often and when; see docs/offers.md.
PER_WEEK, QUIET_FROM, QUIET_TO = "offers_per_week", "offers_quiet_from", "offers_quiet_to"

# Composed once; nothing equals a parameter that is NULL.
_CUSTOMER: BindParameter[int] = bindparam("customer_id")
_CONVERSATION: BindParameter[int] = bindparam("conversation_id")
_OPEN = (
    select(Ticket.id)
    .where(
        (Ticket.customer_id == _CUSTOMER) | (Ticket.conversation_id == _CONVERSATION),
        Ticket.status.in_(OPEN_STATUSES),
        Ticket.category != TicketCategory.HANDOFF,
    )
    .limit(1)
)
_MESSAGES = (
    select(Message.at, Message.understanding)
    .join(Conversation, Conversation.id == Message.conversation_id)
    .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
    .where(
        (Conversation.id == _CONVERSATION) | (ChannelIdentity.customer_id == _CUSTOMER),
        Message.role == Role.CUSTOMER,
        Message.at.between(bindparam("since"), bindparam("until")),
    )
    .order_by(Message.at.desc())
    .limit(MESSAGES_READ)
)


def is_displeased(
    session: Session,
    request: DecisionRequest,
    at: datetime,
    policy: OfferPolicy,
    signals: Sequence[Happened],
) -> bool:
    """Whether the last thing that shows a mood, within the hours of silence, shows a bad one.

    Only what nobody asked for depends on it.
    """
    if not request.purpose.is_unasked:
        return False
    since = at - policy.silence
    moods = [*_said(session, request, since, at), *_signalled(signals, since, at)]
    return bool(moods) and not max(moods)[1]


def _said(
    session: Session, request: DecisionRequest, since: datetime, at: datetime
) -> Iterator[tuple[datetime, bool]]:
    """When a message showed a mood, and whether a good one."""
    whose = {
        "customer_id": request.customer_id,
        "conversation_id": request.conversation_id,
        "since": since,
        "until": at,
    }
    for said_at, understanding in session.execute(_MESSAGES, whose):
        mood = (understanding or {}).get("mood")
        if mood in (*DISPLEASED, *PLEASED):
            yield said_at, mood in PLEASED


def _signalled(
    signals: Sequence[Happened], since: datetime, at: datetime
) -> Iterator[tuple[datetime, bool]]:
    """Reviews, comments that show a mood, and visits to a shop."""
    for signal in signals:
        if signal.kind in SHOW_A_MOOD and since <= signal.at <= at:
            is_good = pleases(signal)
            if is_good is not None:
                yield signal.at, is_good


def pleases(signal: Happened) -> bool | None:
    """Whether a signal shows a good mood; None where it shows none.

    A review tells by `rating` from 1 to 5 or, like a comment, by `mood`.
    """
    if signal.kind == SignalKind.CHECK_IN:
        return True
    rating, mood = signal.details.get("rating"), signal.details.get("mood")
    if isinstance(rating, int | float) and not isinstance(rating, bool):
        if rating <= BAD_RATING:
            return False
        return True if rating >= GOOD_RATING else None
    if mood in (*DISPLEASED, *PLEASED):
        return mood in PLEASED
    return None


def something_open(session: Session, request: DecisionRequest) -> bool:
    """Whether a complaint, fault or return is open: of the customer or of this conversation."""
    whose = {"customer_id": request.customer_id, "conversation_id": request.conversation_id}
    return session.scalar(_OPEN, whose) is not None


def is_capped(
    met: Sequence[Met],
    request: DecisionRequest,
    at: datetime,
    policy: OfferPolicy,
    traits: Mapping[str, Trait],
) -> bool:
    """Whether the customer met as many offers that nobody asked for as they may (R20)."""
    if not request.purpose.is_unasked or request.customer_id is None:
        return False
    usual = policy.caps.proactive if request.purpose == Purpose.PROACTIVE else policy.caps.promote
    own = traits.get(PER_WEEK)
    if own is not None and request.purpose == Purpose.PROACTIVE:
        per_week = _number(own.value, usual.per_week)
        usual = Cap(per_day=min(usual.per_day, per_week), per_week=per_week)
    alike = [one for one in met if one.purpose == request.purpose]
    there = policy.caps.channels.get(request.channel)
    here = [one for one in alike if one.channel == request.channel]
    return reaches_cap(alike, at, usual) or (there is not None and reaches_cap(here, at, there))


def is_quiet(at: datetime, policy: OfferPolicy, traits: Mapping[str, Trait]) -> bool:
    """Whether the clock shows quiet hours: the company's, or the customer's own."""
    local = at.astimezone(policy.zone).time()
    start, end = (_time(traits, name) for name in (QUIET_FROM, QUIET_TO))
    if start is not None and end is not None:
        return QuietHours(start=start, end=end).hold(local)
    return policy.quiet_hours is not None and policy.quiet_hours.hold(local)


def _time(traits: Mapping[str, Trait], name: str) -> time | None:
    try:
        return time.fromisoformat(str(traits[name].value)) if name in traits else None
    except ValueError:
        return None


def _number(written: Any, otherwise: int) -> int:
    try:
        return max(int(written), 0)
    except (TypeError, ValueError):
        return otherwise
