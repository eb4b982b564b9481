"""How a source is read, as its YAML file says it; `docs/sources.md` tells every word."""

import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from crm.consent.models import Purpose
from crm.consent.register import CHANNELS
from crm.event.models import SignalKind
from crm.profile.models import TraitKind
from integrations.sources.errors import BadMapping

NAME = r"^[a-z][a-z0-9_]{0,19}$"
FIELD_NAME = r"^[a-z][a-z0-9_]{0,59}$"
VARIABLE = re.compile(r"\$\{(\w+)\}")
YES = ["1", "true", "yes", "y", "si", "sì", "s", "x", "t", "on"]
NO = ["0", "false", "no", "n", "f", "off"]

FieldName = Annotated[str, Field(pattern=FIELD_NAME)]


class Strict(BaseModel):
    """A part of a mapping; a word that is not known is a mistake."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, frozen=True)


class FromDatabase(Strict):
    """Rows of a table, or of a query, of any SQL database."""

    kind: Literal["sql"]
    url: str
    table: str | None = None
    query: str | None = None
    watermark: str | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> "FromDatabase":
        if (self.table is None) == (self.query is None):
            raise ValueError("give either 'table' or 'query'")
        return self


class FromFile(Strict):
    """Rows of a CSV file or of a sheet of an Excel file."""

    kind: Literal["file"]
    path: str
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    encoding: str = "utf-8"
    sheet: str | None = None
    watermark: str | None = None


class Paging(Strict):
    """How a service gives the next page.

    Attributes:
        by: `page` counts 1, 2, 3; `offset` counts rows; `cursor` is found in the answer and sent
            back as `param`; `link` is an address found in the answer, or in its Link header.
        at: where in the answer the cursor or the address is, such as `meta.next`.
    """

    by: Literal["page", "offset", "cursor", "link"]
    param: str = "page"
    size_param: str | None = None
    size: Annotated[int, Field(ge=1, le=10_000)] = 100
    first: int = 1
    at: str | None = None

    @model_validator(mode="after")
    def _cursor_has_a_place(self) -> "Paging":
        if self.by == "cursor" and not self.at:
            raise ValueError("paging by cursor needs 'at': where in the answer the cursor is")
        return self


class FromService(Strict):
    """Rows of a service that answers JSON over HTTP."""

    kind: Literal["http"]
    url: str
    items: str = ""
    headers: dict[str, str] = Field(default_factory=dict)
    params: dict[str, str] = Field(default_factory=dict)
    paging: Paging | None = None
    watermark: str | None = None
    since_param: str | None = None
    timeout: Annotated[float, Field(gt=0, le=300)] = 30.0


class Column(Strict):
    """Where a value comes from, and what it is.

    Attributes:
        values: other words for the source's own: `{D: dry, G: oily}`; what is not listed is wrong.
    """

    column: str = Field(alias="from")
    kind: TraitKind | None = None
    type: Literal["text", "number", "integer", "boolean", "date", "list"] | None = None
    values: dict[str, Any] | None = None
    separator: str = ","


class ConsentColumn(Strict):
    """A column that answers about consent. An empty cell is no answer."""

    purpose: Purpose
    channel: str
    column: str = Field(alias="from")
    at: str | None = None
    granted: list[str] = Field(default_factory=lambda: YES)
    refused: list[str] = Field(default_factory=lambda: NO)

    @field_validator("channel")
    @classmethod
    def _known_channel(cls, channel: str) -> str:
        if channel not in (*CHANNELS, "any"):
            raise ValueError(f"use one of {', '.join(CHANNELS)}, any")
        return channel

    @field_validator("granted", "refused", mode="before")
    @classmethod
    def _as_text(cls, words: Any) -> Any:
        return [str(word).lower() for word in words] if isinstance(words, list) else words


class OrderColumns(Strict):
    """Where an order's parts are; rows with one number are one order with several lines."""

    status: str | None = None
    statuses: dict[str, str] = Field(default_factory=dict)
    total: str
    sku: str | None = None
    quantity: str | None = None
    price: str | None = None
    shop: str | None = None
    shipping: str | None = None
    carrier: str | None = None
    tracking: str | None = None
    expected_on: str | None = None
    delivered_on: str | None = None


