"""What holds an offer back, whoever speaks: mood, consent, caps, quiet hours (R5, R16, R20)."""

from collections.abc import Iterator, Mapping
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import String, cast, func, or_, select
from sqlalchemy.orm import Session

from crm.consent.models import Consent
from crm.consent.models import Purpose as ConsentPurpose
from crm.consent.register import current_consents
from crm.conversation.models import Conversation, Message, Role
from crm.event.models import Signal, SignalKind
from crm.offer.models import OfferEvent, OfferOutcome, Purpose
from crm.offer.policy import Cap, OfferPolicy, QuietHours
from crm.offer.request import PLACES, DecisionRequest
from crm.profile.models import ChannelIdentity, Trait
from crm.ticket.desk import has_open_matter
from crm.ticket.models import OPEN_STATUSES, Ticket, TicketCategory

DISPLEASED = ("angry", "unhappy")
PLEASED = ("happy",)
BAD_RATING, GOOD_RATING = 2, 4
MET = (OfferOutcome.CHOSEN, OfferOutcome.SHOWN)
DAY, WEEK = timedelta(days=1), timedelta(days=7)
MESSAGES_READ = 50

# Traits by which a customer says how often and when; see docs/offers.md.
PER_WEEK, QUIET_FROM, QUIET_TO = "offers_per_week", "offers_quiet_from", "offers_quiet_to"


def is_displeased(
    session: Session, request: DecisionRequest, at: datetime, policy: OfferPolicy
) -> bool:
    """Whether the last thing that shows a mood, within the hours of silence, shows a bad one."""
    if request.mood in (*DISPLEASED, *PLEASED):
        return request.mood in DISPLEASED
    since = at - policy.silence
    moods = [*_said(session, request, since, at), *_signalled(session, request, since, at)]
    return bool(moods) and not max(moods)[1]


def _said(
    session: Session, request: DecisionRequest, since: datetime, at: datetime
) -> Iterator[tuple[datetime, bool]]:
    """When a message showed a mood, and whether a good one."""
    whose = [Conversation.id == request.conversation_id]
    if request.customer_id is not None:
        whose.append(ChannelIdentity.customer_id == request.customer_id)
    query = (
        select(Message.at, Message.understanding)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
        .where(or_(*whose), Message.role == Role.CUSTOMER, Message.at >= since, Message.at <= at)
        .order_by(Message.at.desc())
        .limit(MESSAGES_READ)
    )
    for said_at, understanding in session.execute(query):
        mood = (understanding or {}).get("mood")
        if mood in (*DISPLEASED, *PLEASED):
            yield said_at, mood in PLEASED


def _signalled(
    session: Session, request: DecisionRequest, since: datetime, at: datetime
) -> Iterator[tuple[datetime, bool]]:
    """Reviews, comments that show a mood, and visits to a shop."""
    if request.customer_id is None:
        return
    query = select(Signal).where(
        Signal.customer_id == request.customer_id, Signal.at >= since, Signal.at <= at,
        Signal.kind.in_((SignalKind.REVIEW, SignalKind.COMMENT, SignalKind.CHECK_IN)),
    )  # fmt: skip
    for signal in session.scalars(query):
        is_good = pleases(signal)
        if is_good is not None:
            yield signal.at, is_good


def pleases(signal: Signal) -> bool | None:
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


def consents(session: Session, customer_id: int, channel: str) -> bool:
    """Whether marketing is allowed on a channel; at a place, on whichever channel (R5)."""
    held = {
        said: consent
        for (purpose, said), consent in current_consents(session, customer_id).items()
        if purpose == ConsentPurpose.MARKETING
    }
    if channel in PLACES:
        return any(consent.granted for consent in held.values())
    answer: Consent | None = held.get(channel) or held.get("any")
    return answer is not None and answer.granted


def refuses_profiling(session: Session, customer_id: int) -> bool:
    """Whether a customer forbade to be profiled: then nothing stored chooses promotions."""
    answers = [
        consent.granted
        for (purpose, _), consent in current_consents(session, customer_id).items()
        if purpose == ConsentPurpose.PROFILING
    ]
    return bool(answers) and not any(answers)


def something_open(session: Session, request: DecisionRequest) -> bool:
    """Whether a complaint, fault or return is open: the customer's, or this conversation's."""
    if request.customer_id is not None and has_open_matter(session, request.customer_id):
        return True
    if request.conversation_id is None:
        return False
    query = select(Ticket.id).where(
        Ticket.conversation_id == request.conversation_id,
        Ticket.status.in_(OPEN_STATUSES),
        Ticket.category != TicketCategory.HANDOFF,
    )
    return session.scalar(query.limit(1)) is not None


def is_capped(
    session: Session,
    request: DecisionRequest,
    at: datetime,
    policy: OfferPolicy,
    traits: Mapping[str, Trait],
) -> bool:
    """Whether the customer got as many offers that nobody asked for as they may."""
    if not request.purpose.is_unasked or request.customer_id is None:
        return False
    usual = policy.caps.proactive if request.purpose == Purpose.PROACTIVE else policy.caps.promote
    own = traits.get(PER_WEEK)
    if own is not None and request.purpose == Purpose.PROACTIVE:
        per_week = _number(own.value, usual.per_week)
        usual = Cap(per_day=min(usual.per_day, per_week), per_week=per_week)
    there = policy.caps.channels.get(request.channel)
    return _reaches(session, request, at, usual) or (
        there is not None and _reaches(session, request, at, there, request.channel)
    )


def _reaches(
    session: Session, request: DecisionRequest, at: datetime, cap: Cap, channel: str | None = None
) -> bool:
    met = func.coalesce(OfferEvent.decision, cast(OfferEvent.id, String))
    for span, most in ((DAY, cap.per_day), (WEEK, cap.per_week)):
        query = select(func.count(func.distinct(met))).where(
            OfferEvent.customer_id == request.customer_id, OfferEvent.purpose == request.purpose,
            OfferEvent.outcome.in_(MET), OfferEvent.at > at - span,
        )  # fmt: skip
        if channel is not None:
            query = query.where(OfferEvent.channel == channel)
        if (session.scalar(query) or 0) >= most:
            return True
    return False


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
