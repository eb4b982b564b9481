"""Buttons as Telegram shows them: keys under a message, or a numbered list where they are too many.

A key carries an opaque token of at most 64 bytes; a link only leads to an address that everybody
can reach. Whatever cannot be a key is written into the text, so that nothing is out of reach.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crm.conversation.models import Message
from integrations.channels.shared_links import absolute, is_public
from integrations.channels.shared_text import clean
from integrations.channels.telegram.blank import is_blank

LONGEST_TOKEN_BYTES = 64
# What a telephone shows of a key, and how many keys one looks through; Telegram itself takes 100.
LONGEST_TITLE = 40
MOST_CHOICES = 12
MOST_KEYS = 100
KEYS_PER_ROW = 8
SHORT_KEYS_PER_ROW = 3
ROW_WIDTH = 26
NO_TITLE = "•"

Button = Mapping[str, Any]


@dataclass(frozen=True)
class Key:
    """A key: it sends back a token, opens a link, or shares the customer's own contact."""

    title: str
    token: str = ""
    url: str = ""
    contact: bool = False


Rows = tuple[tuple[Key, ...], ...]


@dataclass(frozen=True)
class Panel:
    """Rows of keys, and lines that belong into the text above them."""

    rows: Rows = ()
    lines: tuple[str, ...] = ()


def make_panel(buttons: Sequence[Button], base: str, first: int = 1) -> Panel:
    """The keys and lines of some buttons.

    Args:
        base: our own address, to complete links with.
        first: the number to begin with where they are numbered.
    """
    contact = [Key(title_of(button), contact=True) for button in buttons if button.get("contact")]
    if contact:  # Telegram shows these in place of the keyboard, alone
        return Panel((tuple(contact),))
    choices = [button for button in buttons if is_choice(button)]
    links, lines = _links([button for button in buttons if not is_choice(button)], base)
    if must_be_numbered(choices):
        lines = [*_numbered_lines(choices, first), *lines]
        keys = _number_keys(choices, first)
        rows = _in_rows(keys[: MOST_KEYS - len(links)], KEYS_PER_ROW)
    else:
        rows = _by_width([Key(title_of(one), token=one["payload"]) for one in choices])
    return Panel((*rows, *((link,) for link in links)), tuple(lines))


def is_choice(button: Button) -> bool:
    """Whether a button is to be pressed, not a link."""
    return isinstance(button.get("payload"), str) and bool(button["payload"])


def must_be_numbered(choices: Sequence[Button]) -> bool:
    """Whether keys would be too many, too long to read, or impossible."""
    return len(choices) > MOST_CHOICES or any(
        len(title_of(choice)) > LONGEST_TITLE or not _is_sendable(choice) for choice in choices
    )


def numbered(buttons: Sequence[Button], cards: Sequence[Mapping[str, Any]]) -> list[Button]:
    """The choices that a message shows with numbers, in their order: the cards' come first."""
    groups = [*(card.get("buttons") or () for card in cards), buttons]
    return [choice for group in groups for choice in _numbered_of(group)]


def _numbered_of(buttons: Iterable[Button]) -> list[Button]:
    choices = [button for button in buttons if is_choice(button)]
    return choices if must_be_numbered(choices) else []


def numbered_in(message: Message) -> list[Button]:
    """The choices that a stored message showed with numbers."""
    return numbered(message.buttons, message.cards)


def title_of(button: Button) -> str:
    """A button's title in one line."""
    title = " ".join(clean(str(button.get("title") or "")).split())
    return NO_TITLE if is_blank(title) else title


def _is_sendable(choice: Button) -> bool:
    token = choice["payload"]
    return token == clean(token) and len(token.encode()) <= LONGEST_TOKEN_BYTES


def _links(buttons: Iterable[Button], base: str) -> tuple[list[Key], list[str]]:
    """Links as keys where Telegram takes them, as lines of text where it would not."""
    keys: list[Key] = []
    lines: list[str] = []
    for button in buttons:
        title, url = title_of(button), absolute(clean(str(button.get("url") or "")), base)
        if is_public(url) and len(title) <= LONGEST_TITLE and len(keys) < MOST_KEYS - MOST_CHOICES:
            keys.append(Key(title, url=url))
        else:
            lines.append(f"{title}: {url}" if url else title)
    return keys, lines


def _numbered_lines(choices: Sequence[Button], first: int) -> Iterator[str]:
    return (f"{number}. {title_of(choice)}" for number, choice in enumerate(choices, first))


def _number_keys(choices: Sequence[Button], first: int) -> list[Key]:
    return [
        Key(str(number), token=choice["payload"])
        for number, choice in enumerate(choices, first)
        if _is_sendable(choice)
    ]


def _in_rows(keys: Sequence[Key], per_row: int) -> list[tuple[Key, ...]]:
    return [tuple(keys[start : start + per_row]) for start in range(0, len(keys), per_row)]


def _by_width(keys: Iterable[Key]) -> list[tuple[Key, ...]]:
    """Short keys side by side, long ones alone."""
    rows: list[list[Key]] = []
    for key in keys:
        row = rows[-1] if rows else []
        widest = max(len(one.title) for one in (*row, key))
        fits = widest * (len(row) + 1) <= ROW_WIDTH  # all keys of a row are equally wide
        if row and fits and len(row) < SHORT_KEYS_PER_ROW:
            row.append(key)
        else:
            rows.append([key])
    return [tuple(row) for row in rows]
