"""Outgoing messages on their way to a platform: in order, once, with what became of each.

`begin_send` marks a message as being sent before the platform is called. Whoever finds it so marked
knows that the caller died in between: the platform may have it or not, and it is not sent again.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from crm.conversation.log import lock, oldest_in
from crm.conversation.models import Conversation, Message, Mode, Role, State
from crm.conversation.pace import Rate
from crm.conversation.reports import note_parts, settle
from crm.db import now

ON_THE_WAY = [State.QUEUED, State.SENDING]
# An outcome that comes after the message was taken for lost still says what became of it.
AWAITED = (State.SENDING, State.UNKNOWN)
INTERRUPTED = "interrupted: the process ended while it was sending"


def waiting(channel: str) -> Select[int]:
    """A channel's conversations with something to send now, the longest waiting first."""
    return oldest_in(ON_THE_WAY, Message.channel == channel)


def chat_wait(session: Session, conversation_id: int, rate: Rate) -> float:
    """The seconds until this chat may get one more message."""
    query = select(Conversation.chat_free_at).where(Conversation.id == conversation_id)
    return rate.wait(session.scalar(query), now())


def hold(session: Session, conversation_id: int, seconds: float) -> None:
    """Have the chat's next message wait, and with it those behind: the chat has had enough."""
    conversation = session.get_one(Conversation, conversation_id)
    lock(session, conversation)
    for message in _on_the_way(session, conversation_id)[:1]:
        message.next_attempt_at = now() + timedelta(seconds=seconds)


def begin_send(
    session: Session,
    conversation_id: int,
    rate: Rate,
    still_wanted: Callable[[Session, Message], bool] | None = None,
) -> Message | None:
    """Take the oldest message that is to be sent now and mark it as being sent.

    Only whoever alone works on the conversation's deliveries may call this. The mode is looked at
    here, at the moment of sending: what the bot had still to say when a person took over, it
    never says.

    Args:
        still_wanted: asked about what nobody asked for; what is not, never goes out.
    """
    conversation = session.get_one(Conversation, conversation_id)
    lock(session, conversation)
    for message in _on_the_way(session, conversation_id):
        if message.state == State.SENDING:
            message.state, message.error = State.UNKNOWN, INTERRUPTED
            settle(session, message)
        elif not may_be_said(conversation, message):
            message.state = State.SUPPRESSED
        elif message.next_attempt_at is not None and message.next_attempt_at > now():
            return None
        elif message.purpose and still_wanted and not still_wanted(session, message):
            message.state = State.SUPPRESSED
        else:
            message.state = State.SENDING
            conversation.chat_free_at = rate.spend(conversation.chat_free_at, now())
            return message
    return None


def _on_the_way(session: Session, conversation_id: int) -> Sequence[Message]:
    query = (
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.state.in_(ON_THE_WAY))
        .order_by(Message.seq)
    )
    return session.scalars(query).all()


def may_be_said(conversation: Conversation, message: Message) -> bool:
    """Whether a queued message still goes out: a person's always, the bot's while no person speaks.

    Announcements about the conversation are worth nothing once a person has come since.
    """
    if message.role == Role.AGENT:
        return True
    if message.seq <= conversation.human_until_seq:
        return False
    return message.role == Role.SYSTEM or conversation.mode != Mode.HUMAN


def mark_sent(session: Session, message_id: int, external_ids: Sequence[str]) -> None:
    """The platform took it, under these ids."""
    message = session.get_one(Message, message_id)
    note_parts(session, message, external_ids)
    session.refresh(message, with_for_update=True)
    if message.state in AWAITED:
        message.state, message.error = State.SENT, None
    settle(session, message)


def mark_refused(session: Session, message_id: int, code: str, reason: str) -> None:
    """The platform will never take it; the next one may go."""
    message = _awaited(session, message_id)
    if message is not None:
        message.state, message.error = State.FAILED, f"{code}: {reason}"[:200]


def mark_unknown(session: Session, message_id: int, reason: str) -> None:
    """Nobody knows whether the platform has it: it is listed, and not sent again."""
    message = _awaited(session, message_id)
    if message is not None:
        message.state, message.error = State.UNKNOWN, reason[:200]


def put_off(
    session: Session, message_id: int, delay: timedelta, reason: str, attempts: int
) -> State:
    """It was certainly not sent: try again after a while, and not for ever; its state now.

    Args:
        attempts: after so many in vain it has failed.
    """
    message = session.get_one(Message, message_id, with_for_update=True)
    if message.state == State.SENDING:
        message.attempts += 1
        message.error = reason[:200]
        if message.attempts < attempts:
            message.state, message.next_attempt_at = State.QUEUED, now() + delay
        else:
            message.state, message.error = State.FAILED, f"given up: {reason}"[:200]
    return message.state


def _awaited(session: Session, message_id: int) -> Message | None:
    message = session.get_one(Message, message_id, with_for_update=True)
    return message if message.state in AWAITED else None
