"""What a person who takes a conversation over should know at a glance."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.conversation.models import Conversation, ConversationEvent, Message, Mode, Role
from crm.db import now

ALARM_AFTER = timedelta(minutes=10)
LAST_WORDS = 3
MOST_MESSAGES = 200
CALLED, TAKEN = f"→ {Mode.WAITING}", f"→ {Mode.HUMAN}"
ENDED = (f"{Mode.HUMAN} → {Mode.BOT}", f"→ {Mode.CLOSED}")


@dataclass(frozen=True)
class Summary:
    """A handoff in short.

    Args:
        cause: why a person was called; None when one came uncalled.
        since: when they were called, or came.
        intents: what the customer wanted, in order, the same thing twice in a row once.
        facts: the entities that the customer gave, the latest of each kind.
        failed_tries: how often the bot had not understood before it called.
        settled: what was settled the last time, if a person has been there before.
    """

    cause: str | None
    since: datetime
    intents: Sequence[str]
    facts: Sequence[Mapping[str, Any]]
    failed_tries: int
    mood: str | None
    last_words: Sequence[str]
    settled: str | None


def summarise(
    session: Session, conversation: Conversation, events: Sequence[ConversationEvent]
) -> Summary | None:
    """The present handoff in short; None while the bot answers.

    Args:
        events: of the conversation, oldest first.
    """
    if conversation.mode not in (Mode.WAITING, Mode.HUMAN):
        return None
    before = next((one for one in reversed(events) if one.what.endswith(ENDED)), None)
    called = next((one for one in reversed(events) if one.what.endswith(CALLED)), None)
    if called is not None and before is not None and called.id < before.id:
        called = None
    said = _said(session, conversation, before.at if before else None)
    read = [message.understanding or {} for message in said]
    return Summary(
        cause=conversation.handoff_cause,
        since=called.at if called else conversation.mode_since,
        intents=list(_path(read)),
        facts=list(_latest(read).values()),
        failed_tries=int(called.details.get("failed_tries", 0)) if called else 0,
        mood=next((str(one["mood"]) for one in reversed(read) if one.get("mood")), None),
        last_words=[message.text for message in said if message.text][-LAST_WORDS:],
        settled=(before.details.get("settled") or before.details.get("reason")) if before else None,
    )


def _said(
    session: Session, conversation: Conversation, after: datetime | None
) -> Sequence[Message]:
    query = select(Message).where(
        Message.conversation_id == conversation.id, Message.role == Role.CUSTOMER
    )
    if after is not None:
        query = query.where(Message.at > after)
    return session.scalars(query.order_by(Message.seq.desc()).limit(MOST_MESSAGES)).all()[::-1]


def _path(read: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    last = None
    for one in read:
        name = (one.get("intent") or {}).get("name")
        if name and name != last:
            yield str(name)
        last = name or last


def _latest(read: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    return {
        str(entity["entity"]): entity
        for one in read
        for entity in one.get("entities") or ()
        if entity.get("entity") and entity.get("value")
    }


def waiting_seconds(conversation: Conversation, at: datetime | None = None) -> float | None:
    """For how long the customer has waited for a person; None if they do not wait."""
    if conversation.mode != Mode.WAITING:
        return None
    return max(((at or now()) - conversation.mode_since).total_seconds(), 0.0)


def is_late(conversation: Conversation, alarm_after: timedelta) -> bool:
    """Whether the customer has waited too long."""
    waited = waiting_seconds(conversation)
    return waited is not None and waited >= alarm_after.total_seconds()


def count_late(session: Session, alarm_after: timedelta) -> int:
    """How many customers have waited too long."""
    query = select(func.count()).where(
        Conversation.mode == Mode.WAITING, Conversation.mode_since <= now() - alarm_after
    )
    return session.scalar(query) or 0
