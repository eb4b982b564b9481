"""What a customer sees of their conversation: the messages in the contract's form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm.conversation.log import is_being_answered, messages_after
from crm.conversation.models import Message, Mode, Role, State
from integrations.channels.webchat.chat import WebChat
from integrations.channels.webchat.sessions import admit, next_pass
from integrations.channels.webchat.tokens import Pass

BUTTON = ("title", "payload", "url")
CARD = ("title", "subtitle", "image", "url")
ATTACHMENTS = "/webchat/attachments"
ATTACHMENT = ("id", "name", "type", "size")
UNDELIVERED = (State.QUEUED, State.SENT)


@dataclass(frozen=True)
class View:
    """What came after a sequence number, and how things stand."""

    conversation_id: int | None = None
    messages: Sequence[dict[str, Any]] = ()
    typing: bool = False
    mode: Mode = Mode.BOT
    offer: Pass | None = None

    @property
    def body(self) -> dict[str, Any]:
        """``{"messages", "typing", "mode"}``."""
        return {"messages": list(self.messages), "typing": self.typing, "mode": self.mode.value}


def look(chat: WebChat, pass_: Pass, after: int) -> View:
    """See what a session's customer may see now.

    Raises:
        TokenExpired, TokenReplaced
    """
    with chat.database.reading() as session:
        conversation = admit(session, chat, pass_)
        offer = next_pass(chat, conversation, pass_)
        if conversation is None:
            return View(offer=offer)
        return View(
            conversation.id,
            [as_shown(message) for message in messages_after(session, conversation.id, after)],
            is_being_answered(session, conversation),
            conversation.mode,
            offer,
        )


def offered(chat: WebChat, view: View) -> dict[str, str]:
    """The token to go on with, when there is one: ``{"token", "expires_at"}``."""
    return chat.signer.sign(view.offer).body if view.offer else {}


def as_shown(message: Message) -> dict[str, Any]:
    """A message in the contract's form."""
    return {
        "seq": message.seq,
        "id": str(message.id),
        "role": message.role.value,
        "text": message.text,
        "buttons": _buttons(message.buttons),
        "cards": [_card(card) for card in message.cards],
        "attachments": [shown_attachment(file) for file in message.attachments],
        "at": message.at.astimezone(UTC).isoformat(timespec="milliseconds"),
    }


def shown_attachment(file: Mapping[str, Any]) -> dict[str, Any]:
    """A file: ``{"id", "name", "type", "size", "url"}``; our own urls want the session's token."""
    url = f"{ATTACHMENTS}/{file['id']}" if "id" in file else file.get("url", "")
    return {**_only(file, ATTACHMENT), "url": url}


def _card(card: Mapping[str, Any]) -> dict[str, Any]:
    empty = dict.fromkeys(CARD, "")
    return {**empty, **_only(card, CARD), "buttons": _buttons(card.get("buttons", ()))}


def _buttons(buttons: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [_only(button, BUTTON) for button in buttons]


def _only(given: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: given[name] for name in names if given.get(name) is not None}


def acknowledge(chat: WebChat, conversation_id: int | None, seq: int) -> None:
    """Note that the customer's client has everything up to a sequence number."""
    if conversation_id is None or seq < 1:
        return
    with chat.database.reading() as session:
        if not _has_undelivered(session, conversation_id, seq):
            return
    with chat.database.writing() as session:
        session.execute(
            update(Message)
            .where(*_undelivered(conversation_id, seq))
            .values(state=State.DELIVERED)
            .execution_options(synchronize_session=False)
        )


def _has_undelivered(session: Session, conversation_id: int, seq: int) -> bool:
    query = select(Message.id).where(*_undelivered(conversation_id, seq)).limit(1)
    return session.scalar(query) is not None


def _undelivered(conversation_id: int, seq: int) -> tuple[Any, ...]:
    return (
        Message.conversation_id == conversation_id,
        Message.seq <= seq,
        Message.role != Role.CUSTOMER,
        Message.state.in_(UNDELIVERED),
    )
