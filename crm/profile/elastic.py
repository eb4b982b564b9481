"""A company's own fields, declared in YAML: what they hold, who may see them, how long (R2, R4).

Values are traits like any other: no migration, each with kind, source and time.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from math import isfinite
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from crm.profile.keys import IDENTIFYING
from crm.profile.models import TraitKind
from crm.staff.models import Role

NAME = r"^[a-z][a-z0-9_]{0,59}$"
LONGEST_TEXT = 500
LONGEST_LIST = 50
YES, NO = ("true", "yes", "si", "sì", "s", "y", "1", "x"), ("false", "no", "n", "0")


class FieldType(StrEnum):
    """What a field holds."""

    TEXT = "text"
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATE = "date"
    CHOICE = "choice"
    LIST = "list"


class BadFields(ValueError):
    """The declaration of the own fields cannot be understood."""


class BadValue(ValueError):
    """A value does not fit its field; the sentence says what would."""


class OwnField(BaseModel):
    """One field of the company's own.

    Attributes:
        title: what to call it, by language.
        choices: the values of a choice, or of the entries of a list.
        kind: how its values usually come to be known.
        seen_by: the roles of the staff that may see it.
        keep_days: for how long a value is kept; None for as long as the profile.
        searchable: whether the staff's search looks into it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: dict[str, str] = Field(default_factory=dict)
    type: FieldType = FieldType.TEXT
    choices: list[str] = Field(default_factory=list)
    least: float | None = None
    most: float | None = None
    kind: TraitKind = TraitKind.EXPLICIT
    seen_by: list[Role] = Field(default_factory=lambda: list(Role))
    keep_days: Annotated[int, Field(ge=1)] | None = None
    searchable: bool = False

    @model_validator(mode="after")
    def _hangs_together(self) -> "OwnField":
        if self.type == FieldType.CHOICE and not self.choices:
            raise ValueError("a choice needs 'choices'")
        if self.choices and self.type not in (FieldType.CHOICE, FieldType.LIST):
            raise ValueError("only a choice or a list has 'choices'")
        return self


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")
    fields: dict[Annotated[str, Field(pattern=NAME)], OwnField] = Field(default_factory=dict)


@dataclass(frozen=True)
class OwnFields:
    """All own fields of a company, by name; traits that are not declared may hold anything."""

    by_name: Mapping[str, OwnField] = field(default_factory=dict)

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_name)

    def get(self, name: str) -> OwnField | None:
        """A field, if it is declared."""
        return self.by_name.get(name)

    def hidden_from(self, role: Role) -> frozenset[str]:
        """The fields that a role may not see."""
        return frozenset(name for name, one in self.by_name.items() if role not in one.seen_by)

    def check(self, name: str, value: Any) -> Any:
        """The value in the form in which it is stored.

        Raises:
            BadValue
        """
        declared = self.by_name.get(name)
        if declared is None:
            return value
        try:
            return check_value(declared, value)
        except BadValue as problem:
            raise BadValue(f"{name}: {problem}") from None

    @cached_property
    def searchable(self) -> tuple[str, ...]:
        """The fields that the staff's search looks into."""
        return tuple(name for name, one in self.by_name.items() if one.searchable)


def read_fields(path: Path) -> OwnFields:
    """The fields that a file declares; none when there is no such file.

    Raises:
        BadFields: one sentence for each mistake.
    """
    if not path.exists():
        return OwnFields()
    try:
        written = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        found = _File.model_validate(written).fields
    except (yaml.YAMLError, UnicodeDecodeError) as problem:
        raise BadFields(f"{path} is not YAML: {' '.join(str(problem).split())}") from None
    except ValidationError as problem:
        raise BadFields("\n".join(_sentence(path, one) for one in problem.errors())) from None
    taken = sorted(set(found) & {*IDENTIFYING, "language"})
    if taken:
        raise BadFields(f"{path}: {taken[0]} is a field of every profile; choose another name.")
    return OwnFields(found)


def _sentence(path: Path, error: Any) -> str:
    place = ".".join(str(part) for part in error["loc"])
    reason = str(error["msg"]).removeprefix("Value error, ").rstrip(".")
    return f"{path}: {place or 'the file'}: {reason[:1].lower()}{reason[1:]}."


def check_value(declared: OwnField, value: Any) -> Any:
    """A value in the form in which it is stored: text, number, true or false, ISO date, list.

    Raises:
        BadValue
    """
    match declared.type:
        case FieldType.NUMBER | FieldType.INTEGER:
            return _number(declared, value)
        case FieldType.BOOLEAN:
            return _truth(value)
        case FieldType.DATE:
            return _day(value)
        case FieldType.LIST:
            return _list(declared, value)
        case FieldType.CHOICE:
            return _chosen(declared.choices, value)
    return _text(value)


def _text(value: Any) -> str:
    text = " ".join(str(value).split())
    if not text or len(text) > LONGEST_TEXT:
        raise BadValue(f"it needs 1 to {LONGEST_TEXT} characters")
    return text


def _chosen(choices: Sequence[str], value: Any) -> str:
    text = _text(value)
    for choice in choices:
        if choice.casefold() == text.casefold():
            return choice
    raise BadValue(f"use one of {', '.join(choices)}")


def _number(declared: OwnField, value: Any) -> float | int:
    number = to_number(value)
    if declared.type == FieldType.INTEGER:
        if number != int(number):
            raise BadValue("it must be a whole number")
        number = int(number)
    if declared.least is not None and number < declared.least:
        raise BadValue(f"it must be at least {declared.least:g}")
    if declared.most is not None and number > declared.most:
        raise BadValue(f"it must be at most {declared.most:g}")
    return number


def to_number(value: Any) -> float | int:
    """A number as people and programs write it: 12, "12,5", "1.234,50".

    Raises:
        BadValue
    """
    if isinstance(value, bool):
        raise BadValue("it must be a number")
    if isinstance(value, int | float):
        number = value
    else:
        text = str(value).strip().replace(" ", "").removesuffix("€").removeprefix("€")
        if "," in text:
            text = text.replace(".", "").replace(",", ".")
        try:
            number = int(text) if text.lstrip("+-").isdigit() else float(text)
        except ValueError:
            raise BadValue("it must be a number") from None
    if not isfinite(number):
        raise BadValue("it must be a number")
    return number


def _truth(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().casefold()
    if word in YES or word in NO:
        return word in YES
    raise BadValue("it must be true or false")


def _day(value: Any) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    text = str(value).strip()
    for form in ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y-%m-%dT%H:%M:%S"):
        try:
            return datetime.strptime(text[:19], form).date().isoformat()  # noqa: DTZ007 - a day
        except ValueError:
            continue
    raise BadValue("it must be a date such as 2026-03-02 or 02/03/2026")


def _list(declared: OwnField, value: Any) -> list[str]:
    entries = value if isinstance(value, list | tuple) else str(value).split(",")
    texts = [str(entry).strip() for entry in entries if str(entry).strip()]
    if len(texts) > LONGEST_LIST:
        raise BadValue(f"it may hold at most {LONGEST_LIST} entries")
    if declared.choices:
        return [_chosen(declared.choices, text) for text in texts]
    return [_text(text) for text in texts]
