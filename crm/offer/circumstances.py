"""What matters at the moment of an offer."""

from dataclasses import dataclass
from decimal import Decimal

from crm.offer.facets import Facet
from crm.offer.models import Purpose
from crm.value.models import Tier


@dataclass(frozen=True)
class Circumstances:
    """The need said, what is known, what was refused and bought, and whether now is the time.

    Two kinds of facts. What *holds back* (refusals, open matters, mood, consent, caps) counts
    whoever is speaking. What can *show* in an offer (traits, purchases, tier, audiences, the
    place of living) is here only where the assurance level allows; below, these are empty.

    Attributes:
        related, related_categories: what answers the need said; empty where nothing was said.
        bought: what was bought and shall not be offered again (yet).
        just_bought: what was bought a short while ago; `goes_with_it` is what goes with that.
        shops_for: for whom the customer buys, as facts show it; empty where nothing is known.
        is_home: the province is the one on file, not one that was said here.
        consents: marketing is allowed on the channel; nobody in particular needs no consent.
        audiences: campaigns in whose audience the customer is; `capped` ones were shown enough.
        seen: how often each offer was shown lately.
    """

    purpose: Purpose = Purpose.ANSWER
    said: frozenset[Facet] = frozenset()
    related: frozenset[str] = frozenset()
    related_categories: frozenset[str] = frozenset()
    traits: frozenset[Facet] = frozenset()
    rejected: frozenset[str] = frozenset()
    rejected_campaigns: frozenset[str] = frozenset()
    bought: frozenset[str] = frozenset()
    bought_categories: frozenset[str] = frozenset()
    just_bought: frozenset[str] = frozenset()
    goes_with_it: frozenset[str] = frozenset()
    shops_for: frozenset[str] = frozenset()
    budget: Decimal | None = None
    has_open_matter: bool = False
    consents: bool = True
    is_displeased: bool = False
    is_capped: bool = False
    is_quiet: bool = False
    province: str | None = None
    is_home: bool = False
    channel: str = "webchat"
    audiences: frozenset[str] = frozenset()
    capped: frozenset[str] = frozenset()
    tier: Tier | None = None
    seen: tuple[tuple[str, int], ...] = ()
    page: frozenset[str] = frozenset()

    @property
    def has_need(self) -> bool:
        """Whether something was said that an offer has to answer."""
        return bool(self.related or self.related_categories or self.said)

    def times_seen(self, key: str) -> int:
        """How often an offer was shown lately."""
        return dict(self.seen).get(key, 0)
