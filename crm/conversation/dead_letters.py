"""What went wrong for good: messages that the bot could not answer, replies that did not arrive."""

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from crm.conversation.delivery import may_be_said
from crm.conversation.log import lock_message
from crm.conversation.models import Message, PlatformMessage, State
from crm.conversation.turns import bot_may_speak

UNDELIVERED = (State.FAILED, State.UNKNOWN)
DEAD = (State.DEAD, *UNDELIVERED)


class DeadLetterError(Exception):
    """A message cannot be tried again."""

    code = "dead_letter"


class NotDead(DeadLetterError):
    """The message is not, or no longer, a dead letter."""

    code = "not_dead"

    def __init__(self, message_id: int) -> None:
        super().__init__(f"Message {message_id} is not a dead letter; load the list again.")


class DealtWith(DeadLetterError):
    """A person has had the conversation since, or is awaited in it."""

    code = "dealt_with"

    def __init__(self, message_id: int) -> None:
        super().__init__(
            f"Message {message_id} is no longer the bot's to answer: its conversation is with a "
            "person; answer there."
        )


def list_dead(
    session: Session,
    states: Sequence[State] = DEAD,
    *,
    limit: int = 50,
    before: int | None = None,
) -> Sequence[Message]:
    """Messages that came to nothing, the newest first.

    Args:
        states: DEAD (a customer's that the bot gave up), FAILED (a reply that the platform
            refused), UNKNOWN (a reply of which nobody knows whether it arrived).
        before: the id of the last one seen.
    """
    query = (
        select(Message)
        .where(Message.state.in_(states))
        .options(joinedload(Message.conversation))
        .order_by(Message.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(Message.id < before)
    return session.scalars(query).all()


def retry(session: Session, message_id: int) -> Message:
    """Have a dead letter tried again: answered anew by the bot, or sent anew.

    What the platform may have had already the customer may then get twice: a person decides.

    Raises:
        NotDead: it is none, or somebody has had it tried again already.
        DealtWith: a person took the conversation over after it, or is to come.
    """
    message = lock_message(session, message_id)
    if message.state in UNDELIVERED:
        return _send_again(session, message)
    return retry_dead(session, message_id)


def _send_again(session: Session, message: Message) -> Message:
    if not may_be_said(message.conversation, message):
        raise DealtWith(message.id)
    session.execute(  # what became of the parts of the first try says nothing about the second
        update(PlatformMessage)
        .where(PlatformMessage.message_id == message.id)
        .values(message_id=None)
    )
    message.state, message.attempts = State.QUEUED, 0
    message.next_attempt_at = message.error = None
    return message


def retry_dead(session: Session, message_id: int) -> Message:
    """Have the bot try a dead letter again, with all its tries; it is the next in its conversation.

    Raises:
        NotDead: it is none, or somebody has had it tried again already.
        DealtWith: a person took the conversation over after it, or is to come.
    """
    message = lock_message(session, message_id)
    if message.state != State.DEAD:
        raise NotDead(message_id)
    if not bot_may_speak(message.conversation, message):
        raise DealtWith(message_id)
    message.state, message.attempts = State.RECEIVED, 0
    message.next_attempt_at = message.error = None
    return message