class SignalColumns(Strict):
    """Where a signal's parts are; `kind` is fixed or in a column."""

    kind: SignalKind | None = None
    kind_from: str | None = None
    kinds: dict[str, SignalKind] = Field(default_factory=dict)
    details: dict[FieldName, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_kind(self) -> "SignalColumns":
        if (self.kind is None) == (self.kind_from is None):
            raise ValueError("give either 'kind' or 'kind_from'")
        return self


class Mapping(Strict):
    """One source: where its rows are, and what their columns mean.

    Rows are customers, unless `orders` or `signals` says otherwise: then `customer` names the
    column with the key of a customer in the source `of`.
    """

    source: Annotated[str, Field(pattern=NAME)]
    read: Annotated[
        FromDatabase | FromFile | FromService,
        Field(discriminator="kind"),
    ]
    key: str
    at: str | None = None
    kind: TraitKind = TraitKind.EXPLICIT
    fields: dict[FieldName, Column] = Field(default_factory=dict)
    consents: list[ConsentColumn] = Field(default_factory=list)
    orders: OrderColumns | None = None
    signals: SignalColumns | None = None
    customer: str | None = None
    of: Annotated[str, Field(pattern=NAME)] | None = None

    @field_validator("fields", mode="before")
    @classmethod
    def _short_form(cls, fields: Any) -> Any:
        if not isinstance(fields, dict):
            return fields
        return {
            name: {"from": column} if isinstance(column, str | int) else column
            for name, column in fields.items()
        }

    @model_validator(mode="after")
    def _hangs_together(self) -> "Mapping":
        if self.orders and self.signals:
            raise ValueError("rows are either 'orders' or 'signals'")
        if self.orders and (not self.customer or not self.at):
            raise ValueError("orders need 'customer' and 'at': whose they are and when")
        if self.signals and not self.at:
            raise ValueError("signals need 'at': the column that says when it happened")
        if not self.fields and not self.customer:
            raise ValueError("name at least one of 'fields'")
        return self

    @property
    def owner_source(self) -> str:
        """The source whose customers these rows belong to."""
        return self.of or self.source


def read_mapping(path: Path) -> dict[str, Any]:
    """The mapping in a file as it is written, checked.

    Raises:
        BadMapping
    """
    try:
        written = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadMapping(f"There is no file {path}.") from None
    except (yaml.YAMLError, UnicodeDecodeError) as problem:
        raise BadMapping(f"{path} is not YAML: {' '.join(str(problem).split())}") from None
    if not isinstance(written, dict):
        raise BadMapping(f"{path} must hold a mapping that begins with 'source: NAME'.")
    parse_mapping(written)
    return written


def parse_mapping(written: dict[str, Any]) -> Mapping:
    """A mapping that makes sense.

    Raises:
        BadMapping: one sentence for each mistake.
    """
    try:
        return Mapping.model_validate(written)
    except ValidationError as problem:
        sentences = dict.fromkeys(map(_sentence, problem.errors()))
        raise BadMapping("\n".join(sentences)) from None


def _sentence(error: Any) -> str:
    place = ".".join(str(part) for part in error["loc"]) or "The mapping"
    if error["type"] == "extra_forbidden":
        return f"{place} is not a word of a mapping; see docs/sources.md."
    if error["type"] == "missing":
        return f"{place} is missing."
    reason = str(error["msg"]).removeprefix("Value error, ").rstrip(".")
    return f"{place}: {reason[:1].lower()}{reason[1:]}."


def fill_in(text: str) -> str:
    """A text with `${NAME}` replaced by environment variables: secrets stay out of mappings.

    Raises:
        BadMapping: a variable is not set.
    """

    def value(found: re.Match[str]) -> str:
        name = found.group(1)
        if name not in os.environ:
            raise BadMapping(f"The mapping needs the environment variable {name}; set it.")
        return os.environ[name]

    return VARIABLE.sub(value, text)
