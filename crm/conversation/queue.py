"""Who waits for a person, the most urgent first: by age, by the customer's value, by anger (R7)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from crm.conversation.inbox import Wanted, list_conversations
from crm.conversation.models import Conversation, Message, Mode, Role
from crm.db import now
from crm.profile.models import ChannelIdentity
from crm.value.models import CustomerValue, Tier

# By how much somebody is taken as having waited longer than they have.
HEAD_STARTS = {Tier.MOST_VALUABLE: timedelta(minutes=20), Tier.GROWABLE: timedelta(minutes=8)}
ANGER = timedelta(minutes=30)
DISPLEASURE = timedelta(minutes=10)
MOODS = {"angry": ANGER, "unhappy": DISPLEASURE}
LATEST_MOODS = 15
MOST_WAITING = 500


@dataclass(frozen=True)
class Urgency:
    """Why a conversation stands where it stands in the queue."""

    waited: timedelta
    tier: Tier | None
    mood: str | None

    @property
    def weight(self) -> timedelta:
        """How long somebody counts as having waited."""
        ahead = HEAD_STARTS.get(self.tier, timedelta()) if self.tier else timedelta()
        return self.waited + ahead + MOODS.get(self.mood or "", timedelta())


def waiting_line(session: Session, wanted: Wanted) -> Sequence[tuple[Conversation, Urgency]]:
    """The conversations that wait for a person, the most urgent first."""
    waiting = replace(wanted, mode=Mode.WAITING, assignee=None)
    found = list_conversations(session, waiting, limit=MOST_WAITING)
    urgencies = urgencies_of(session, found)
    ranked = sorted(found, key=lambda one: (urgencies[one.id].weight, -one.id), reverse=True)
    return [(one, urgencies[one.id]) for one in ranked]


def urgencies_of(
    session: Session, conversations: Sequence[Conversation], at: datetime | None = None
) -> dict[int, Urgency]:
    """Age, tier and mood of each conversation, by its id."""
    at = at or now()
    tiers = tiers_of(session, {c for one in conversations if (c := one.identity.customer_id)})
    moods = latest_moods(session, conversations)
    return {
        one.id: Urgency(
            waited=max(at - one.mode_since, timedelta()),
            tier=tiers.get(one.identity.customer_id or 0),
            mood=moods.get(one.id),
        )
        for one in conversations
    }


def tiers_of(session: Session, customer_ids: Collection[int]) -> dict[int, Tier]:
    """The tier of each customer that has one."""
    query = select(CustomerValue.customer_id, CustomerValue.tier).where(
        CustomerValue.customer_id.in_(customer_ids)
    )
    return {row.customer_id: row.tier for row in session.execute(query)}


def latest_moods(session: Session, conversations: Sequence[Conversation]) -> Mapping[int, str]:
    """The mood of the last customer's message that was read, by conversation."""
    query = (
        select(Message.conversation_id, Message.understanding["mood"].as_string().label("mood"))
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(
            Message.conversation_id.in_([one.id for one in conversations]),
            Message.role == Role.CUSTOMER,
            Message.seq > Conversation.last_seq - LATEST_MOODS,
        )
        .order_by(Message.conversation_id, Message.seq)
    )
    return {row.conversation_id: row.mood for row in session.execute(query) if row.mood}


def counts_by_mode(session: Session) -> dict[Mode, int]:
    """How many conversations each mode has."""
    query = select(Conversation.mode, func.count().label("many")).group_by(Conversation.mode)
    return {row.mode: row.many for row in session.execute(query)}


def count_held_by(session: Session, assignee: str) -> int:
    """How many conversations one of the staff has taken over."""
    query = select(func.count()).where(
        Conversation.mode == Mode.HUMAN, Conversation.assignee == assignee
    )
    return session.scalar(query) or 0


def assignees(session: Session) -> Sequence[str]:
    """Everybody who has a conversation now."""
    query = select(Conversation.assignee).where(Conversation.mode == Mode.HUMAN).distinct()
    return sorted(name for name in session.scalars(query) if name)


def channels(session: Session) -> Sequence[str]:
    """The channels on which somebody has come."""
    return sorted(session.scalars(select(ChannelIdentity.channel).distinct()))


def others_of(session: Session, conversation: Conversation) -> Sequence[Conversation]:
    """The same customer's conversations on other channels and sessions, the last active first."""
    customer_id = conversation.identity.customer_id
    if customer_id is None:
        return []
    query = (
        select(Conversation)
        .join(ChannelIdentity, Conversation.identity_id == ChannelIdentity.id)
        .options(joinedload(Conversation.identity))
        .where(ChannelIdentity.customer_id == customer_id, Conversation.id != conversation.id)
        .order_by(Conversation.updated_at.desc())
    )
    return session.scalars(query).unique().all()
