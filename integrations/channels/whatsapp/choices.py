"""Buttons as WhatsApp shows them: three buttons, else a list of ten, else numbers to answer with.

Everything is measured in UTF-16 units: whichever way the platform counts, it does not count more.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from crm.conversation.models import Message
from integrations.channels.shared_text import clean, length, utf16_units
from integrations.channels.whatsapp.window import is_open

MOST_BUTTONS = 3
MOST_ROWS = 10
LONGEST_BUTTON = 20
LONGEST_ROW = 24
LONGEST_DESCRIPTION = 72
LONGEST_TOKEN = 200
NO_TITLE = "•"
ELLIPSIS = "…"
# Characters that count as letters or signs and yet show nothing.
INVISIBLE = "\u115f\u1160\u2800\u3164\uffa0"

Button = Mapping[str, Any]


class Shape(StrEnum):
    """How a group of choices is shown."""

    NONE = "none"
    BUTTONS = "buttons"
    LIST = "list"
    NUMBERS = "numbers"


def choices_in(buttons: Iterable[Button]) -> list[Button]:
    """The buttons that are to be pressed, not links."""
    return [one for one in buttons if isinstance(one.get("payload"), str) and one["payload"]]


def shape_of(choices: Sequence[Button]) -> Shape:
    """How choices can be shown so that the platform takes them and every title can be read."""
    if not choices:
        return Shape.NONE
    titles = [title_of(choice) for choice in choices]
    longest = max(map(width, titles))
    if len(choices) > MOST_ROWS or longest > LONGEST_DESCRIPTION or not _are_sendable(choices):
        return Shape.NUMBERS
    if len(choices) <= MOST_BUTTONS and longest <= LONGEST_BUTTON and _are_unique(titles):
        return Shape.BUTTONS
    return Shape.LIST


def _are_sendable(choices: Sequence[Button]) -> bool:
    tokens = [str(choice["payload"]) for choice in choices]
    return len(set(tokens)) == len(tokens) and all(map(_is_sendable, tokens))


def _is_sendable(token: str) -> bool:
    return token == clean(token).strip() and width(token) <= LONGEST_TOKEN and not is_blank(token)


def _are_unique(titles: Sequence[str]) -> bool:
    return len({title.casefold() for title in titles}) == len(titles)


def title_of(button: Button) -> str:
    """A button's title in one line."""
    title = " ".join(clean(str(button.get("title") or "")).split())
    return NO_TITLE if is_blank(title) else title


def row_titles(titles: Iterable[str]) -> list[str]:
    """Titles short enough for the rows of a list, no two alike."""
    taken: list[str] = []
    for title in titles:
        row, count = shorten(title, LONGEST_ROW), 1
        while row.casefold() in (other.casefold() for other in taken):
            count += 1
            mark = f" ({count})"
            row = shorten(title, LONGEST_ROW - len(mark)) + mark
        taken.append(row)
    return taken


def shorten(text: str, limit: int) -> str:
    """A text that fits, with an ellipsis where something is missing."""
    if width(text) <= limit:
        return text
    kept = text
    while width(kept) > limit - 1:
        kept = kept[:-1]
    return kept.rstrip() + ELLIPSIS


def width(text: str) -> int:
    """How long a text is for the platform at most."""
    return length(text, utf16_units)


def is_blank(text: str) -> bool:
    """Whether nothing of a text would be seen: such a text is refused."""
    return all(unicodedata.category(one)[0] in "ZC" or one in INVISIBLE for one in text)


def numbered(buttons: Sequence[Button], cards: Sequence[Mapping[str, Any]]) -> list[Button]:
    """The choices that a message shows with numbers, in their order: the cards' come first."""
    return [
        choice
        for group in _groups(buttons, cards)
        if shape_of(group) == Shape.NUMBERS
        for choice in group
    ]


def all_choices(buttons: Sequence[Button], cards: Sequence[Mapping[str, Any]]) -> list[Button]:
    """Every choice of a message, in the order of their numbers where all have one."""
    return [choice for group in _groups(buttons, cards) for choice in group]


def _groups(buttons: Sequence[Button], cards: Sequence[Mapping[str, Any]]) -> list[list[Button]]:
    groups = [*(card.get("buttons") or () for card in cards), buttons]
    return [choices_in(group) for group in groups]


def numbered_in(message: Message) -> list[Button]:
    """The choices that a stored message showed with numbers: all of them in a template."""
    is_free = is_open(message.conversation.last_customer_at, message.at)
    if is_free and message.template is None:
        return numbered(message.buttons, message.cards)
    return all_choices(message.buttons, message.cards)
