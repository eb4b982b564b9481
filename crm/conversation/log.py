"""The message log: everything said is stored here before anything else happens to it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, literal_column, or_, select
from sqlalchemy.orm import Session, aliased

from crm.conversation.models import Conversation, Message, Mode, Role, State
from crm.db import UtcDateTime, now
from crm.db.once import insert_unless_there
from crm.profile.models import ChannelIdentity

MAX_EXTERNAL_ID = 200


@dataclass(frozen=True)
class Incoming:
    """What a customer sent: a text, a pressed button's command, files. Times are aware."""

    external_id: str
    text: str = ""
    command: str | None = None
    attachments: Sequence[dict[str, Any]] = ()
    at: datetime = field(default_factory=now)


@dataclass(frozen=True)
class Outgoing:
    """Something to say. Buttons are ``{"title", "payload"}`` with the payload still a command.

    `template` is the purpose of an approved template, where it is to be said in one.
    """

    text: str = ""
    buttons: Sequence[dict[str, Any]] = ()
    cards: Sequence[dict[str, Any]] = ()
    attachments: Sequence[dict[str, Any]] = ()
    response: str | None = None
    template: str | None = None


def open_conversation(
    session: Session, channel: str, external_id: str, language: str = "it"
) -> Conversation:
    """The conversation of somebody on a channel, made when they come for the first time."""
    identity = _identity(session, channel, external_id)
    conversation = _conversation_of(session, identity)
    if conversation is None:
        new = Conversation(channel=channel, identity=identity, language=language)
        insert_unless_there(session, new)
        conversation = _conversation_of(session, identity)
        assert conversation is not None
    return conversation


def _identity(session: Session, channel: str, external_id: str) -> ChannelIdentity:
    query = select(ChannelIdentity).filter_by(channel=channel, external_id=external_id)
    identity = session.scalar(query)
    if identity is None:
        insert_unless_there(session, ChannelIdentity(channel=channel, external_id=external_id))
        identity = session.scalars(query).one()
    return identity


def _conversation_of(session: Session, identity: ChannelIdentity) -> Conversation | None:
    return session.scalar(select(Conversation).filter_by(identity_id=identity.id))


def receive(session: Session, conversation: Conversation, incoming: Incoming) -> Message:
    """Store what a customer sent; the same external id again gives the message stored first."""
    lock(session, conversation)
    known = session.scalar(
        select(Message).filter_by(channel=conversation.channel, external_id=incoming.external_id)
    )
    if known is not None:
        return known
    if conversation.mode == Mode.CLOSED:
        conversation.mode, conversation.mode_since = Mode.BOT, now()
    conversation.last_customer_at = max(conversation.last_customer_at or incoming.at, incoming.at)
    return append(
        session,
        conversation,
        role=Role.CUSTOMER,
        state=State.RECEIVED,
        external_id=incoming.external_id,
        text=incoming.text,
        command=incoming.command or None,
        attachments=list(incoming.attachments),
        at=incoming.at,
    )


def append(session: Session, conversation: Conversation, **fields: Any) -> Message:
    """Add a message at the end of a conversation, under its next sequence number."""
    lock(session, conversation)
    conversation.last_seq += 1
    conversation.updated_at = now()
    message = Message(
        conversation=conversation,
        channel=conversation.channel,
        seq=conversation.last_seq,
        **fields,
    )
    session.add(message)
    session.flush()
    return message


def lock(session: Session, conversation: Conversation) -> None:
    """Hold the conversation's row until the transaction ends (SQLite holds all or nothing)."""
    if session.get_bind().dialect.name != "sqlite":
        session.flush()
        session.refresh(conversation, with_for_update={"of": Conversation})


def lock_message(session: Session, message_id: int) -> Message:
    """A message as it is once its conversation is held."""
    message = session.get_one(Message, message_id)
    if session.get_bind().dialect.name != "sqlite":
        lock(session, message.conversation)
        session.refresh(message)
    return message


def messages_after(session: Session, conversation_id: int, seq: int) -> Sequence[Message]:
    """What a customer may see of a conversation after a sequence number, in order."""
    query = (
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.seq > seq)
        .where(Message.state != State.SUPPRESSED)
        .order_by(Message.seq)
    )
    return session.scalars(query).all()


def oldest_in(states: Sequence[State], *where: ColumnElement[bool]) -> Select[int]:
    """The conversations whose oldest message in these states is due, the longest waiting first.

    A message that is not due yet holds up those behind it: the order of a conversation is kept.
    To be composed once and asked often; it is due by the parameter `at`, or by now.
    """
    earlier = aliased(Message)
    overtaken = (
        select(earlier.id)
        .where(earlier.conversation_id == Message.conversation_id, _is_in(earlier.state, states))
        .where(earlier.seq < Message.seq)
        .correlate(Message)
        .exists()
    )
    at = bindparam("at", callable_=now, type_=UtcDateTime())
    due = or_(Message.next_attempt_at.is_(None), Message.next_attempt_at <= at)
    return (
        select(Message.conversation_id)
        .where(_is_in(Message.state, states), *where, due, ~overtaken)
        .order_by(Message.id)
    )


def _is_in(state: Any, states: Sequence[State]) -> ColumnElement[bool]:
    """Written out in the statement, so that the database sees that its partial index fits."""
    condition: ColumnElement[bool] = state.in_([literal_column(f"'{one}'") for one in states])
    return condition


def is_being_answered(session: Session, conversation: Conversation) -> bool:
    """Whether the bot still owes a reply: what a chat window shows as typing."""
    if conversation.mode != Mode.BOT:
        return False
    pending = select(Message.id).where(
        Message.conversation_id == conversation.id, Message.state == State.RECEIVED
    )
    return session.scalar(pending.limit(1)) is not None
