"""Conversations as the staff looks for them: by who answers, channel and words."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, joinedload

from crm.conversation.models import (
    Conversation,
    ConversationEvent,
    ConversationTag,
    Message,
    Mode,
    Role,
)
from crm.profile.directory import matches, spellings
from crm.profile.facts import read_facts
from crm.profile.models import ChannelIdentity, Customer
from crm.staff.models import Glance

Place = tuple[datetime, int]


@dataclass(frozen=True)
class Wanted:
    """Which conversations are looked for. `personal`: may the customer's data be searched?

    `unread_by` is the id of one of the staff: what they have not seen to its end, and that is for
    people.
    """

    mode: Mode | None = None
    channel: str | None = None
    words: str = ""
    personal: bool = True
    assignee: str | None = None
    tag: str | None = None
    unread_by: int | None = None


def list_conversations(
    session: Session, wanted: Wanted, *, limit: int = 50, after: Place | None = None
) -> Sequence[Conversation]:
    """The conversations wanted, the one in which something was last said first.

    Args:
        wanted: what they must answer to.
        limit: how many at most.
        after: `updated_at` and id of the last one seen.
    """
    query = select(Conversation).options(
        joinedload(Conversation.identity).joinedload(ChannelIdentity.customer)
    )
    query = query.where(*_conditions(wanted))
    if after is not None:
        at, last = after
        query = query.where(
            (Conversation.updated_at < at)
            | ((Conversation.updated_at == at) & (Conversation.id < last))
        )
    query = query.order_by(Conversation.updated_at.desc(), Conversation.id.desc()).limit(limit)
    return session.scalars(query).unique().all()


def _conditions(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.mode is not None:
        yield Conversation.mode == wanted.mode
    if wanted.channel is not None:
        yield Conversation.channel == wanted.channel
    if wanted.assignee is not None:
        yield Conversation.assignee == wanted.assignee
    if wanted.tag is not None:
        yield _has(ConversationTag, ConversationTag.tag == wanted.tag)
    if wanted.unread_by is not None:
        yield Conversation.mode.in_((Mode.WAITING, Mode.HUMAN))
        seen = (Glance.user_id == wanted.unread_by, Glance.seen_seq >= Conversation.last_seq)
        yield ~_has(Glance, *seen)
    words = wanted.words.strip()
    if words and wanted.personal:
        yield or_(_said(words), _is_of(words))
    elif words:
        yield _said(words)


def _has(table: type[ConversationTag | Glance], *where: ColumnElement[bool]) -> ColumnElement[bool]:
    return (
        select(table.conversation_id)
        .where(table.conversation_id == Conversation.id, *where)
        .correlate(Conversation)
        .exists()
    )


def _said(words: str) -> ColumnElement[bool]:
    return (
        select(Message.id)
        .where(Message.conversation_id == Conversation.id, _contains(words))
        .correlate(Conversation)
        .exists()
    )


def _contains(words: str) -> ColumnElement[bool]:
    return or_(*(Message.text.icontains(spelt, autoescape=True) for spelt in spellings(words)))


def _is_of(words: str) -> ColumnElement[bool]:
    return (
        select(Customer.id)
        .join(ChannelIdentity, ChannelIdentity.customer_id == Customer.id)
        .where(ChannelIdentity.id == Conversation.identity_id, matches(words))
        .correlate(Conversation)
        .exists()
    )


def find_conversation(session: Session, conversation_id: int) -> Conversation | None:
    """A conversation by its id."""
    return session.get(Conversation, conversation_id)


def last_messages(session: Session, conversations: Sequence[Conversation]) -> dict[int, Message]:
    """The last thing said in each conversation, by the conversation's id."""
    query = (
        select(Message)
        .join(Conversation, Message.conversation_id == Conversation.id)
        .where(
            Message.seq == Conversation.last_seq,
            Conversation.id.in_([conversation.id for conversation in conversations]),
        )
    )
    return {message.conversation_id: message for message in session.scalars(query)}


def messages_before(
    session: Session, conversation_id: int, *, limit: int, before: int | None = None
) -> Sequence[Message]:
    """The newest messages before a sequence number, in the order in which they were said."""
    query = select(Message).where(Message.conversation_id == conversation_id)
    if before is not None:
        query = query.where(Message.seq < before)
    newest = session.scalars(query.order_by(Message.seq.desc()).limit(limit)).all()
    return newest[::-1]


def messages_with(
    session: Session, conversation_ids: Collection[int], words: str
) -> Sequence[Message]:
    """The messages of some conversations in which the words occur."""
    query = select(Message).where(
        Message.conversation_id.in_(conversation_ids), _contains(words.strip())
    )
    return session.scalars(query).all()


def events_of(session: Session, conversation_id: int) -> Sequence[ConversationEvent]:
    """Every change of mode and hands, oldest first."""
    query = (
        select(ConversationEvent)
        .filter_by(conversation_id=conversation_id)
        .order_by(ConversationEvent.id)
    )
    return session.scalars(query).all()


def conversations_of(session: Session, customer_id: int) -> Sequence[Conversation]:
    """A customer's conversations on all channels, oldest first."""
    query = (
        select(Conversation)
        .join(ChannelIdentity, Conversation.identity_id == ChannelIdentity.id)
        .where(ChannelIdentity.customer_id == customer_id)
        .order_by(Conversation.id)
    )
    return session.scalars(query).all()


def names_said(session: Session, conversation_ids: Collection[int]) -> set[str]:
    """Every name of a person that customers gave in these conversations, as far as understood."""
    query = select(Message.text, Message.understanding).where(
        Message.conversation_id.in_(conversation_ids), Message.role == Role.CUSTOMER
    )
    return {name for text, said in session.execute(query) for name in _names(text, said)}


def _names(text: str, understanding: Mapping[str, Any] | None) -> Iterator[str]:
    heard = tuple(
        str(entity["value"])
        for entity in (understanding or {}).get("entities") or ()
        if entity.get("entity") == "person_name" and entity.get("value")
    )
    yield from heard
    introduced = introduced_name(text, heard)
    if introduced:
        yield introduced


@lru_cache(maxsize=20_000)
def introduced_name(text: str, heard: tuple[str, ...] = ()) -> str | None:
    """The name by which somebody introduces themselves in a text."""
    return read_facts(text, names=heard).name
