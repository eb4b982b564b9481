"""What the staff does among themselves: notes on a conversation, handing it to a colleague."""

from sqlalchemy.orm import Session

from crm.conversation.handoff import AlreadyTaken, take_over
from crm.conversation.log import lock
from crm.conversation.models import Conversation, ConversationEvent, Mode

NOTE = "note"
ASSIGNED = "assigned"


def add_note(session: Session, conversation: Conversation, author: str, text: str) -> None:
    """Write something down for colleagues; the customer never sees it."""
    session.add(
        ConversationEvent(
            conversation_id=conversation.id, what=NOTE, actor=author, details={"text": text}
        )
    )
    session.flush()


def assign(
    session: Session, conversation: Conversation, by: str, to: str, *, force: bool = False
) -> None:
    """Give a conversation to a colleague, who has it from now on; the bot is silent in it.

    Raises:
        AlreadyTaken: a third person has it, and it is not to be taken by force.
    """
    lock(session, conversation)
    held = conversation.assignee if conversation.mode == Mode.HUMAN else None
    if held not in (None, by, to) and not force:
        raise AlreadyTaken(held or "Somebody")
    take_over(session, conversation, to, force=True)
    session.add(
        ConversationEvent(
            conversation_id=conversation.id, what=ASSIGNED, actor=by, details={"to": to}
        )
    )
    session.flush()
