"""Telephone numbers: found in a text, brought to one form (+39…), Italian where not said."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from phonenumbers import Leniency, NumberParseException, PhoneNumberFormat, PhoneNumberMatcher

REGION = "IT"


@dataclass(frozen=True)
class FoundPhone:
    """A number and where in the text it is written."""

    number: str
    start: int
    end: int


def find_phones(text: str) -> Iterator[FoundPhone]:
    """All valid telephone numbers in a text."""
    for found in PhoneNumberMatcher(text, REGION, leniency=Leniency.VALID):
        number = phonenumbers.format_number(found.number, PhoneNumberFormat.E164)
        yield FoundPhone(number, found.start, found.end)


@lru_cache(maxsize=5_000)
def normalise_phone(written: str) -> str | None:
    """The number as "+393331234567", or None when there can be no such number."""
    try:
        number = phonenumbers.parse(written, REGION)
    except NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)
