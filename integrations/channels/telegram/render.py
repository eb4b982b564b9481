"""A reply as calls of the Bot API, none of which Telegram refuses for its form.

Plain text, without a parse mode: nothing has to be escaped. Pure: nothing is sent here.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from integrations.channels.port import Outbound
from integrations.channels.shared_links import absolute, is_public
from integrations.channels.shared_text import clean, length, split_text, utf16_units
from integrations.channels.telegram.blank import is_blank
from integrations.channels.telegram.keyboards import Panel, Rows, make_panel, numbered

LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024
LARGEST_PHOTO = 10 * 1024 * 1024
LARGEST_DOCUMENT = 50 * 1024 * 1024
PHOTO_TYPES = ("image/jpeg", "image/png")
DRAWINGS = (".svg", ".svgz")

# Stands above keys that have no text of their own.
POINTER = "👇"
PAPERCLIP = "📎"


class Method(StrEnum):
    """The Bot API's methods that are used, as the library calls them."""

    MESSAGE = "send_message"
    PHOTO = "send_photo"
    DOCUMENT = "send_document"


@dataclass(frozen=True)
class Call:
    """One call. `text` is the caption of a photo or document.

    Args:
        photo: a public address of a picture.
        file: an attachment of ours to upload.
        instead: what to send when the picture or file is not taken: that cannot be known before.
    """

    method: Method
    text: str = ""
    rows: Rows = ()
    photo: str = ""
    file: Mapping[str, Any] | None = None
    instead: tuple["Call", ...] = ()


def render(outbound: Outbound, public_url: str = "") -> list[Call]:
    """The calls that say a reply, in order; none where there is nothing to say.

    Args:
        public_url: our own address, to complete links with.
    """
    text = clean(outbound.text)
    count = len(numbered((), outbound.cards))
    panel = make_panel(outbound.buttons, public_url, first=count + 1)
    if not outbound.cards and not outbound.attachments:
        return list(_texts(_with_lines(text, panel), panel.rows))
    if not outbound.cards and len(outbound.attachments) == 1:
        caption = _with_lines(text, panel)
        if length(caption, utf16_units) <= LONGEST_CAPTION:
            return [_file(outbound.attachments[0], caption, panel.rows)]
    return [
        *_texts(text),
        *_cards(outbound.cards, public_url),
        *(_file(attachment) for attachment in outbound.attachments),
        *_texts(_with_lines("", panel), panel.rows),
    ]


def _with_lines(text: str, panel: Panel) -> str:
    lines = "\n".join(panel.lines)
    return "\n\n".join(part for part in (text.strip(), lines) if part)


def _texts(text: str, rows: Rows = ()) -> Iterator[Call]:
    """A text in as many messages as it needs, with the keys under the last."""
    parts = [part for part in split_text(text, LONGEST_TEXT, utf16_units) if not is_blank(part)]
    if not parts and rows:
        parts = [POINTER]
    for number, part in enumerate(parts, 1):
        yield Call(Method.MESSAGE, part, rows if number == len(parts) else ())


def _cards(cards: Sequence[Mapping[str, Any]], base: str) -> Iterator[Call]:
    first = 1
    for card in cards:
        buttons = card.get("buttons") or ()
        yield from _card(card, make_panel(buttons, base, first), base)
        first += len(numbered(buttons, ()))


def _card(card: Mapping[str, Any], panel: Panel, base: str) -> Iterator[Call]:
    """A picture with its words below, or the words alone."""
    picture = absolute(clean(str(card.get("image") or "")), base)
    link = absolute(clean(str(card.get("url") or "")), base)
    words = [clean(str(card.get(name) or "")).strip() for name in ("title", "subtitle")]
    if not link and not _is_photo(picture):
        link = picture
    text = _with_lines("\n".join(part for part in (*words, link) if part), panel)
    plain = tuple(_texts(text, panel.rows))
    if _is_photo(picture) and length(text, utf16_units) <= LONGEST_CAPTION:
        yield Call(Method.PHOTO, text, panel.rows, photo=picture, instead=plain)
    else:
        yield from plain


def _is_photo(url: str) -> bool:
    """Whether Telegram may be able to fetch a picture from here; it takes no drawings."""
    return is_public(url) and not urlsplit(url).path.lower().endswith(DRAWINGS)


def _file(file: Mapping[str, Any], caption: str = "", rows: Rows = ()) -> Call:
    """A file of ours, as a picture where it is one; what cannot be sent is named."""
    caption = "" if is_blank(caption) else caption.strip()
    size = file.get("size") or 0
    if not file.get("file") or not 0 < size <= LARGEST_DOCUMENT:
        return _named(file, caption, rows)
    document = Call(Method.DOCUMENT, caption, rows, file=file)
    document = replace(document, instead=(_named(file, caption, rows),))
    if file.get("type") in PHOTO_TYPES and size <= LARGEST_PHOTO:
        return replace(document, method=Method.PHOTO, instead=(document,))
    return document


def _named(file: Mapping[str, Any], caption: str, rows: Rows) -> Call:
    words = f"{PAPERCLIP} {clean(str(file.get('name') or ''))[:200]} {file.get('url') or ''}"
    return Call(Method.MESSAGE, f"{caption}\n\n{words}".strip(), rows)
