"""Texts for platforms: made storable, measured as the platform measures, split where one may."""

import re
import unicodedata
from collections.abc import Callable, Iterator

# A zero byte cannot be stored in PostgreSQL, half a surrogate pair not in UTF-8.
UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
LAST_OF_PLANE_ZERO = "\uffff"
ZERO_WIDTH_JOINER = "\u200d"
VARIATION_SELECTORS = ("\ufe0e", "\ufe0f")
LONGEST_CLUSTER = 32

# Where a text is split, the best place first: paragraphs, lines, sentences, words.
SEAMS = (re.compile(r"\n\s*\n"), re.compile(r"\n"), re.compile(r"[.!?…]+\s"), re.compile(r"\s"))
EARLIEST_SEAM = 0.5

Width = Callable[[str], int]


def clean(text: str) -> str:
    """A text that every database can store and every encoder can encode."""
    return UNSTORABLE.sub(REPLACEMENT, text)


def one(_: str) -> int:
    """The width of a character where characters are counted."""
    return 1


def utf16_units(character: str) -> int:
    """The width of a character where UTF-16 code units are counted: an emoji has two."""
    return 2 if character > LAST_OF_PLANE_ZERO else 1


def length(text: str, width: Width = one) -> int:
    """How long a text is in a platform's measure."""
    return sum(map(width, text))


def split_text(text: str, limit: int, width: Width = one) -> list[str]:
    """The text in parts of at most `limit`, split between paragraphs, lines, sentences or words.

    Only white space at the seams is lost. A text that fits is one part, white space alone none.
    """
    return list(_parts(text, limit, width))


def _parts(text: str, limit: int, width: Width) -> Iterator[str]:
    rest = text.strip()
    while rest:
        fits = _fitting(rest, limit, width)
        if fits == len(rest):
            yield rest
            return
        cut = _seam(rest, fits)
        yield rest[:cut].rstrip()
        rest = rest[cut:].lstrip()


def _fitting(text: str, limit: int, width: Width) -> int:
    """How many characters from the beginning fit; one at least."""
    used = 0
    for count, character in enumerate(text):
        used += width(character)
        if used > limit:
            return max(count, 1)
    return len(text)


def _seam(text: str, fits: int) -> int:
    """Where to cut: after the last good seam, else between two characters.

    Every seam ends in white space, which is dropped and so may be one too many.
    """
    for pattern in SEAMS:
        earliest = 1 if pattern is SEAMS[-1] else fits * EARLIEST_SEAM
        ends = [found.end() for found in pattern.finditer(text, 0, fits + 1)]
        good = [end for end in ends if end >= earliest]
        if good:
            return good[-1]
    return _between_clusters(text, fits)


def _between_clusters(text: str, cut: int) -> int:
    """Step back from the middle of an emoji or of a letter and its accent."""
    for place in range(cut, max(cut - LONGEST_CLUSTER, 0), -1):
        if not _joined(text[place - 1], text[place]):
            return place
    return cut


def _joined(left: str, right: str) -> bool:
    return (
        ZERO_WIDTH_JOINER in (left, right)
        or right in VARIATION_SELECTORS
        or "\U0001f3fb" <= right <= "\U0001f3ff"
        or bool(unicodedata.combining(right))
    )
