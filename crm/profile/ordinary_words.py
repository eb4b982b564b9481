"""Which words are ordinary ones: no sentence must be taken for a name."""

from functools import cache
from pathlib import Path

from crm.profile.names import is_family_name, name_key

COMMON_WORDS = Path(__file__).parent / "data" / "common_words.txt"

# What may stand before an apostrophe in a name: D'Elia, O'Hara, Dell'Orto, L'Abbate.
NAME_HEADS = ("d", "o", "dell", "dall", "l", "sant")


def is_ordinary(word: str) -> bool:
    """Whether a word is an ordinary one; it may be a name besides, such as "rosa"."""
    if len(word) == 1 or "'" in word[1:-1] or "’" in word[1:-1]:
        return not is_family_name(word) and _is_elided(word)
    return word.lower().strip(".'’") in _common_words() or name_key(word) in _plain_common_words()


def _is_elided(word: str) -> bool:
    """Whether a word with an apostrophe is ordinary, "l'ordine" or "don't"; not D'Elia, O'Hara."""
    head, _, tail = word.lower().replace("’", "'").partition("'")
    return not tail or head not in NAME_HEADS or is_ordinary(tail)


@cache
def _common_words() -> frozenset[str]:
    lines = COMMON_WORDS.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))


@cache
def _plain_common_words() -> frozenset[str]:
    """Without accents, as many people type: "perche", "piu"."""
    return frozenset(map(name_key, _common_words()))
