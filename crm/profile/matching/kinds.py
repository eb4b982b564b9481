"""The kinds of fields that records may have: how to even a value out, compare two, block by one."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from crm.profile.emails import compare_emails, email_key
from crm.profile.likeness import Likeness, is_misspelt
from crm.profile.matching.customers import compare_caps, compare_numbers
from crm.profile.names import compare_family, compare_given, name_key, plain, sound
from crm.profile.phones import normalise_phone
from crm.profile.places import normalise_cap
from crm.profile.tax_codes import tax_code_key

CLOSE_TEXT = 0.75


@dataclass(frozen=True, eq=False)
class Kind:
    """What a field holds.

    Attributes:
        even_out: the value as it is compared; empty when there is none.
        compare: the level of two such values, neither of them empty.
        block: what two values have in common that may be one person's.
    """

    even_out: Callable[[str], str]
    compare: Callable[[str, str], Likeness]
    block: Callable[[str], str] = str


class UnknownKind(ValueError):
    """A mapping names a kind of field that does not exist."""

    def __init__(self, kind: str) -> None:
        super().__init__(
            f"unknown kind of field {kind!r}; use one of: id, name, {', '.join(KINDS)}"
        )


def _alphanumeric(value: str) -> str:
    return re.sub(r"\W|_", "", value).upper()


def _words(value: str) -> str:
    return " ".join(re.findall(r"\w+", plain(value)))


def _digits(value: str) -> str:
    return re.sub(r"\D", "", value)


def _email(value: str) -> str:
    return email_key(value) if "@" in value else ""


def _compare_text(one: str, other: str) -> Likeness:
    """Whole phrases, in which words may be swapped or misspelt."""
    if one == other:
        return Likeness.EXACT
    straight = OSA.normalized_similarity(one, other, score_cutoff=CLOSE_TEXT)
    sorted_words = (" ".join(sorted(text.split())) for text in (one, other))
    alike = straight or OSA.normalized_similarity(*sorted_words, score_cutoff=CLOSE_TEXT)
    return Likeness.CLOSE if alike >= CLOSE_TEXT else Likeness.ELSE


def _compare_short(one: str, other: str) -> Likeness:
    """Codes and house numbers: one error at most, and not in the shortest."""
    if one == other:
        return Likeness.EXACT
    return Likeness.CLOSE if is_misspelt(one[:8], other[:8]) else Likeness.ELSE


def _compare_dates(one: str, other: str) -> Likeness:
    """Dates as digits, year first or last: one digit wrong, two swapped, or day and month."""
    if one == other:
        return Likeness.EXACT
    if OSA.distance(one, other) <= 1 or _swapped_parts(one) == other:
        return Likeness.CLOSE
    same = sum(a == b for a, b in zip(_parts(one), _parts(other), strict=True))
    return Likeness.CLOSE if same == 2 else Likeness.ELSE


def _parts(date: str) -> tuple[str, str, str]:
    return date[:4], date[4:6], date[6:]


def _swapped_parts(date: str) -> str:
    return date[:4] + date[6:] + date[4:6]


KINDS: Mapping[str, Kind] = {
    "given_name": Kind(name_key, compare_given, sound),
    "family_name": Kind(name_key, compare_family, sound),
    "email": Kind(_email, compare_emails),
    "phone": Kind(lambda value: normalise_phone(value) or _digits(value), compare_numbers),
    "cap": Kind(lambda value: normalise_cap(value) or "", compare_caps),
    "postcode": Kind(_alphanumeric, compare_numbers),
    "codice_fiscale": Kind(lambda value: tax_code_key(value) or "", compare_numbers),
    "identifier": Kind(_alphanumeric, compare_numbers),
    "date": Kind(_digits, _compare_dates),
    "text": Kind(_words, _compare_text),
    "number": Kind(_alphanumeric, _compare_short),
    "category": Kind(_words, _compare_short),
}


def kind_of(name: str) -> Kind:
    """The kind of this name.

    Raises:
        UnknownKind
    """
    if name not in KINDS:
        raise UnknownKind(name)
    return KINDS[name]
