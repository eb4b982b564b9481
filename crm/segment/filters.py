"""The filter language of segments: a tree of conditions, in YAML or JSON; docs/segments.md.

A condition is one mapping with one word: `all`, `any`, `not`, `trait`, `event`, `zone`, `tier`,
`value`, `consent`, `orders`, `known`.
"""

from collections.abc import Iterator
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from crm.consent.models import Purpose
from crm.consent.register import CHANNELS
from crm.event.models import SignalKind
from crm.value.models import Tier

DEEPEST = 12
MOST_CONDITIONS = 200
Parsed = TypeVar("Parsed")
Scalar = bool | int | float | str
FieldName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Days = Annotated[int, Field(ge=1, le=36_500)]
Count = Annotated[int, Field(ge=0, le=1_000_000_000)]
Figure = Literal["current", "potential", "spent", "cost", "orders", "churn_risk"]


class BadFilter(ValueError):
    """A filter cannot be understood."""


class Strict(BaseModel):
    """A part of a filter; a word that is not known is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Bounds(Strict):
    """Limits of a number; both ends included."""

    at_least: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def _say_something(self) -> "Bounds":
        if self.at_least is None and self.at_most is None:
            raise ValueError("give 'at_least' or 'at_most'")
        return self


class TraitIs(Strict):
    """The value that holds of a trait. Nothing but the name: it is known.

    Attributes:
        has: an entry of a list.
        before, after: days such as 2026-03-02, for dates.
    """

    name: FieldName
    equals: Scalar | None = None
    one_of: Annotated[list[Scalar], Field(min_length=1, max_length=500)] | None = None
    has: str | None = None
    at_least: float | None = None
    at_most: float | None = None
    before: str | None = Field(None, pattern=r"^\d{4}-\d{2}-\d{2}$")
    after: str | None = Field(None, pattern=r"^\d{4}-\d{2}-\d{2}$")


class EventIs(Strict):
    """So many signals of a kind (one at least), within so many days, with these details."""

    kind: SignalKind
    days: Days | None = None
    at_least: Count | None = None
    at_most: Count | None = None
    details: dict[FieldName, Scalar] = Field(default_factory=dict)


class OrdersAre(Strict):
    """So many orders that were kept (one at least), in so many days, of these products."""

    days: Days | None = None
    at_least: Count | None = None
    at_most: Count | None = None
    skus: list[str] = Field(default_factory=list, max_length=500)
    categories: list[str] = Field(default_factory=list, max_length=100)
    shop: str | None = None


class ZoneIs(Strict):
    """Where the CAP lies. Several words narrow it down, several values of one widen it."""

    cap: list[str] = Field(default_factory=list, max_length=500)
    comune: list[str] = Field(default_factory=list, max_length=500)
    provincia: list[str] = Field(default_factory=list, max_length=120)
    regione: list[str] = Field(default_factory=list, max_length=20)

    @field_validator("*", mode="before")
    @classmethod
    def _as_list(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @model_validator(mode="after")
    def _say_something(self) -> "ZoneIs":
        if not (self.cap or self.comune or self.provincia or self.regione):
            raise ValueError("give 'cap', 'comune', 'provincia' or 'regione'")
        return self


class ConsentIs(Strict):
    """The consent that holds for a purpose on a channel; silence is a no."""

    purpose: Purpose
    channel: str
    granted: bool = True

    @field_validator("channel")
    @classmethod
    def _known_channel(cls, channel: str) -> str:
        if channel not in (*CHANNELS, "any"):
            raise ValueError(f"use one of {', '.join(CHANNELS)}, any")
        return channel


class Condition(Strict):
    """One condition: exactly one of its words."""

    all: "list[Condition] | None" = None
    any: "list[Condition] | None" = None
    not_: "Condition | None" = Field(None, alias="not")
    trait: TraitIs | None = None
    event: EventIs | None = None
    orders: OrdersAre | None = None
    zone: ZoneIs | None = None
    tier: list[Tier] | None = None
    value: dict[Figure, Bounds] | None = None
    consent: ConsentIs | None = None
    known: list[Literal["email", "phone", "cap", "name"]] | None = None

    @field_validator("tier", "known", mode="before")
    @classmethod
    def _as_list(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_word(self) -> "Condition":
        said = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(said) != 1:
            words = ", ".join(sorted(name.rstrip("_") for name in type(self).model_fields))
            raise ValueError(f"a condition is exactly one of: {words}")
        return self


class Segment(Strict):
    """A segment: its name, for people, and its filter."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
    title: dict[str, str] = Field(default_factory=dict)
    filter: Condition


def read_filter(written: object) -> Condition:
    """The filter that YAML or JSON describes.

    Raises:
        BadFilter: one sentence for each mistake.
    """
    return _parse(TypeAdapter(Condition), written)


def fields_in(condition: Condition) -> Iterator[str]:
    """The traits, and the details of events, that a filter asks about."""
    if condition.trait is not None:
        yield condition.trait.name
    if condition.event is not None:
        yield from condition.event.details
    inner = [condition.not_] if condition.not_ is not None else []
    for part in (*(condition.all or ()), *(condition.any or ()), *inner):
        yield from fields_in(part)


def read_segment(written: object) -> Segment:
    """The segment that YAML or JSON describes.

    Raises:
        BadFilter
    """
    return _parse(TypeAdapter(Segment), written)


def _parse(adapter: TypeAdapter[Parsed], written: object) -> Parsed:
    _require_size(written)
    try:
        return adapter.validate_python(written)
    except ValidationError as problem:
        raise BadFilter("\n".join(dict.fromkeys(map(_sentence, problem.errors())))) from None


def _require_size(written: object, depth: int = 0) -> int:
    """How many conditions there are.

    Raises:
        BadFilter: too many, or one within the other too deep.
    """
    if depth > 3 * DEEPEST:
        raise BadFilter(f"The filter is nested more than {DEEPEST} deep; write it flatter.")
    if not isinstance(written, dict | list):
        return 0
    parts = list(written.values()) if isinstance(written, dict) else written
    size = 1 + sum(_require_size(part, depth + 1) for part in parts)
    if size > 4 * MOST_CONDITIONS:
        raise BadFilter(f"The filter has more than {MOST_CONDITIONS} conditions; divide it.")
    return size


def _sentence(error: Any) -> str:
    place = ".".join(str(part) for part in error["loc"]) or "The filter"
    if error["type"] == "extra_forbidden":
        return f"{place} is not a word of a filter; see docs/segments.md."
    reason = str(error["msg"]).removeprefix("Value error, ").rstrip(".")
    return f"{place}: {reason[:1].lower()}{reason[1:]}."
