"""Buttons: the customer's client gets an opaque token, the command behind it stays here."""

import secrets
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from crm.conversation.models import Message, PressableButton, Role

# Answers to the question just asked: pressed later, they would answer another one.
ONLY_NOW = ("/affirm", "/deny", "/inform")
STALE = "/stale_choice"
# What a button of one of the staff stands for: the words on it, as if the customer had typed them.
SAYS_ITS_TITLE = ""

# Not a command: the customer's client is asked for their own contact.
SHARE_CONTACT = "/share_contact"


class UnknownButton(LookupError):
    """The token is not of a button in this conversation."""


def buttons_saying(titles: Iterable[str]) -> list[dict[str, Any]]:
    """Buttons that say what is written on them."""
    return [{"title": title, "payload": SAYS_ITS_TITLE} for title in titles]


def make_pressable(
    session: Session, message: Message, buttons: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Replace each button's command by a fresh token.

    Buttons that open a page stay as they are; one that asks for the contact is marked as such:
    ``{"title", "contact": true}``.
    """
    return [_pressable(session, message, button) for button in buttons]


def _pressable(session: Session, message: Message, button: dict[str, Any]) -> dict[str, Any]:
    if "payload" not in button:
        return button
    if button["payload"] == SHARE_CONTACT:
        return {"title": button["title"], "contact": True}
    token = secrets.token_urlsafe(12)
    session.add(
        PressableButton(
            token=token,
            conversation_id=message.conversation_id,
            message_id=message.id,
            title=button["title"],
            command=button["payload"],
        )
    )
    return {**button, "payload": token}


def press(session: Session, conversation_id: int, token: str) -> PressableButton:
    """Find the button that a customer pressed.

    Raises:
        UnknownButton: no such token in this conversation.
    """
    button = session.get(PressableButton, token)
    if button is None or button.conversation_id != conversation_id:
        raise UnknownButton(token)
    return button


def typed_choice(session: Session, message: Message) -> str | None:
    """The command of the button whose title a customer has typed instead of pressing it.

    Only of what was offered since the customer's last message, and only if one button alone has
    this title.
    """
    typed = _bare(message.text)
    offered = select(PressableButton.title, PressableButton.command).where(
        PressableButton.conversation_id == message.conversation_id,
        PressableButton.message_id.in_(_said_just_before(message)),
    )
    chosen = {
        command for title, command in session.execute(offered) if typed and _bare(title) == typed
    }
    return chosen.pop() if len(chosen) == 1 else None


def _bare(title: str) -> str:
    return "".join(char for char in title.casefold() if char.isalnum())


def _said_just_before(message: Message) -> Select[int]:
    earlier = (
        select(func.coalesce(func.max(Message.seq), 0))
        .where(
            Message.conversation_id == message.conversation_id,
            Message.role == Role.CUSTOMER,
            Message.seq < message.seq,
        )
        .scalar_subquery()
    )
    return select(Message.id).where(
        Message.conversation_id == message.conversation_id,
        Message.seq > earlier,
        Message.seq < message.seq,
    )


def command_now(session: Session, message: Message) -> str | None:
    """The command of a pressed button, or the stale one when its question has passed."""
    if message.command is None or not message.command.startswith(ONLY_NOW):
        return message.command
    button = session.scalar(
        select(PressableButton)
        .join(Message, Message.id == PressableButton.message_id)
        .where(
            PressableButton.conversation_id == message.conversation_id,
            PressableButton.command == message.command,
        )
        .order_by(Message.seq.desc())
        .limit(1)
    )
    asked = session.get(Message, button.message_id) if button else None
    if asked is None or _was_answered(session, asked, message):
        return STALE
    return message.command


def _was_answered(session: Session, asked: Message, pressed: Message) -> bool:
    between = select(Message.id).where(
        Message.conversation_id == asked.conversation_id,
        Message.role == Role.CUSTOMER,
        Message.seq > asked.seq,
        Message.seq < pressed.seq,
    )
    return session.scalar(between.limit(1)) is not None
