"""A reply as messages of the Cloud API, none of which the platform refuses. Pure: sends nothing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from pywa.types.callback import Button as ReplyButton
from pywa.types.callback import SectionRow, URLButton

from integrations.channels.port import Outbound
from integrations.channels.shared_links import absolute, is_public
from integrations.channels.shared_text import clean, split_text, utf16_units
from integrations.channels.whatsapp.choices import (
    LONGEST_BUTTON,
    Shape,
    choices_in,
    is_blank,
    numbered,
    row_titles,
    shape_of,
    shorten,
    title_of,
    width,
)

LONGEST_TEXT = 4096
# For buttons and captions; a list may have more today, it had this limit for years.
LONGEST_BODY = 1024
LONGEST_NAME = 240
MEGABYTE = 1024 * 1024
PHOTO_ENDINGS = (".jpg", ".jpeg", ".png")
OFFICE = "application/vnd.openxmlformats-officedocument"
DOCUMENT_TYPES = frozenset(
    (
        "text/plain",
        "application/pdf",
        "application/msword",
        "application/vnd.ms-excel",
        "application/vnd.ms-powerpoint",
        f"{OFFICE}.wordprocessingml.document",
        f"{OFFICE}.spreadsheetml.sheet",
        f"{OFFICE}.presentationml.presentation",
    )
)
# The types that are sent as what they are, and how large they may be.
LARGEST = {
    "image/jpeg": ("image", 5 * MEGABYTE),
    "image/png": ("image", 5 * MEGABYTE),
    "audio/aac": ("audio", 16 * MEGABYTE),
    "audio/amr": ("audio", 16 * MEGABYTE),
    "audio/mpeg": ("audio", 16 * MEGABYTE),
    "audio/mp4": ("audio", 16 * MEGABYTE),
    "audio/ogg": ("audio", 16 * MEGABYTE),
    "video/mp4": ("video", 16 * MEGABYTE),
    "video/3gpp": ("video", 16 * MEGABYTE),
    **dict.fromkeys(DOCUMENT_TYPES, ("document", 100 * MEGABYTE)),
}

# Stands where the platform wants a text and there is none: above buttons, on what opens a list.
POINTER = "👇"
PAPERCLIP = "📎"


@dataclass(frozen=True)
class Piece:
    """One message: its type, and what stands under the type's name.

    Args:
        file: an attachment of ours, to be uploaded first; its media id is then the content's id.
    """

    type: str
    content: dict[str, Any] = field(default_factory=dict)
    file: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Block:
    """Words with what can be pressed below them."""

    text: str
    choices: Sequence[Mapping[str, Any]] = ()
    links: Sequence[tuple[str, str]] = ()
    photo: str = ""
    first_number: int = 1


def render(outbound: Outbound, public_url: str = "", opener: str = POINTER) -> list[Piece]:
    """The messages that say a reply, in order; none where there is nothing to say.

    Args:
        public_url: our own address, to complete links with.
        opener: what stands on the button that opens a list, in the customer's language.
    """
    opener = POINTER if is_blank(opener) else shorten(" ".join(opener.split()), LONGEST_BUTTON)
    return [
        piece
        for part in _parts(outbound, public_url)
        for piece in ([_file(part)] if isinstance(part, Mapping) else _block(part, opener))
    ]


def _parts(outbound: Outbound, base: str) -> Iterator[Block | Mapping[str, Any]]:
    """Text and buttons in one; with cards or files between them, the buttons come last."""
    text = clean(outbound.text)
    count = len(numbered((), outbound.cards))
    links = list(_links(outbound.buttons, base))
    below = choices_in(outbound.buttons)
    if not outbound.cards and not outbound.attachments:
        yield Block(text, below, links)
        return
    yield Block(text)
    yield from _cards(outbound.cards, base)
    yield from outbound.attachments
    yield Block("", below, links, first_number=count + 1)


def _cards(cards: Sequence[Mapping[str, Any]], base: str) -> Iterator[Block]:
    first = 1
    for card in cards:
        buttons = card.get("buttons") or ()
        yield _card(card, list(_links(buttons, base)), first, base)
        first += len(numbered(buttons, ()))


def _card(card: Mapping[str, Any], links: list[tuple[str, str]], first: int, base: str) -> Block:
    picture = absolute(clean(str(card.get("image") or "")), base)
    link = absolute(clean(str(card.get("url") or "")), base)
    title, subtitle = (" ".join(clean(str(card.get(name) or "")).split()) for name in CARD_WORDS)
    if not link and not is_photo(picture):
        link = picture
    lines = [_bold(title), subtitle, link]
    return Block(
        "\n".join(line for line in lines if line),
        choices_in(card.get("buttons") or ()),
        links,
        picture if is_photo(picture) else "",
        first,
    )


CARD_WORDS = ("title", "subtitle")


def _bold(title: str) -> str:
    return f"*{title}*" if title and "*" not in title else title


def is_photo(url: str) -> bool:
    """Whether the platform can fetch a picture from here and takes it; drawings it does not."""
    return is_public(url) and urlsplit(url).path.lower().endswith(PHOTO_ENDINGS)


def _links(buttons: Sequence[Mapping[str, Any]], base: str) -> Iterator[tuple[str, str]]:
    for button in buttons:
        if not choices_in([button]):
            yield title_of(button), absolute(clean(str(button.get("url") or "")), base)


def _block(block: Block, opener: str) -> Iterator[Piece]:
    shape = shape_of(block.choices)
    if _is_one_link(block, shape):
        yield from _with_link(block)
    elif shape == Shape.BUTTONS:
        yield from _with_buttons(block)
    elif shape == Shape.LIST:
        yield from _with_list(block, opener)
    else:
        yield from _with_lines(block)


def _is_one_link(block: Block, shape: Shape) -> bool:
    """A single link is a button of its own, if the platform can reach where it leads."""
    if shape != Shape.NONE or len(block.links) != 1 or is_blank(block.text):
        return False
    title, url = block.links[0]
    return width(title) <= LONGEST_BUTTON and is_public(url)


def _with_link(block: Block) -> Iterator[Piece]:
    button = URLButton(*block.links[0])
    yield from _interactive("cta_url", button.to_dict(), block.text, block.photo)


def _with_buttons(block: Block) -> Iterator[Piece]:
    buttons = [ReplyButton(title_of(one), one["payload"]).to_dict() for one in block.choices]
    yield from _interactive("button", {"buttons": buttons}, _words(block), block.photo)


def _with_list(block: Block, opener: str) -> Iterator[Piece]:
    titles = [title_of(choice) for choice in block.choices]
    rows = [
        SectionRow(row, choice["payload"], title if row != title else None).to_dict()
        for row, title, choice in zip(row_titles(titles), titles, block.choices, strict=True)
    ]
    if block.photo:
        yield _photo(block.photo)
    yield from _interactive("list", {"button": opener, "sections": [{"rows": rows}]}, _words(block))


def _interactive(kind: str, action: dict[str, Any], text: str, photo: str = "") -> Iterator[Piece]:
    """What can be pressed, below the end of the text; what is too long for that goes before."""
    *before, body = _split_off(text)
    yield from map(_text, before)
    content: dict[str, Any] = {"type": kind, "body": {"text": body}, "action": action}
    if photo:
        content["header"] = {"type": "image", "image": {"link": photo}}
    yield Piece("interactive", content)


def _split_off(text: str) -> list[str]:
    """The text in parts, the last of which fits above buttons."""
    shown = _shown(text, LONGEST_TEXT)
    if not shown:
        return [POINTER]
    short = _shown(shown[-1], LONGEST_BODY)
    if len(short) == 1:
        return shown
    return [*shown[:-1], *_joined(short[:-1]), short[-1]]


def _shown(text: str, limit: int) -> list[str]:
    return [part for part in split_text(text, limit, utf16_units) if not is_blank(part)]


def _joined(parts: Sequence[str]) -> list[str]:
    """Neighbouring parts as one text again, where it fits."""
    joined = "\n".join(parts)
    return [joined] if width(joined) <= LONGEST_TEXT else list(parts)


def _with_lines(block: Block) -> Iterator[Piece]:
    """Words only: choices with numbers, links written out."""
    numbers = [
        f"{number}. {title_of(choice)}"
        for number, choice in enumerate(block.choices, block.first_number)
    ]
    text = _words(block, numbers)
    if block.photo and width(text) <= LONGEST_BODY:
        yield _photo(block.photo, text)
        return
    if block.photo:
        yield _photo(block.photo)
    yield from map(_text, _shown(text, LONGEST_TEXT))


def _words(block: Block, lines: Sequence[str] = ()) -> str:
    written = [*lines, *(f"{title}: {url}" if url else title for title, url in block.links)]
    text = "" if is_blank(block.text) else block.text.strip()
    return "\n\n".join(part for part in (text, "\n".join(written)) if part)


def _text(text: str) -> Piece:
    return Piece("text", {"body": text})


def _photo(url: str, caption: str = "") -> Piece:
    return Piece("image", {"link": url, "caption": caption} if caption else {"link": url})


def _file(file: Mapping[str, Any]) -> Piece:
    """A file of ours as what it is; what the platform does not take is named in words."""
    name = " ".join(clean(str(file.get("name") or "")).split())[:LONGEST_NAME]
    if not takes_file(file):
        return _text(" ".join(filter(None, (PAPERCLIP, name, clean(str(file.get("url") or ""))))))
    kind, _ = _limits(file)
    return Piece(kind, {"filename": name} if kind == "document" and name else {}, file)


def takes_file(file: Mapping[str, Any]) -> bool:
    """Whether the platform takes a file of ours as what it is."""
    kind, largest = _limits(file)
    return bool(kind and file.get("file")) and 0 < (file.get("size") or 0) <= largest


def _limits(file: Mapping[str, Any]) -> tuple[str, int]:
    return LARGEST.get(str(file.get("type") or "").partition(";")[0], ("", 0))
