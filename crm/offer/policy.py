"""What a company decides about its offers: `offers.yml`, see docs/offers.md.

Rules that are switched off, weights of the ranking, caps, quiet hours, the shops' zones, and how a
sale is credited.
"""

from collections.abc import Mapping
from datetime import time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

Weight = Annotated[float, Field(ge=0, le=10)]
Often = Annotated[int, Field(ge=0, le=1000)]
Days = Annotated[int, Field(ge=0, le=3650)]


class BadPolicy(ValueError):
    """The file of the offers' settings cannot be understood."""


class Part(BaseModel):
    """A part of the file; a word that is not known is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Weights(Part):
    """How much each side of an offer counts. `value`, `tier` and `freshness` count for what nobody
    asked for; `tier` also for campaigns that were.

    Attributes:
        search: how well it answers what was said.
        said, trait: the share met of the wishes said, of the traits told.
        goes_with: it goes with something bought.
        near: it is at the shop of the customer's zone, or a promotion of that zone.
        variety: how far a second one of a category falls back.
        page: it belongs to what the customer looks at.
        value: its price, as a share of the dearest in view.
        tier: it suits the customer's tier.
        freshness: it was not shown lately.
        campaign: a campaign runs on it.
    """

    search: Weight = 1.0
    said: Weight = 0.5
    trait: Weight = 0.25
    goes_with: Weight = 0.4
    near: Weight = 0.05
    variety: Weight = 0.15
    page: Weight = 0.4
    value: Weight = 0.05
    tier: Weight = 0.15
    freshness: Weight = 0.1
    campaign: Weight = 0.2


class Cap(Part):
    """How many offers that nobody asked for one customer gets."""

    per_day: Often
    per_week: Often


class Caps(Part):
    """The caps of messages, of what is shown on pages and at the till, and of single channels."""

    proactive: Cap = Cap(per_day=1, per_week=3)
    promote: Cap = Cap(per_day=10, per_week=40)
    channels: dict[str, Cap] = Field(default_factory=dict)


class QuietHours(Part):
    """When no message goes out; from 21:00 to 08:30 goes over midnight."""

    start: time = Field(time(21), alias="from")
    end: time = Field(time(8, 30), alias="to")

    @field_validator("*", mode="before")
    @classmethod
    def _unquoted(cls, written: Any) -> Any:
        # YAML reads 21:00 without quotation marks as the number 21 × 60.
        is_number = isinstance(written, int) and 0 <= written < 24 * 60
        return time(*divmod(written, 60)) if is_number else written

    def hold(self, local: time) -> bool:
        """Whether a time of the day is quiet."""
        if self.start <= self.end:
            return self.start <= local < self.end
        return local >= self.start or local < self.end


class Shop(Part):
    """A shop: its name, and the codes of the provinces that are its zone."""

    name: str
    zone: list[str]


class Credit(StrEnum):
    """Which of the offers that a customer met before buying is credited with the sale."""

    FIRST = "first"
    LAST = "last"
    LINEAR = "linear"


class Attribution(Part):
    """How a sale is credited, and how long before it an offer counts."""

    model: Credit = Credit.LAST
    window_days: Days = 30


class Experiment(Part):
    """When two wordings may be called different.

    Attributes:
        least_difference: the difference of rates that is worth finding out.
        confidence: how sure one wants to be.
        power: how likely such a difference shall be found.
    """

    least_difference: Annotated[float, Field(gt=0, lt=1)] = 0.05
    confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    power: Annotated[float, Field(gt=0.5, lt=1)] = 0.8


class OfferPolicy(Part):
    """Everything that a company decides about its offers.

    Attributes:
        rules: rules by name; `false` switches one off.
        silence_hours: how long a bad mood silences promotions.
        after_purchase_days: how long after a purchase nothing unrelated is offered.
        again_days: after how many days something used up may be offered again.
        seen_days: what was shown within so many days is not fresh.
        quiet_hours: null for none.
    """

    rules: dict[str, bool] = Field(default_factory=dict)
    weights: Weights = Weights()
    caps: Caps = Caps()
    quiet_hours: QuietHours | None = QuietHours()
    silence_hours: Annotated[float, Field(ge=0, le=8760)] = 24
    after_purchase_days: Days = 14
    again_days: Days = 60
    seen_days: Days = 14
    shops: dict[str, Shop] = Field(default_factory=dict)
    attribution: Attribution = Attribution()
    experiment: Experiment = Experiment()
    timezone: str = "Europe/Rome"

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of days and quiet hours."""
        return ZoneInfo(self.timezone)

    @property
    def silence(self) -> timedelta:
        """How long a bad mood silences promotions."""
        return timedelta(hours=self.silence_hours)

    def is_on(self, rule: str) -> bool:
        """Whether a rule holds."""
        return self.rules.get(rule, True)

    def shop_of(self, province: str | None) -> str | None:
        """The key of the shop in whose zone a province lies."""
        found = (key for key, shop in self.shops.items() if province in shop.zone)
        return next(found, None)


def read_policy(path: Path, known_rules: frozenset[str]) -> OfferPolicy:
    """The company's settings of offers; the usual ones when there is no such file.

    Raises:
        BadPolicy: one sentence for each mistake.
    """
    if not path.exists():
        return OfferPolicy()
    try:
        written = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        policy = OfferPolicy.model_validate(written)
        ZoneInfo(policy.timezone)
    except (yaml.YAMLError, UnicodeDecodeError) as problem:
        raise BadPolicy(f"{path} is not YAML: {' '.join(str(problem).split())}") from None
    except ValidationError as problem:
        raise BadPolicy("\n".join(_sentence(path, one) for one in problem.errors())) from None
    except (KeyError, ValueError):
        raise BadPolicy(f"{path}: timezone: there is no such zone; write Europe/Rome.") from None
    unknown = sorted(set(policy.rules) - known_rules)
    if unknown:
        there = ", ".join(sorted(known_rules))
        raise BadPolicy(f"{path}: there is no rule {unknown[0]!r}; there are: {there}.")
    return policy


def _sentence(path: Path, error: Mapping[str, Any]) -> str:
    place = ".".join(str(part) for part in error["loc"]) or "the file"
    if error["type"] == "extra_forbidden":
        return f"{path}: {place} is not a setting of offers; see docs/offers.md."
    reason = str(error["msg"]).removeprefix("Value error, ").rstrip(".")
    return f"{path}: {place}: {reason[:1].lower()}{reason[1:]}."
