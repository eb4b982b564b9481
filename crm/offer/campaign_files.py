"""Campaigns as a company writes them, one YAML file each; docs/offers.md."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.consent.register import CHANNELS
from crm.offer.models import Product, Promotion
from crm.offer.request import PLACES
from crm.segment.filters import Condition

Texts = Annotated[dict[Literal["it", "en"], Annotated[str, Field(min_length=1, max_length=1000)]],
                  Field(min_length=1)]  # fmt: skip
Key = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
Money = Annotated[Decimal, Field(ge=0, le=10**7, decimal_places=2)]
Province = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class BadCampaign(ValueError):
    """A campaign cannot be understood, or names what there is not."""


class Part(BaseModel):
    """A part of a campaign; a word that is not known is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class AppliesTo(Part):
    """A product counts if it is in one of the categories, or one of the SKUs, or serves a need."""

    categories: list[str] = Field(default_factory=list)
    skus: list[str] = Field(default_factory=list)
    needs: list[str] = Field(default_factory=list)


class Wording(Part):
    """A wording to try; the weights say how many are shown it."""

    id: Key
    text: Texts
    weight: Annotated[float, Field(gt=0, le=1000)] = 1.0


class Campaign(Part):
    """A campaign; see `crm.offer.models.Promotion`.

    Attributes:
        text: what it says; with `variants` the first of these is said where nobody is compared.
        discount: one of `percent`, `amount` (euro), `gift` (an SKU).
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,59}$")]
    name: Texts
    text: Texts | None = None
    variants: Annotated[list[Wording], Field(max_length=10)] = Field(default_factory=list)
    applies_to: AppliesTo
    starts_on: date
    ends_on: date
    audience: Condition | None = None
    zone: list[Province] = Field(default_factory=list)
    channels: list[str] = Field(default_factory=list)
    cap_per_customer: Annotated[int, Field(ge=1)] | None = None
    cap_total: Annotated[int, Field(ge=1)] | None = None
    goal: Annotated[str, Field(max_length=30)] = ""
    cost: Money = Decimal(0)
    discount: dict[Literal["percent", "amount", "gift"], str] = Field(default_factory=dict)
    min_spend: Money | None = None
    code: Annotated[str, Field(max_length=40)] | None = None

    @field_validator("channels")
    @classmethod
    def _known_channels(cls, channels: list[str]) -> list[str]:
        known = (*CHANNELS, *PLACES)
        for channel in channels:
            if channel not in known:
                raise ValueError(f"{channel!r} is no channel; use some of {', '.join(known)}")
        return channels

    @model_validator(mode="after")
    def _hangs_together(self) -> "Campaign":
        if self.ends_on < self.starts_on:
            raise ValueError(f"it ends on {self.ends_on}, before it starts on {self.starts_on}")
        if self.text is None and not self.variants:
            raise ValueError("give 'text' or 'variants'")
        if len(self.variants) == 1:
            raise ValueError("one variant cannot be compared; give a second one, or 'text' alone")
        if len({one.id for one in self.variants}) < len(self.variants):
            raise ValueError("two variants have one id")
        if not any(self.applies_to.model_dump().values()):
            raise ValueError("applies_to needs 'categories', 'skus' or 'needs'")
        return self


def read_campaign(written: object) -> Campaign:
    """The campaign that YAML or JSON describes.

    Raises:
        BadCampaign: one sentence for each mistake.
    """
    try:
        return Campaign.model_validate(written)
    except ValidationError as problem:
        raise BadCampaign("\n".join(map(_sentence, problem.errors()))) from None


def read_campaign_file(path: Path) -> Campaign:
    """The campaign in a file.

    Raises:
        BadCampaign
    """
    try:
        return read_campaign(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as problem:
        raise BadCampaign(f"{path} cannot be read: {problem.strerror}.") from None
    except (yaml.YAMLError, UnicodeDecodeError) as problem:
        raise BadCampaign(f"{path} is not YAML: {' '.join(str(problem).split())}") from None
    except BadCampaign as problem:
        lines = (f"{path.name}: {line}" for line in str(problem).splitlines())
        raise BadCampaign("\n".join(lines)) from None


def put(session: Session, campaign: Campaign) -> bool:
    """Store a campaign, or what has changed of it; says whether it is new.

    Raises:
        BadCampaign: it names categories, SKUs or a gift that the catalogue does not have.
    """
    _require_products(session, campaign)
    known = session.get(Promotion, campaign.id)
    promotion = known or Promotion(id=campaign.id)
    for name, value in _columns(campaign).items():
        setattr(promotion, name, value)
    session.add(promotion)
    session.flush()
    return known is None


def _columns(campaign: Campaign) -> dict[str, Any]:
    plain = ("name", "starts_on", "ends_on", "zone", "channels", "cap_per_customer", "cap_total",
             "goal", "cost")  # fmt: skip
    terms = campaign.model_dump(
        mode="json", include={"discount", "applies_to", "min_spend", "code"}, exclude_none=True
    )
    audience = campaign.audience
    return {name: getattr(campaign, name) for name in plain} | {
        "text": campaign.text or campaign.variants[0].text,
        "terms": terms,
        "audience": audience.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        if audience
        else {},
        "variants": [one.model_dump(mode="json") for one in campaign.variants],
    }


def _require_products(session: Session, campaign: Campaign) -> None:
    to = campaign.applies_to
    gifts = [campaign.discount["gift"]] if "gift" in campaign.discount else []
    _require(session, campaign.id, "category", Product.category, to.categories)
    _require(session, campaign.id, "SKU", Product.sku, [*to.skus, *gifts])


def _require(session: Session, key: str, what: str, column: Any, wanted: Iterable[str]) -> None:
    there = set(session.scalars(select(column).where(column.in_(set(wanted))).distinct()))
    missing = sorted(set(wanted) - there)
    if missing:
        raise BadCampaign(f"{key}: the catalogue has no {what} {missing[0]!r}.")


def _sentence(error: Any) -> str:
    place = ".".join(str(part) for part in error["loc"]) or "the campaign"
    if error["type"] == "extra_forbidden":
        return f"{place} is not a word of a campaign; see docs/offers.md."
    reason = str(error["msg"]).removeprefix("Value error, ").rstrip(".")
    return f"{place}: {reason[:1].lower()}{reason[1:]}."
