"""What a verified customer asked for in conversation: a copy of their data, or its erasure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.conversation.models import Conversation, Message, State
from crm.db import now
from crm.privacy.models import Erasure
from crm.profile.models import ChannelIdentity, Customer

# So long the goodbye takes; and so long a turn that was under way may still write something.
DELAY = timedelta(seconds=10)
LATE = timedelta(minutes=2)


def ask_erasure(session: Session, customer: Customer, actor: str = "customer") -> Erasure:
    """Have a customer erased once what is being said has been said; asked twice, done once."""
    asked = select(Erasure).filter_by(customer_id=customer.id, done_at=None)
    entry = session.scalar(asked.limit(1))
    if entry is None:
        entry = Erasure(customer_id=customer.id, actor=actor)
        session.add(entry)
    entry.due_at = now() + DELAY
    session.flush()
    return entry


def due_erasures(session: Session) -> Sequence[Erasure]:
    """The erasures whose time has come and in whose conversations nothing is being answered."""
    being_answered = (
        select(Message.id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
        .where(ChannelIdentity.customer_id == Erasure.customer_id)
        .where(Message.state == State.RECEIVED, Message.at > now() - LATE)
        .correlate(Erasure)
        .exists()
    )
    query = select(Erasure).where(
        Erasure.done_at.is_(None), Erasure.due_at <= now(), ~being_answered
    )
    return session.scalars(query.order_by(Erasure.id)).all()


def unsettled(session: Session) -> Sequence[Erasure]:
    """Erasures after which a turn under way may still have written something."""
    query = select(Erasure).where(Erasure.done_at.is_not(None), Erasure.settled_at.is_(None))
    return session.scalars(query.order_by(Erasure.id)).all()


def still_silent(session: Session, conversations: Sequence[int]) -> Sequence[int]:
    """Those of some emptied conversations in which nobody has begun anew."""
    query = select(Message.conversation_id).where(Message.conversation_id.in_(conversations))
    return sorted(set(conversations) - set(session.scalars(query)))


def settle(entry: Erasure, at: datetime | None = None) -> bool:
    """Close an erasure once nothing late can come any more; whether it is closed now."""
    moment = at or now()
    if entry.done_at is not None and moment - entry.done_at > LATE:
        entry.settled_at = moment
    return entry.settled_at is not None
