"""Reads who somebody is from what they write, however they write it.

One fact or several, in any order, in Italian or English, in a sentence or bare; with the slips of
hurried fingers. What is no fact is left alone.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from crm.profile.emails import read_without_at
from crm.profile.name_spotting import NameSpot, spot_name
from crm.profile.names import display_name, split_name
from crm.profile.spotting import BLANK, Spot, spot_facts

CORRECTED = re.compile(
    r"\b(?:anzi|scusa|scusi|sorry|no|ma|but|correggo|volevo\s+dire|actually|i\s+mean)\b",
    re.IGNORECASE,
)
LOOSE_END = (
    r"(?:e|ed|o|and|io|il|lo|la|ma|but|ecco|questi|sono|i|miei|dati|qui|here|are|my|details|a|di)"
)
BEFORE_GAP = re.compile(rf"(?:[\s,;:(\[-]|\b{LOOSE_END}\b)*{BLANK}", re.IGNORECASE)
AFTER_GAP = re.compile(
    rf"{BLANK}(?:[\s,;:)\]-]|(?<={BLANK})\.|\b(?:e|ed|and|ma|but|o)\b)*", re.IGNORECASE
)


@dataclass(frozen=True)
class Facts:
    """What somebody says of themselves. True when it is anything at all."""

    email: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    cap: str | None = None
    codice_fiscale: str | None = None
    phone: str | None = None

    @property
    def name(self) -> str | None:
        """The full name, as far as it is known."""
        return " ".join(part for part in (self.given_name, self.family_name) if part) or None

    def __bool__(self) -> bool:
        return any(getattr(self, field) for field in self.__dataclass_fields__)


def read_facts(text: str, expected: str | None = None, names: Sequence[str] = ()) -> Facts:
    """The facts in a text.

    Args:
        text: what was written.
        expected: what was asked for, "email", "person_name" or "cap": a bare value is that.
        names: what the language model took for personal names; preferred.
    """
    spots, rest = spot_facts(text, expected)
    name = spot_name(rest, is_expected=expected == "person_name", names=names)
    given, family = _parts(name)
    found = {
        kind: _chosen(text, spots, kind) for kind in ("email", "cap", "codice_fiscale", "phone")
    }
    if expected == "email" and not found["email"]:
        found["email"] = read_without_at(text)
    return Facts(given_name=given, family_name=family, **found)


def _parts(spot: NameSpot | None) -> tuple[str | None, str | None]:
    if spot is None:
        return None, None
    if spot.family:
        return display_name(spot.words) or None, display_name(spot.family)
    return split_name(spot.words)


def _chosen(text: str, spots: Iterable[Spot], kind: str) -> str | None:
    """The first that is not denied, unless a later one corrects it."""
    chosen: Spot | None = None
    for spot in spots:
        if spot.kind != kind or spot.denied:
            continue
        if chosen is None or CORRECTED.search(text[chosen.end : spot.value_start]):
            chosen = spot
    return chosen.value if chosen else None


def without_facts(text: str) -> str:
    """What else a text says: the facts and the words that introduce them are taken out."""
    spots, rest = spot_facts(text)
    name = spot_name(rest)
    taken = [(spot.start, spot.end) for spot in spots]
    if name:
        taken.append((name.start, name.end))
    for start, end in taken:
        text = text[:start] + BLANK * (end - start) + text[end:]
    return _close_gaps(text) if taken else text.strip()


def _close_gaps(text: str) -> str:
    text = re.sub(rf"{BLANK}+", BLANK, text)
    before = None
    while before != text:
        before = text
        text = BEFORE_GAP.sub(f" {BLANK}", text)
        text = AFTER_GAP.sub(f"{BLANK} ", text)
        text = re.sub(rf"{BLANK}\s*{BLANK}", BLANK, text)
    head, *others = (part.strip() for part in text.split(BLANK))
    for part in others:
        head = _joined(head, part)
    return head.strip(" ,;:-")


def _joined(head: str, tail: str) -> str:
    if not head or not tail:
        return head or tail
    return f"{head} {tail}" if head[-1] in ".!?" or tail[0] in ".!?" else f"{head}, {tail}"
