"""Whether a codice fiscale may be of somebody: by their name, birth date and sex.

A code that its own row contradicts is evidence of a mistake, not of a person. Names are misspelt,
shortened and swapped, and a married woman may go by her husband's; so only what cannot be one of
these is held against a code.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from codicefiscale import codicefiscale
from rapidfuzz.distance import OSA

from crm.profile.likeness import Likeness, best
from crm.profile.names import also_called, name_key, plain, split_name, words_of
from crm.profile.tax_codes import tax_code_key

MONTHS = "ABCDEHLMPRST"
WOMEN_FROM = 40  # is added to the day of birth
WORDS_OF_SEX = {
    "M": frozenset(("m", "male", "man", "maschio", "uomo")),
    "F": frozenset(("f", "female", "woman", "femmina", "donna")),
}
MISFIT = {Likeness.EXACT: 0, Likeness.MISSING: 0, Likeness.CLOSE: 1, Likeness.ELSE: 2}
DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")


def contradictions(told: Mapping[str, Any]) -> tuple[str, ...]:
    """The fields told together with a `codice_fiscale` that cannot be of its owner.

    Of `given_name`, `family_name` (or `name`), `birth_date` and `sex`; none without a valid code.
    """
    code = tax_code_key(str(told.get("codice_fiscale") or ""))
    if code is None:
        return ()
    given, family = _names(told)
    levels = {
        **dict(zip(("given_name", "family_name"), fit_names(code, given, family), strict=True)),
        "birth_date": fit_birth(code, birth_of(told.get("birth_date")) or ""),
        "sex": _fit_sex(code, told.get("sex")),
    }
    return tuple(field for field, level in levels.items() if level == Likeness.ELSE)


def _names(told: Mapping[str, Any]) -> tuple[str, str]:
    given, family = told.get("given_name"), told.get("family_name")
    if not (given or family) and told.get("name"):
        given, family = split_name(str(told["name"]))
    return str(given or ""), str(family or "")


@lru_cache(maxsize=5_000)
def fit_names(code: str, given: str, family: str) -> tuple[Likeness, Likeness]:
    """How given and family name fit a code, in whichever order they fit better.

    The family name of a woman whose given name fits to the letter is not held against the code.
    """
    straight = _fit_given(code, given), _fit_family(code, family)
    swapped = _fit_given(code, family), _fit_family(code, given)
    fits = straight if _misfits(straight) <= _misfits(swapped) else swapped
    if fits == (Likeness.EXACT, Likeness.ELSE) and _is_woman(code):
        return fits[0], Likeness.MISSING
    return fits


def _misfits(fits: tuple[Likeness, Likeness]) -> int:
    return sum(MISFIT[level] for level in fits)


def _fit_given(code: str, name: str) -> Likeness:
    """How a given name fits; a nickname fits only if the name it stands for does to the letter."""
    written = plain(name)
    fits = _fit(code[3:6], [written, *words_of(written)], codicefiscale.encode_firstname)
    called = {codicefiscale.encode_firstname(other) for other in also_called(name_key(name))}
    return Likeness.CLOSE if fits == Likeness.ELSE and code[3:6] in called else fits


def _fit_family(code: str, name: str) -> Likeness:
    written = plain(name)
    return _fit(code[:3], [written, *words_of(written)], codicefiscale.encode_lastname)


def _fit(part: str, names: Iterable[str], encode: Callable[[str], str]) -> Likeness:
    """How the three letters of a code fit any form of a name; one letter off may be a slip."""
    found = []
    for encoded in (encode(name) for name in names if name_key(name)):
        slips = OSA.distance(encoded, part)
        found.append((Likeness.EXACT, Likeness.CLOSE)[slips] if slips < 2 else Likeness.ELSE)
    return best(found)


def birth_of(written: object) -> str | None:
    """A birth date as "1980-01-31", or None where there is none that can be read."""
    text = str(written or "").strip()[:10]
    day_first = DAY_FIRST.fullmatch(text)
    try:
        if day_first:
            day, month, year = map(int, day_first.groups())
            return date(year, month, day).isoformat()
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return None


def fit_birth(code: str, birth: str) -> Likeness:
    """How a birth date fits a code; day and month swapped, or one digit off, is close."""
    if not birth:
        return Likeness.MISSING
    coded, told = _birth_in(code), (birth[2:4], birth[5:7], birth[8:10])
    if coded == told:
        return Likeness.EXACT
    is_swapped = coded == (told[0], told[2], told[1])
    is_slip = sum(a != b for a, b in zip("".join(coded), "".join(told), strict=True)) == 1
    return Likeness.CLOSE if is_swapped or is_slip else Likeness.ELSE


def contradicts_births(codes: Iterable[str], births: Iterable[str]) -> bool:
    """Whether somebody was born on another day than every code says."""
    levels = [fit_birth(code, birth) for code in codes for birth in births]
    return bool(levels) and all(level == Likeness.ELSE for level in levels)


def names_in_codes(
    codes: Iterable[str], names: Iterable[tuple[str, str]]
) -> tuple[Likeness, Likeness]:
    """What codes say of given and family name where no name is known: close at best."""
    told = list(names)
    fits = [fit_names(code, *name) for code in codes for name in told]
    if not fits:
        return Likeness.MISSING, Likeness.MISSING
    given, family = min(fits, key=_misfits)
    return AS_EVIDENCE[given], AS_EVIDENCE[family]


# Three letters that fit are those of many a name, and nearly right ones say nothing.
AS_EVIDENCE = {
    Likeness.EXACT: Likeness.CLOSE,
    Likeness.CLOSE: Likeness.MISSING,
    Likeness.ELSE: Likeness.ELSE,
    Likeness.MISSING: Likeness.MISSING,
}


def _birth_in(code: str) -> tuple[str, str, str]:
    """Year, month and day, two digits each."""
    day = int(code[9:11]) % WOMEN_FROM
    return code[6:8], f"{MONTHS.index(code[8]) + 1:02}", f"{day:02}"


def _is_woman(code: str) -> bool:
    return int(code[9:11]) > WOMEN_FROM


def _fit_sex(code: str, written: object) -> Likeness:
    word = str(written or "").strip().lower()
    told = next((sex for sex, words in WORDS_OF_SEX.items() if word in words), None)
    if told is None:
        return Likeness.MISSING
    return Likeness.EXACT if (told == "F") == _is_woman(code) else Likeness.ELSE
