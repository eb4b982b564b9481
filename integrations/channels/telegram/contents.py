"""What is in a message, kind by kind: words, a file, a place, a card, a poll, something else.

What has no words of its own is written down in a line for the desk, the same in every language.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from telegram import (
    Contact,
    Dice,
    Location,
    Message,
    PhotoSize,
    Poll,
    Sticker,
    User,
    Venue,
)
from telegram.constants import MessageType

from integrations.channels.shared_media import Remote
from integrations.channels.shared_text import clean
from integrations.channels.telegram.commands import DECLINED, KEPT, command_of

LONGEST_LINE = 4096
LONGEST_START = 64
LONGEST_ALBUM = 64
MAP = "https://www.openstreetmap.org/?mlat={latitude:.6f}&mlon={longitude:.6f}"

TYPES = {
    "voice": "audio/ogg",
    "audio": "audio/mpeg",
    "video": "video/mp4",
    "video_note": "video/mp4",
    "animation": "video/mp4",
}
# Kinds that a customer sends and that we cannot keep.
DECLINED_KINDS = ("game", "invoice", "story", "paid_media", "passport_data", "checklist",
                  "giveaway", "gift", "unique_gift", "live_photo")  # fmt: skip
# Telegram's own notices (a pinned message, a changed timer): nobody says anything with them.
NOTICE = "notice"
UNKNOWN = ""
# Fields that come along with any kind of message.
BESIDE = frozenset(
    (MessageType.BUSINESS_CONNECTION_ID, MessageType.EFFECT_ID, MessageType.REPLY_TO_STORY,
     MessageType.SENDER_BOOST_COUNT, MessageType.SENDER_BUSINESS_BOT)
)  # fmt: skip


@dataclass(frozen=True)
class Contents:
    """What a message holds, in the words of the message log."""

    text: str = ""
    command: str | None = None
    start: str = ""
    media: Remote | None = None
    album: str = ""
    phone: str = ""

    @property
    def is_text(self) -> bool:
        """Whether it is words, typed or under a picture."""
        return bool(self.text.strip()) and self.command not in (KEPT, DECLINED)


def read_contents(message: Message, user: User | None) -> Contents | None:
    """What is in a message; None for Telegram's own notices.

    Raises:
        TypeError, ValueError: a value is not of the kind that Telegram documents.
    """
    kind = _kind(message)
    if kind == NOTICE:
        return None
    if kind == "text":
        return _text(_string(message.text))
    if kind in MEDIA:
        return _media(message, kind)
    if kind in OTHERS:
        return OTHERS[kind](message, user)
    if isinstance(message.caption, str) and message.caption.strip():
        return Contents(text=clean(message.caption))
    return Contents(text=_line("❔", kind), command=DECLINED)


def _kind(message: Message) -> str:
    """The message's kind: what a customer sends goes before all that may stand beside it."""
    for kind in CUSTOMER_KINDS:
        if message[kind]:
            return kind
    for notice in MessageType:
        if notice not in BESIDE and message[notice]:
            return NOTICE
    return UNKNOWN


def _text(text: str) -> Contents:
    known = command_of(text)
    if known is None:
        return Contents(text=text)
    command, rest = known
    return Contents(text=text, command=command, start=rest[:LONGEST_START])


def _media(message: Message, kind: str) -> Contents:
    caption = _string(message.caption) if message.caption is not None else ""
    album = str(message.media_group_id or "")[:LONGEST_ALBUM]
    return Contents(text=caption, media=MEDIA[kind](message[kind], kind), album=clean(album))


def _largest(sizes: Sequence[PhotoSize], kind: str) -> Remote:
    largest = max(sizes, key=lambda size: _count(size.width) * _count(size.height))
    return Remote(_string(largest.file_id), kind, "", "image/jpeg", _size(largest.file_size))


def _file(file: Any, kind: str) -> Remote:
    given_type = getattr(file, "mime_type", None)
    name = getattr(file, "file_name", None)
    return Remote(
        _string(file.file_id),
        kind,
        clean(name) if isinstance(name, str) else "",
        clean(given_type) if isinstance(given_type, str) else TYPES.get(kind, Remote.type),
        _size(file.file_size),
    )


MEDIA: Mapping[str, Callable[[Any, str], Remote]] = {
    "photo": _largest,
    "document": _file,
    "voice": _file,
    "audio": _file,
    "video": _file,
    "video_note": _file,
    "animation": _file,
}


def _sticker(message: Message, _: User | None) -> Contents:
    """A sticker says what its emoji says; one without is declined."""
    sticker: Sticker | None = message.sticker
    emoji = sticker.emoji if sticker else None
    if isinstance(emoji, str) and emoji.strip():
        return Contents(text=clean(emoji)[:32])
    return Contents(text=_line("❔", "sticker"), command=DECLINED)


def _place(message: Message, _: User | None) -> Contents:
    assert message.location is not None
    return Contents(text=_line("📍", _on_map(message.location)), command=KEPT)


def _venue(message: Message, _: User | None) -> Contents:
    venue: Venue | None = message.venue
    assert venue is not None
    words = (_string(venue.title), _string(venue.address), _on_map(venue.location))
    return Contents(text=_line("📍", ", ".join(words)), command=KEPT)


def _on_map(location: Location) -> str:
    latitude, longitude = float(location.latitude), float(location.longitude)
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise ValueError("no such place")
    link = MAP.format(latitude=latitude, longitude=longitude)
    return f"{latitude:.6f}, {longitude:.6f} {link}"


def _contact(message: Message, user: User | None) -> Contents:
    """A card. Only the sender's own is a proof: Telegram fills in whose it is."""
    contact: Contact | None = message.contact
    assert contact is not None
    phone = "+" + _string(contact.phone_number).lstrip("+")
    names = (contact.first_name, contact.last_name, phone)
    card = Contents(
        text=_line("👤", " ".join(part for part in names if isinstance(part, str))),
        command=KEPT,
    )
    own = user is not None and contact.user_id == user.id and message.forward_origin is None
    return replace(card, phone=phone) if own else card


def _poll(message: Message, _: User | None) -> Contents:
    poll: Poll | None = message.poll
    assert poll is not None
    lines = [_string(poll.question), *(f"– {_string(option.text)}" for option in poll.options)]
    return Contents(text=_line("📊", "\n".join(lines)), command=KEPT)


def _dice(message: Message, _: User | None) -> Contents:
    dice: Dice | None = message.dice
    assert dice is not None
    return Contents(text=_line(_string(dice.emoji), str(_count(dice.value))), command=DECLINED)


OTHERS: Mapping[str, Callable[[Message, User | None], Contents]] = {
    "sticker": _sticker,
    "location": _place,
    "venue": _venue,
    "contact": _contact,
    "poll": _poll,
    "dice": _dice,
}


# An animation is a document too, a venue a location: the narrower kind comes first.
CUSTOMER_KINDS = ("text", "animation", "venue", *MEDIA, *OTHERS, *DECLINED_KINDS)


def _line(mark: str, words: str) -> str:
    return clean(f"{mark} {words}".strip())[:LONGEST_LINE]


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a string")
    return clean(value)


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("not a number")
    return value


def _size(value: Any) -> int | None:
    return _count(value) if value is not None else None
