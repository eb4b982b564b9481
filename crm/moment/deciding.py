"""Decides on what is due: said, put off, held back or withdrawn, each in one transaction."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.conversation.log import lock
from crm.conversation.models import Message
from crm.db import now
from crm.moment.customer_rules import WITHDRAWING, Case, against_customer, limits_of
from crm.moment.models import Moment, MomentState
from crm.moment.news import with_news
from crm.moment.occasions import look_back
from crm.moment.places import against_consent, against_mode, choose_place, conversations_for
from crm.moment.saying import NothingToSay, Voice, say
from crm.moment.verdict import Against

SWEPT_AT_ONCE = 500


def is_any_due(session: Session, at: datetime) -> bool:
    """Whether something is to be decided on."""
    query = select(Moment.id).where(Moment.state == MomentState.PLANNED, Moment.due_at <= at)
    return session.scalar(query.limit(1)) is not None


def decide_next(session: Session, voice: Voice, at: datetime | None = None) -> Moment | None:
    """Decide on the moment that is due the longest; None when nothing is due.

    On PostgreSQL several processes each take another one. What is said and that it was said are
    one transaction, so that nothing is said twice.
    """
    at = at or now()
    moment = session.scalar(
        select(Moment)
        .where(Moment.state == MomentState.PLANNED, Moment.due_at <= at)
        .order_by(Moment.due_at, Moment.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if moment is not None:
        case = case_of(session, moment, voice, at)
        if case is None:
            _settle(moment, Against("not_declared", withdrawn=True), at)
        else:
            _decide(case, voice)
        session.flush()
    return moment


def case_of(session: Session, moment: Moment, voice: Voice, at: datetime) -> Case | None:
    """A moment with its declaration; None where it is declared no more."""
    kind = voice.moments.kinds.get(moment.name)
    if kind is None:
        return None
    return Case(session, moment, kind, limits_of(session, moment.customer_id, voice.limits), at)


def _decide(case: Case, voice: Voice) -> None:
    against = _too_late(case) or against_customer(case)
    conversation = None
    if against is None:
        conversation, against = choose_place(case, voice.windows)
    if conversation is None:
        _settle(case.moment, against or Against("no_channel"), case.at)
        return
    lock(case.session, conversation)
    against = against_mode(case, conversation)
    if against is not None:
        _settle(case.moment, against, case.at)
        return
    try:
        message = say(case, conversation, voice)
    except NothingToSay as nothing:
        _settle(case.moment, Against(str(nothing)), case.at)
        return
    moment = case.moment
    moment.state, moment.reason, moment.decided_at = MomentState.SENT, None, case.at
    moment.conversation_id, moment.message_id = conversation.id, message.id
    moment.channel = conversation.channel


def _too_late(case: Case) -> Against | None:
    return Against(case.moment.reason or "too_late") if case.at > case.moment.until else None


def _settle(moment: Moment, against: Against, at: datetime) -> None:
    """Put off, if there is time left; else held back or withdrawn, for good."""
    moment.reason = against.reason
    if against.again_at is not None and against.again_at <= moment.until:
        moment.due_at = against.again_at
        return
    moment.state = MomentState.WITHDRAWN if against.withdrawn else MomentState.HELD
    moment.decided_at = at


def what_is_over(session: Session, voice: Voice, at: datetime | None = None) -> list[int]:
    """The planned moments whose matter is over: only of customers of whom there is news."""
    at = at or now()
    query = (
        select(Moment)
        .where(with_news(at - look_back(voice.moments)))
        .order_by(Moment.due_at)
        .limit(SWEPT_AT_ONCE)
    )
    over = []
    for moment in session.scalars(query).all():
        case = case_of(session, moment, voice, at)
        if case is not None and _over(case) is not None:
            over.append(moment.id)
    return over


def withdraw_what_is_over(
    session: Session, voice: Voice, at: datetime | None = None, ids: Sequence[int] | None = None
) -> int:
    """Withdraw, before they are due, the moments whose matter is over; how many.

    Args:
        ids: of the moments to look at; all of them unless given.
    """
    at = at or now()
    wanted = what_is_over(session, voice, at) if ids is None else ids
    query = select(Moment).where(Moment.id.in_(wanted), Moment.state == MomentState.PLANNED)
    withdrawn = 0
    for moment in session.scalars(query.with_for_update(skip_locked=True)).all():
        case = case_of(session, moment, voice, at)
        against = _over(case) if case else None
        if against is not None:
            _settle(moment, against, at)
        withdrawn += moment.state == MomentState.WITHDRAWN
    session.flush()
    return withdrawn


def _over(case: Case) -> Against | None:
    """What has ended the matter: a complaint, a purchase, a no on every channel there is."""
    against = against_customer(case, WITHDRAWING)
    if against is not None:
        return against
    channels = {one.channel for one in conversations_for(case)}
    refused = [against_consent(case, channel) for channel in sorted(channels)]
    if refused and all(one is not None and one.withdrawn for one in refused):
        return refused[0]
    return None


def still_wanted(session: Session, message: Message, voice: Voice) -> bool:
    """Whether a message that nobody asked for may still go out, asked as it is being sent."""
    moment = session.scalar(select(Moment).filter_by(message_id=message.id))
    case = case_of(session, moment, voice, now()) if moment is not None else None
    if moment is None or case is None:
        return moment is None
    against = (
        against_customer(case, WITHDRAWING)
        or against_consent(case, message.channel)
        or against_mode(case, message.conversation)
    )
    if against is not None:
        moment.state, moment.reason = MomentState.WITHDRAWN, against.reason
    return against is None
