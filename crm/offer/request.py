"""What a decision about offers is asked with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from crm.offer.facets import Facet
from crm.offer.models import Purpose
from crm.profile.models import Level


class OfferKind(StrEnum):
    """What may be offered."""

    PRODUCT = "product"
    CAMPAIGN = "campaign"


# Where a customer goes, other than the channels by which a company comes to them.
PLACES = ("site", "app", "shop")


@dataclass(frozen=True)
class DecisionRequest:
    """For whom, why, where, and what was just said.

    Attributes:
        level: how sure it is who this is; below `verified` no stored fact shows in an offer.
        visitor: tells people apart who are nobody's customer yet, for the wordings of campaigns.
        said: the wishes named; `candidates` are SKUs with how well each answers (0 to 1).
        origins: candidates that rest on the stored profile ("likes"), not on what was said.
        because: candidates that buyers of something owned bought too, each with that.
        states_need: whether the candidates answer something that was said.
        page: the SKU or the category that the customer looks at.
        zone: a CAP or the code of a provincia; of known customers the one on file otherwise.
        language: in which what they told of themselves is looked for in the catalogue.
    """

    customer_id: int | None = None
    level: Level = Level.ANONYMOUS
    conversation_id: int | None = None
    visitor: str | None = None
    purpose: Purpose = Purpose.ANSWER
    channel: str = "webchat"
    said: frozenset[Facet] = frozenset()
    candidates: Mapping[str, float] = field(default_factory=dict)
    origins: Mapping[str, str] = field(default_factory=dict)
    because: Mapping[str, str] = field(default_factory=dict)
    states_need: bool = True
    page: str | None = None
    zone: str | None = None
    budget: Decimal | None = None
    language: str = "it"
    kinds: frozenset[OfferKind] = frozenset(OfferKind)
    limit: int = 3
    at: datetime | None = None
