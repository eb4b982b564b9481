"""The moments of a company, declared in YAML: occasion, wait, words, channels, purpose."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from crm.event.models import SignalKind

SHIPPED = Path(__file__).with_name("moments.yml")
CHANNELS = ("whatsapp", "telegram", "webchat")


class BadMoments(ValueError):
    """The declaration of the moments cannot be understood."""


class MomentPurpose(StrEnum):
    """What a message serves, and with it which consent it needs.

    A service message is about something bought and needs none; a reply was asked for.
    """

    MARKETING = "marketing"
    COMMUNITY = "community"
    SERVICE = "service"
    REPLY = "reply"


class Strict(BaseModel):
    """A part of the declaration; a word that is not known is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Span(Strict):
    """A length of time."""

    days: float = Field(0, ge=0, le=365)
    hours: float = Field(0, ge=0)
    minutes: float = Field(0, ge=0)
    seconds: float = Field(0, ge=0)

    @property
    def delta(self) -> timedelta:
        """The same as Python counts."""
        return timedelta(**self.model_dump())


class Occasion(Strict):
    """What gives rise to a moment: exactly one of a signal, a mood, a delivery, a call from here.

    Attributes:
        rating_at_least: of a review, that many stars.
        asked: planned by another part of the product, such as the community.
    """

    signal: SignalKind | None = None
    rating_at_least: float | None = None
    mood: Literal["happy", "neutral", "unhappy", "angry"] | None = None
    delivered: bool = False
    asked: bool = False

    @model_validator(mode="after")
    def _one_of_them(self) -> "Occasion":
        if sum(map(bool, (self.signal, self.mood, self.delivered, self.asked))) != 1:
            raise ValueError("give exactly one of 'signal', 'mood', 'delivered', 'asked'")
        return self


class MomentKind(Strict):
    """One moment as it is declared.

    Attributes:
        after, within: how long to wait, and for how long after that it is still worth saying.
        about: product, when the words name a product that the customer bought or chose.
        offers: whether a product is chosen for it; without one nothing is said.
        in_talk: may be said while the customer is talking with the bot, and at any hour.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    occasion: Occasion
    after: Span = Span()
    within: Span = Span(days=1)
    purpose: MomentPurpose
    about: Literal["product", "nothing"] = "nothing"
    offers: bool = False
    in_talk: bool = False
    say: Annotated[str, Field(pattern=r"^utter_\w+$")]
    channels: Annotated[tuple[Literal["whatsapp", "telegram", "webchat"], ...],
                        Field(min_length=1)]  # fmt: skip

    @property
    def tells_what_is_stored(self) -> bool:
        """Whether only who has proved to be the customer may read it."""
        return self.about == "product" or self.offers


class _File(Strict):
    moments: tuple[MomentKind, ...]


@dataclass(frozen=True)
class Moments:
    """All declared moments, by name."""

    kinds: Mapping[str, MomentKind] = field(default_factory=dict)

    def on_signals(self) -> list[MomentKind]:
        """Those that a signal gives rise to."""
        return [kind for kind in self if kind.occasion.signal is not None]

    def on_moods(self) -> list[MomentKind]:
        """Those that a message's mood gives rise to."""
        return [kind for kind in self if kind.occasion.mood is not None]

    def on_delivery(self) -> list[MomentKind]:
        """Those that a delivery gives rise to."""
        return [kind for kind in self if kind.occasion.delivered]

    def __iter__(self) -> Iterator[MomentKind]:
        return iter(self.kinds.values())


def read_moments(path: Path | None = None) -> Moments:
    """The moments in a file, or those that are shipped where there is no such file.

    Raises:
        BadMoments
    """
    path = path if path is not None and path.exists() else SHIPPED
    try:
        written: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        kinds = _File.model_validate(written).moments
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as problem:
        raise BadMoments(f"{path} cannot be read: {' '.join(str(problem).split())}") from None
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadMoments(f"{path}: {where}: {first['msg']}; see docs/moments.md.") from None
    names = [kind.name for kind in kinds]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise BadMoments(f"{path}: there are two moments named {twice!r}; give one another name.")
    return Moments({kind.name: kind for kind in kinds})
