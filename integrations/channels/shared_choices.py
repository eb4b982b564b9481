"""Numbered choices: a list of buttons written as a text, answered by typing a number."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.conversation.buttons import UnknownButton, press
from crm.conversation.models import Conversation, Message, PressableButton, Role, State

Button = Mapping[str, Any]
# The buttons that a platform's renderer wrote as 1, 2, 3 … for a message; none where it did not.
Numbering = Callable[[Message], Sequence[Button]]

NUMBER = re.compile(r"\s*(\d{1,3})\s*[.):]?\s*")


def find_numbered(
    session: Session, conversation: Conversation, text: str, numbering: Numbering
) -> PressableButton | None:
    """The button that a typed number stands for, in what was said since the customer's last word.

    A number that answers no list is a text like any other.
    """
    typed = NUMBER.fullmatch(text)
    if typed is None:
        return None
    number = int(typed[1])
    for message in _said_since(session, conversation.id):
        choices = numbering(message)
        if choices:
            return _choose(session, conversation.id, choices, number)
    return None


def _choose(
    session: Session, conversation_id: int, choices: Sequence[Button], number: int
) -> PressableButton | None:
    if not 1 <= number <= len(choices):
        return None
    try:
        return press(session, conversation_id, str(choices[number - 1].get("payload", "")))
    except UnknownButton:
        return None


def _said_since(session: Session, conversation_id: int) -> Sequence[Message]:
    """What the company said after the customer's last message, the newest first."""
    last = (
        select(func.max(Message.seq))
        .where(Message.conversation_id == conversation_id, Message.role == Role.CUSTOMER)
        .scalar_subquery()
    )
    query = (
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.role != Role.CUSTOMER)
        .where(Message.state != State.SUPPRESSED, Message.seq > func.coalesce(last, 0))
        .order_by(Message.seq.desc())
    )
    return session.scalars(query).all()
