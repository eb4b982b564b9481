"""Stores what a customer sends: once, however often it is sent."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm.conversation.buttons import UnknownButton, press
from crm.conversation.log import Incoming, receive
from crm.conversation.models import Conversation, Message
from integrations.channels.webchat.chat import LONGEST_TEXT, WebChat
from integrations.channels.webchat.errors import ButtonUnknown, TextOrPayload, TextTooLong
from integrations.channels.webchat.sessions import enter
from integrations.channels.webchat.tokens import Pass

LONGEST_CLIENT_ID = 128
# A zero byte cannot be stored in PostgreSQL, half a surrogate pair not in UTF-8.
UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
# PostgreSQL lets two transactions store the same thing until one commits; the other tries again.
TRIES = 3


@dataclass(frozen=True)
class Entry:
    """What a customer sends: a typed text, a pressed button's payload, or files."""

    client_message_id: str
    text: str | None = None
    payload: str | None = None
    attachments: Sequence[dict[str, Any]] = ()


def clean(text: str) -> str:
    """A text that every database can store."""
    return UNSTORABLE.sub(REPLACEMENT, text)


def check(entry: Entry) -> None:
    """See that an entry is one thing and not too long.

    Raises:
        TextOrPayload, TextTooLong
    """
    if (entry.text is None) == (entry.payload is None):
        raise TextOrPayload
    if entry.text is not None and len(entry.text) > LONGEST_TEXT:
        raise TextTooLong(length=len(entry.text), limit=LONGEST_TEXT)


def store(chat: WebChat, pass_: Pass, entry: Entry) -> Message:
    """Store an entry and return its message; the same client message id gives the same message.

    Raises:
        TextOrPayload, TextTooLong, ButtonUnknown, TokenExpired, TokenReplaced
    """
    check(entry)
    for _ in range(TRIES - 1):
        try:
            return _store(chat, pass_, entry)
        except IntegrityError:
            continue
    return _store(chat, pass_, entry)


def _store(chat: WebChat, pass_: Pass, entry: Entry) -> Message:
    with chat.database.writing(urgent=True) as session:
        conversation = enter(session, chat, pass_)
        return receive(session, conversation, _incoming(session, conversation, pass_, entry))


def _incoming(session: Session, conversation: Conversation, pass_: Pass, entry: Entry) -> Incoming:
    external_id = f"{pass_.session_id}:{entry.client_message_id}"
    if entry.payload is None:
        return Incoming(external_id, text=entry.text or "", attachments=entry.attachments)
    try:
        button = press(session, conversation.id, entry.payload)
    except UnknownButton:
        raise ButtonUnknown from None
    return Incoming(external_id, text=button.title, command=button.command)
