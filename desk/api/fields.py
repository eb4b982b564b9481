"""The values that requests may carry, checked and brought into one form."""

import re
import unicodedata
from base64 import b64decode
from typing import Annotated, Any

from email_validator import EmailNotValidError, validate_email
from fastapi import Path, Query
from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from crm.profile.phones import normalise_phone
from desk.sending import LONGEST_TITLE

LARGEST_ID = 2**31 - 1
LARGEST_SEQ = LARGEST_ID
LARGEST_NUMBER = 2**53
LONGEST_TEXT = 4000
# Folded to small letters, a tag may grow by a few characters.
LONGEST_TAG = 25
LARGEST_FILE = 64 * 1024 * 1024
VISIBLE = re.compile(r"\S")

# Control characters other than line breaks and tabs, and halves of surrogate pairs.
CONTROL = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f"
UNPRINTABLE = re.compile(rf"[{CONTROL}\ud800-\udfff]")
PRINTABLE = rf"^[^{CONTROL}]*$"
SAYS_SOMETHING = rf"^[^{CONTROL}]*[^{CONTROL}\s][^{CONTROL}]*$"


def _printable(text: str) -> str:
    if UNPRINTABLE.search(text):
        raise ValueError("it holds characters that cannot be stored; leave them out")
    return text


def _said(text: str) -> str:
    if not VISIBLE.search(text):
        raise ValueError("write something")
    return _printable(text).strip()


def _normal_name(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(_said(text).split()))


def _normal_email(text: str) -> str:
    try:
        return validate_email(text, check_deliverability=False).normalized.lower()
    except EmailNotValidError as problem:
        raise ValueError(f"it is not an e-mail address, {problem}") from None


def _normal_phone(text: str) -> str:
    number = normalise_phone(text)
    if number is None:
        raise ValueError(
            "there is no such phone number; write it like 0464 123456 or +39 340 1234567"
        )
    return number


def _decoded(value: object) -> bytes:
    if not isinstance(value, str):
        raise ValueError("write it in base64")
    try:
        return b64decode(value, validate=True)
    except ValueError:
        raise ValueError("it is not base64") from None


def _schema(**schema: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", **schema})


def _spoken(longest: int) -> WithJsonSchema:
    return _schema(minLength=1, maxLength=longest, pattern=SAYS_SOMETHING)


Written = Annotated[
    str,
    Field(max_length=LONGEST_TEXT),
    AfterValidator(_said),
    _spoken(LONGEST_TEXT),
]
Remark = Annotated[
    str,
    Field(max_length=1000, pattern=PRINTABLE),
    AfterValidator(_printable),
    AfterValidator(str.strip),
]
Name = Annotated[
    str,
    AfterValidator(_normal_name),
    Field(max_length=80),
    _spoken(80),
]
Email = Annotated[
    str, Field(max_length=254), AfterValidator(_normal_email), _schema(format="email")
]
Phone = Annotated[
    str,
    Field(max_length=40),
    AfterValidator(_normal_phone),
    _schema(maxLength=40, examples=["+39 0464 123456"]),
]
Cap = Annotated[str, Field(pattern=r"^[0-9]{5}$", examples=["38068"])]
Language = Annotated[str, Field(pattern=r"^[a-z]{2}$", examples=["it"])]

Tag = Annotated[
    str,
    AfterValidator(_normal_name),
    Field(max_length=LONGEST_TAG),
    _spoken(LONGEST_TAG),
]
Title = Annotated[
    str,
    AfterValidator(_normal_name),
    Field(max_length=LONGEST_TITLE),
    _spoken(LONGEST_TITLE),
]
Encoded = Annotated[
    bytes,
    Field(max_length=LARGEST_FILE),
    BeforeValidator(_decoded),
    _schema(contentEncoding="base64", description="The file, in base64."),
]

TraitName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
TraitText = Annotated[
    str,
    Field(max_length=500),
    AfterValidator(_said),
    _spoken(500),
]
TraitValue = (
    Annotated[bool, Field(strict=True)]
    | Annotated[int, Field(strict=True, ge=-LARGEST_NUMBER, le=LARGEST_NUMBER)]
    | Annotated[float, Field(strict=True, allow_inf_nan=False)]
    | TraitText
    | Annotated[list[TraitText], Field(max_length=50)]
)

Id = Annotated[int, Path(ge=1, le=LARGEST_ID)]
Words = Annotated[
    str, Query(max_length=200, pattern=PRINTABLE, description="Words to look for; empty: all.")
]
Channel = Annotated[
    str, Query(max_length=16, pattern=r"^[a-z_]*$", description="For example webchat; empty: all.")
]
TagInPath = Annotated[str, Path(min_length=1, max_length=LONGEST_TAG, pattern=PRINTABLE)]
Tagged = Annotated[
    str, Query(max_length=LONGEST_TAG, pattern=PRINTABLE, description="A tag; empty: any.")
]
Whose = Annotated[
    str, Query(max_length=80, pattern=PRINTABLE, description="Who has it; empty: anybody.")
]
