"""Reads an update: who says what. Pure: it stores nothing and asks nobody.

Only private chats count: there, chat and user are one. Groups and channels are to be left again.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from telegram import CallbackQuery, Chat, ChatMemberUpdated, Message, Update, User
from telegram.constants import ChatMemberStatus, ChatType

from integrations.channels.shared_media import Remote
from integrations.channels.shared_text import clean
from integrations.channels.telegram.contents import Contents, read_contents

LARGEST_ID = 2**63 - 1
UNREADABLE = (
    TypeError, ValueError, KeyError, AttributeError, OverflowError, OSError, RecursionError,
)  # fmt: skip
# What stands in a message besides what is said; not read, so that it cannot be in the way.
BESIDES = frozenset(
    ("reply_to_message", "external_reply", "quote", "reply_markup", "entities", "via_bot",
     "caption_entities", "link_preview_options", "sender_chat", "reply_to_story")
)  # fmt: skip
# What is left of a message whose other parts cannot be read.
WORDS = frozenset(("message_id", "from", "chat", "date", "edit_date", "text", "caption"))
LONGEST_NAME = 120
LONGEST_TOKEN = 64

# What we ask Telegram for; everything else is not even sent.
ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")


class NotAnUpdate(ValueError):
    """Not an object with an update's number: Telegram never sends such a thing."""


@dataclass(frozen=True)
class Sender:
    """A Telegram user in their private chat with the bot; both have one number."""

    id: int
    name: str = ""
    username: str = ""
    language_code: str = ""


@dataclass(frozen=True)
class Said:
    """A message to be stored. `phone` is the sender's own number, vouched for by Telegram."""

    update_id: int
    sender: Sender
    at: datetime
    text: str = ""
    command: str | None = None
    start: str = ""
    media: Remote | None = None
    album: str = ""
    phone: str = ""
    edited: bool = False


@dataclass(frozen=True)
class Pressed:
    """A pressed button: its token, and the query that waits for an answer."""

    update_id: int
    sender: Sender
    at: datetime
    query_id: str
    token: str
    message_id: int | None = None


@dataclass(frozen=True)
class Membership:
    """The user has blocked the bot, or lets it in again."""

    update_id: int
    sender: Sender
    at: datetime
    blocked: bool


@dataclass(frozen=True)
class Ignored:
    """Nothing for us; a query in it waits for an answer all the same."""

    update_id: int
    query_id: str = ""


@dataclass(frozen=True)
class Misplaced:
    """We are in a group or channel, where customers' matters are nobody else's business.

    Args:
        may_speak: in a group everybody may say why they leave, in a channel not.
    """

    update_id: int
    chat_id: int
    language_code: str
    may_speak: bool


Arrival = Said | Pressed | Membership | Misplaced | Ignored
# How we can be in a group.
PRESENT = (ChatMemberStatus.MEMBER, ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.RESTRICTED)
GROUPS = (ChatType.GROUP, ChatType.SUPERGROUP)


def read_update(raw: Any) -> Arrival:
    """What an update says. A form that nobody has thought of is ignored, never an error.

    Raises:
        NotAnUpdate
    """
    number = update_number(raw)
    for shape in (_slim, _bare):
        try:
            return _read(number, Update.de_json(shape(raw), None))
        except UNREADABLE:
            continue
    return Ignored(number)


def update_number(raw: Any) -> int:
    """The number under which Telegram sends an update, again and again if need be.

    Raises:
        NotAnUpdate
    """
    number = raw.get("update_id") if isinstance(raw, dict) else None
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= LARGEST_ID:
        raise NotAnUpdate
    return number


def _slim(raw: dict[str, Any]) -> dict[str, Any]:
    """An update without what we do not read, at any depth."""
    return {
        name: _slim(value) if isinstance(value, dict) else value
        for name, value in raw.items()
        if name not in BESIDES
    }


def _bare(raw: dict[str, Any]) -> dict[str, Any]:
    """An update with the words alone: nobody's message is lost for something that came along."""
    return {
        kind: {name: value for name, value in body.items() if name in WORDS}
        if kind in ("message", "edited_message")
        else body
        for kind, body in raw.items()
    }


def _read(number: int, update: Update) -> Arrival:
    if update.message is not None:
        return _said(number, update.message, edited=False)
    if update.edited_message is not None:
        return _said(number, update.edited_message, edited=True)
    if update.callback_query is not None:
        return _pressed(number, update.callback_query)
    if update.my_chat_member is not None:
        return _membership(number, update.my_chat_member)
    return Ignored(number)


def _said(number: int, message: Message, *, edited: bool) -> Arrival:
    if message.chat.type in GROUPS and message.left_chat_member is None:
        return _misplaced(number, message.chat, message.from_user)
    sender = _sender(message.chat, message.from_user)
    contents = read_contents(message, message.from_user) if sender else None
    if sender is None or contents is None or (edited and not contents.is_text):
        return Ignored(number)
    at = message.edit_date if edited and message.edit_date else message.date
    return _as_said(number, sender, _aware(at), contents, edited)


def _as_said(number: int, sender: Sender, at: datetime, contents: Contents, edited: bool) -> Said:
    return Said(
        number,
        sender,
        at,
        text=contents.text,
        command=contents.command,
        start=contents.start,
        media=None if edited else contents.media,
        album=contents.album,
        phone=contents.phone,
        edited=edited,
    )


def _pressed(number: int, query: CallbackQuery) -> Arrival:
    query_id = clean(str(query.id))[:LONGEST_TOKEN]
    sender = _sender(query.message.chat, query.from_user) if query.message else None
    if sender is None or not isinstance(query.data, str):
        return Ignored(number, query_id)
    token = clean(query.data)[:LONGEST_TOKEN]
    message_id = query.message.message_id if query.message else None
    return Pressed(number, sender, datetime.now(UTC), query_id, token, message_id)


def _membership(number: int, change: ChatMemberUpdated) -> Arrival:
    sender = _sender(change.chat, change.from_user)
    if sender is None:
        present = change.new_chat_member.status in PRESENT
        there = present and change.chat.type != ChatType.PRIVATE
        return _misplaced(number, change.chat, change.from_user) if there else Ignored(number)
    blocked = change.new_chat_member.status == ChatMemberStatus.BANNED
    return Membership(number, sender, _aware(change.date), blocked)


def _misplaced(number: int, chat: Chat, user: User | None) -> Arrival:
    if isinstance(chat.id, bool) or not isinstance(chat.id, int) or chat.id >= 0:
        return Ignored(number)
    language = _words(user.language_code) if user else ""
    return Misplaced(number, chat.id, language, chat.type in GROUPS)


def _sender(chat: Chat, user: User | None) -> Sender | None:
    """Who writes in a private chat; nobody elsewhere, and no bot."""
    if user is None or chat.type != ChatType.PRIVATE or user.is_bot is not False:
        return None
    if isinstance(chat.id, bool) or not isinstance(chat.id, int) or chat.id != user.id:
        return None
    if not 0 < chat.id <= LARGEST_ID:
        return None
    names = (user.first_name, user.last_name)
    return Sender(
        chat.id,
        name=_words(" ".join(name for name in names if isinstance(name, str))),
        username=_words(user.username),
        language_code=_words(user.language_code)[:35],
    )


def _words(value: Any) -> str:
    return clean(value)[:LONGEST_NAME] if isinstance(value, str) else ""


def _aware(at: datetime) -> datetime:
    """A message's time; one that lies in the future is now."""
    if not isinstance(at, datetime):
        raise TypeError("not a time")
    return min(at.astimezone(UTC), datetime.now(UTC))
