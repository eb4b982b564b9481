"""The codice fiscale: checked, its omocodia variants made one.

It is evidence, never the key of a profile (R1): it is not asked for, may be mistyped, and anybody
who knows name, birth date and birthplace can compute it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from codicefiscale import codicefiscale

WRITTEN = re.compile(
    r"(?<![A-Z0-9])"
    r"[A-Z]{6}\s?[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}\s?"
    r"[A-Z][0-9LMNPQRSTUV]{3}\s?[A-Z]"
    r"(?![A-Z0-9])",
    re.IGNORECASE,
)
# Where omocodia puts a letter in the place of a digit, so that two people have two codes.
DIGIT_PLACES = (6, 7, 9, 10, 12, 13, 14)
LETTER_TO_DIGIT = str.maketrans("LMNPQRSTUV", "0123456789")


@dataclass(frozen=True)
class FoundTaxCode:
    """A code and where in the text it is written."""

    code: str
    start: int
    end: int


def find_tax_codes(text: str) -> Iterator[FoundTaxCode]:
    """All valid codes in a text."""
    for written in WRITTEN.finditer(text):
        code = normalise_tax_code(written.group())
        if code:
            yield FoundTaxCode(code, written.start(), written.end())


def normalise_tax_code(written: str) -> str | None:
    """The code in capitals without spaces, or None if its check letter or its parts are wrong."""
    code = "".join(written.split()).upper()
    return code if WRITTEN.fullmatch(code) and codicefiscale.is_valid(code) else None


def tax_code_key(written: str) -> str | None:
    """The code as it was before omocodia, without its check letter; equal for all variants."""
    code = "".join(written.split()).upper()
    if not WRITTEN.fullmatch(code) or codicefiscale.encode_cin(code) != code[15]:
        return None
    signs = list(code[:15])
    for place in DIGIT_PLACES:
        signs[place] = signs[place].translate(LETTER_TO_DIGIT)
    return "".join(signs)
