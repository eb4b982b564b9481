"""Personal names: their parts and order, how to write them, whether two may be one person's.

Written forms vary by accents, case, apostrophes, particles (De, Di, D', Lo …), double names
written together, nicknames, swapped order and typing errors. All of that is evened out here.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from pathlib import Path

from crm.profile.likeness import Likeness, is_misspelt

DATA = Path(__file__).parent / "data"
APOSTROPHES = str.maketrans("’‘`´ʼ", "'''''")
UNDECOMPOSED = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe"})
WORD = re.compile(r"[^\W\d_]+\.?(?:['-][^\W\d_]+)*'?")
ACCENTED = str.maketrans("aeiou", "àèìòù")

_PARTICLES = (
    "de di da del dello della dei degli delle dal dalla dall d la le lo li san van von der den "
    "dos das el al bin ben o"
)
PARTICLES = frozenset(_PARTICLES.split())
# Particles that, coming first, are given names: Li Wei, Ben Carter, Al Smith.
NAMES_TOO = frozenset(("li", "ben", "al"))

SHORTEST_PART = 4

SOUNDS = (("ph", "f"), ("ck", "k"), ("cqu", "cu"), ("qu", "cu"), ("h", ""), ("k", "c"))
SOUND_LETTERS = str.maketrans("yjwxz", "iivss")
DOUBLED = re.compile(r"(.)\1+")


def plain(text: str) -> str:
    """Without accents and case, with straight apostrophes: "Nicolò" is "nicolo"."""
    folded = text.translate(APOSTROPHES).casefold().translate(UNDECOMPOSED)
    decomposed = unicodedata.normalize("NFKD", folded)
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


@lru_cache(maxsize=10_000)
def name_key(part: str) -> str:
    """The letters alone: "Maria Luisa" and "Marialuisa", "D'Angelo" and "D Angelo" are one."""
    return "".join(sign for sign in plain(part) if sign.isalpha())


def words_of(text: str) -> list[str]:
    """The words of a name as they are written."""
    return WORD.findall(text.translate(APOSTROPHES))


def is_given_name(word: str) -> bool:
    """Whether a word is known as a given name or as a short form of one."""
    return name_key(word) in _given_names()


def is_family_name(word: str) -> bool:
    """Whether a word is known as a family name."""
    return name_key(word) in _family_names()


def is_particle(word: str) -> bool:
    """Whether a word, such as "de" or "Lo", only begins a family name."""
    return name_key(word) in PARTICLES


def split_name(full: str | None) -> tuple[str | None, str | None]:
    """Given and family name, whatever their order; None for what is not there.

    Names that may be either are taken in the order in which they are written.
    """
    units = _units(words_of(full or ""))
    if not units:
        return None, None
    given, family = max(_divisions(units), key=_plausibility)
    return display_name(" ".join(given)) or None, display_name(" ".join(family)) or None


def _units(words: Sequence[str]) -> list[str]:
    """Words with the particles before them: "maria", "luisa", "de santis"."""
    units: list[str] = []
    pending: list[str] = []
    for place, word in enumerate(words):
        pending.append(word)
        if place == len(words) - 1 or not _leads_on(word, is_first=place == 0):
            units.append(" ".join(pending))
            pending = []
    return units


def _leads_on(word: str, *, is_first: bool) -> bool:
    return is_particle(word) and not (is_first and name_key(word) in NAMES_TOO)


Division = tuple[list[str], list[str]]

# "Maria Pia" is one given name, "Mario Rosi" a given and a family name.
BEGIN_DOUBLE_NAMES = frozenset({"maria", "anna", "gian", "pier", "rosa"})


def _divisions(units: list[str]) -> Iterable[Division]:
    """Every way to tell given from family names; earlier ones win when equally plausible."""
    if len(units) == 1:
        return [([], units)] if _is_family(units[0]) else [(units, [])]
    cuts = range(len(units) - 1, 0, -1)
    written = [(units[:cut], units[cut:]) for cut in cuts]
    swapped = [(units[-cut:], units[:-cut]) for cut in cuts]
    return [*written, *swapped, (units, [])]


def _is_family(unit: str) -> bool:
    """Whether a name that stands alone is a family name; an unknown one is a given name."""
    return " " in unit or (is_family_name(unit) and not is_given_name(unit))


def _plausibility(division: Division) -> float:
    given, family = division
    lone = 0.5 if len(family) == 1 else 0.0
    double = 1.0 if not family and name_key(given[0]) in BEGIN_DOUBLE_NAMES else 0.0
    return sum(map(_as_given, given)) + sum(map(_as_family, family)) + lone + double


def _as_given(unit: str) -> float:
    if " " in unit:
        return -2.0
    if not is_given_name(unit):
        return -1.5 if is_family_name(unit) else 0.0
    return 1.0 if is_family_name(unit) or not _is_full_local_name(unit) else 2.0


def _as_family(unit: str) -> float:
    if is_family_name(unit):
        return 1.5 if is_given_name(unit) else 2.0
    if is_given_name(unit):
        return -1.0 if _is_full_local_name(unit) else 0.75
    return 2.0 if " " in unit else 0.5


@lru_cache(maxsize=10_000)
def display_name(text: str) -> str:
    """With proper capitals: "d'angelo" is "D'Angelo", "DE LUCA" is "De Luca"."""
    return " ".join(_display_word(word) for word in words_of(text))


def _display_word(word: str) -> str:
    if word[0].isupper() and any(sign.islower() for sign in word) and not word.endswith("'"):
        return word
    lower = word.lower()
    if lower.endswith("'"):
        lower = lower[:-2] + lower[-2].translate(ACCENTED)
    lower = re.sub(r"(^|['-])([^\W\d_])", lambda at: at.group(1) + at.group(2).upper(), lower)
    return re.sub(r"^Mc([a-z])(?=[a-z]{3})", lambda at: f"Mc{at.group(1).upper()}", lower)


@lru_cache(maxsize=10_000)
def compare_given(one: str, other: str) -> Likeness:
    """Compare the keys of two given names.

    Two names that both exist are two people however alike they look: Mario is not Maria, nor Luca
    Lucia. They may be one person's only as nicknames or parts of each other.
    """
    if not one or not other:
        return Likeness.MISSING
    if one == other:
        return Likeness.EXACT
    if one in also_called(other) or _is_part(one, other) or _is_part(other, one):
        return Likeness.CLOSE
    if sound(one) == sound(other) or _is_initial(one, other):
        return Likeness.CLOSE
    if _is_shortened(one, other) or _is_shortened(other, one):
        return Likeness.CLOSE
    may_be_slip = is_misspelt(one, other) and not _are_two_names(one, other)
    return Likeness.CLOSE if may_be_slip else Likeness.ELSE


def _are_two_names(one: str, other: str) -> bool:
    """Whether both exist; rare ones are rather slips, unless the ending differs: Amine, Amina.

    One that only lacks the last letter is a slip too, although Stefan and Luis exist.
    """
    if not (one in _given_names() and other in _given_names()):
        return False
    if one[:-1] == other or other[:-1] == one:
        return False
    return (one in _local_names() and other in _local_names()) or one[-1] != other[-1]


@lru_cache(maxsize=10_000)
def compare_family(one: str, other: str) -> Likeness:
    """Compare the keys of two family names; one may be a part of a double one."""
    if not one or not other:
        return Likeness.MISSING
    if one == other:
        return Likeness.EXACT
    shorter, longer = sorted((one, other), key=len)
    is_part = len(shorter) >= 4 and (longer.startswith(shorter) or longer.endswith(shorter))
    close = is_part or is_misspelt(one, other) or sound(one) == sound(other)
    return Likeness.CLOSE if close else Likeness.ELSE


def _is_part(part: str, whole: str) -> bool:
    """Whether a name is one of a double name's: maria, luisa and marialuisa; not aldo, ronaldo."""
    rest = whole.removeprefix(part) if whole.startswith(part) else whole.removesuffix(part)
    if rest == whole or min(len(part), len(rest)) < SHORTEST_PART:
        return False
    return part in _given_names() and rest in _given_names()


