"""A turn: one message of a customer, taken from the log, answered once, by whoever's turn it is.

`begin` decides by the conversation's mode who answers; `finish` looks at the mode again, in the
transaction that stores the replies, so that no bot message follows a person's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.conversation.buttons import command_now, make_pressable, typed_choice
from crm.conversation.handoff import return_to_bot
from crm.conversation.log import Outgoing, append, lock, lock_message, oldest_in
from crm.conversation.models import Conversation, Message, Mode, Role, State
from crm.db import now
from crm.ticket.satisfaction import hear_opinion, said_score

# Pressed by a customer who no longer wants to wait for a person.
RETURN_TO_BOT = "/return_to_bot"
# The conversations whose next message may be answered now, the longest waiting first.
WAITING = oldest_in([State.RECEIVED])


@dataclass(frozen=True)
class Job:
    """A message for the bot to answer."""

    message_id: int
    conversation_id: int
    text: str
    command: str | None
    language: str
    attempts: int
    has_attachments: bool


def begin(session: Session, conversation_id: int) -> Job | None:
    """Take the oldest unhandled message, if it is the bot's to answer and due.

    What people of the company have to answer is marked handled here: it is on their desk.
    """
    conversation = session.get_one(Conversation, conversation_id)
    lock(session, conversation)
    for message in _unhandled(session, conversation_id):
        if message.command == RETURN_TO_BOT and message.seq > conversation.human_until_seq:
            return_to_bot(session, conversation)
        if bot_may_speak(conversation, message):
            return _job(session, conversation, message)
        message.state = State.HANDLED
    return None


def _unhandled(session: Session, conversation_id: int) -> Sequence[Message]:
    query = (
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.state == State.RECEIVED)
        .order_by(Message.seq)
    )
    return session.scalars(query).all()


def _job(session: Session, conversation: Conversation, message: Message) -> Job | None:
    if message.next_attempt_at is not None and message.next_attempt_at > now():
        return None
    if message.command is None:
        choice = typed_choice(session, message) or said_score(session, message)
        message.command = choice or None
    return Job(
        message_id=message.id,
        conversation_id=conversation.id,
        text=message.text,
        command=command_now(session, message),
        language=conversation.language,
        attempts=message.attempts,
        has_attachments=bool(message.attachments),
    )


def finish(
    session: Session,
    message_id: int,
    replies: Sequence[Outgoing],
    understanding: dict[str, Any] | None = None,
    language: str | None = None,
) -> list[Message]:
    """Store the replies and mark the message handled, in one transaction; once.

    The conversation goes on in the language that is given, if one is.

    A turn that was finished before, or that a person has overtaken, says nothing.
    """
    message = lock_message(session, message_id)
    if message.state != State.RECEIVED:
        return []
    message.state = State.HANDLED
    message.understanding = understanding
    hear_opinion(session, message, understanding)
    if (understanding or {}).get("intent", {}).get("name") != "nlu_fallback":
        message.conversation.failed_tries = 0
    message.conversation.language = language or message.conversation.language
    return [_store_reply(session, message.conversation, message, reply) for reply in replies]


def _store_reply(
    session: Session, conversation: Conversation, message: Message, reply: Outgoing
) -> Message:
    stored = append(
        session,
        conversation,
        role=Role.BOT,
        state=State.QUEUED if bot_may_speak(conversation, message) else State.SUPPRESSED,
        text=reply.text,
        cards=list(reply.cards),
        attachments=list(reply.attachments),
        reply_to_id=message.id,
    )
    stored.buttons = make_pressable(session, stored, list(reply.buttons))
    stored.cards = [
        {**card, "buttons": make_pressable(session, stored, list(card.get("buttons", ())))}
        for card in reply.cards
    ]
    return stored


def bot_may_speak(conversation: Conversation, message: Message) -> bool:
    """Whether a message is still the bot's to answer.

    In its own mode, and while waiting to say that a person will come. What was said before a
    person took over, or to them, never becomes the bot's again.
    """
    if message.seq <= conversation.human_until_seq:
        return False
    if conversation.mode == Mode.BOT:
        return True
    return conversation.mode == Mode.WAITING and conversation.mode_message_id == message.id


def retry_later(session: Session, message_id: int, delay: timedelta, error: str) -> None:
    """Keep a message whose turn failed and say when to try again."""
    message = lock_message(session, message_id)
    if message.state != State.RECEIVED:
        return
    message.attempts += 1
    message.next_attempt_at = now() + delay
    message.error = error[:200]


def give_up(session: Session, message_id: int, error: str, apology: Outgoing) -> list[Message]:
    """Put a message aside after too many failures, and say so to the customer."""
    message = lock_message(session, message_id)
    if message.state != State.RECEIVED:
        return []
    message.state, message.error = State.DEAD, error[:200]
    message.attempts += 1
    return [_store_reply(session, message.conversation, message, apology)]