def _is_initial(one: str, other: str) -> bool:
    return min(len(one), len(other)) == 1 and one[0] == other[0]


def _is_shortened(short: str, whole: str) -> bool:
    """Whether of a double name one is an initial: "M. Luisa" and "Maria L." for "Maria Luisa"."""
    if len(short) >= len(whole) or short[0] != whole[0] or short in _given_names():
        return False
    return _share_part(short[1:], whole.removesuffix(short[1:]), whole) or (
        _share_part(short[:-1], whole.removeprefix(short[:-1]), whole)
        and whole[len(short) - 1] == short[-1]
    )


def _share_part(part: str, rest: str, whole: str) -> bool:
    """Whether a double name is that part and another name."""
    return rest != whole and part in _given_names() and rest in _given_names()


@lru_cache(maxsize=10_000)
def sound(key: str) -> str:
    """Roughly how a name sounds to an Italian ear: Katia and Catia, Matteo and Mateo are one."""
    for written, heard in SOUNDS:
        key = key.replace(written, heard)
    return DOUBLED.sub(r"\1", key.translate(SOUND_LETTERS))


def also_called(key: str) -> frozenset[str]:
    """The keys of all names that someone of this name may go by: Pippo for Giuseppe, and back."""
    return _nicknames().get(key, frozenset())


@cache
def _nicknames() -> dict[str, frozenset[str]]:
    called: dict[str, set[str]] = {}
    for line in _lines("nicknames.txt"):
        formal, short = line.split(":")
        for nickname in short.split(","):
            called.setdefault(name_key(formal), set()).add(name_key(nickname))
            called.setdefault(name_key(nickname), set()).add(name_key(formal))
    return {name: frozenset(others - {name}) for name, others in called.items()}


@cache
def _given_names() -> frozenset[str]:
    return _local_names() | frozenset(map(name_key, _lines("given_names_abroad.txt")))


@cache
def _full_local_names() -> frozenset[str]:
    return frozenset(map(name_key, _lines("given_names.txt")))


def _is_full_local_name(unit: str) -> bool:
    """Neither a nickname nor a name from abroad: those stand for family names as well."""
    return name_key(unit) in _full_local_names()


@cache
def _local_names() -> frozenset[str]:
    return _full_local_names() | frozenset(_nicknames())


@cache
def _family_names() -> frozenset[str]:
    return frozenset(map(name_key, _lines("family_names.txt")))


def _lines(file: str) -> list[str]:
    lines = (DATA / file).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]
