"""Ranks what may be offered, each with the facts it rests on (R15, R18, R19, R21)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from crm.offer.campaigns import Variant
from crm.offer.circumstances import Circumstances
from crm.offer.facets import Facet, facets_of
from crm.offer.models import Product, Promotion
from crm.offer.policy import OfferPolicy
from crm.value.models import Tier

FINE_PRINT = ("for_whom",)

# Which goal of a campaign suits whom (R7).
GOALS: Mapping[Tier, tuple[str, ...]] = {
    Tier.MOST_VALUABLE: ("retention",),
    Tier.GROWABLE: ("value_growth",),
    Tier.STANDARD: ("acquisition", "value_growth"),
    Tier.BELOW_ZERO: ("cost_to_serve",),
}


@dataclass(frozen=True)
class Choice:
    """An offer with what it rests on: facts said, traits told, a product bought, a place.

    Attributes:
        likes: it is like what the customer chooses.
        near: the shop of the customer's zone that has it; `is_home` if the zone is on file.
        page: it belongs to what the customer is looking at.
        campaign: the campaign that is offered, with the product it leads with.
        variant: its wording.
    """

    product: Product
    score: float
    said: tuple[Facet, ...] = ()
    traits: tuple[Facet, ...] = ()
    goes_with: str | None = None
    likes: bool = False
    near: str | None = None
    is_home: bool = False
    page: str | None = None
    campaign: Promotion | None = None
    variant: Variant | None = None
    is_for_few: bool = field(default=False)

    @property
    def key(self) -> str:
        """The SKU, or the id of the campaign."""
        return self.campaign.id if self.campaign else self.product.sku

    @property
    def facts(self) -> dict[str, object]:
        """The facts as JSON, kept with the offer so that the reason can be given later."""
        facts: dict[str, object] = {
            "said": [[facet.attribute, facet.value] for facet in self.said],
            "traits": [[facet.attribute, facet.value] for facet in self.traits],
            "goes_with": self.goes_with,
        }
        more: dict[str, object] = {
            "likes": self.likes,
            "near_home" if self.is_home else "near": self.near,
            "page": self.page,
            "campaign": self.campaign.id if self.campaign else None,
            "for_few": self.is_for_few,
        }
        return facts | {name: value for name, value in more.items() if value}


def rank(
    products: Iterable[Product],
    relevance: Mapping[str, float],
    now: Circumstances,
    policy: OfferPolicy,
    companions: Mapping[str, str],
    origins: Mapping[str, str] | None = None,
) -> list[Choice]:
    """Products that may be offered, each weighed, the best first."""
    products = list(products)
    dearest = max((float(one.price) for one in products), default=1.0) or 1.0
    choices = [
        _weigh(one, relevance.get(one.sku, 0.0), now, policy, companions.get(one.sku), dearest)
        for one in products
    ]
    if origins:
        choices = [replace(one, likes=origins.get(one.product.sku) == "likes") for one in choices]
    return sorted(choices, key=lambda choice: (-choice.score, choice.product.sku))


def _weigh(
    product: Product,
    relevance: float,
    now: Circumstances,
    policy: OfferPolicy,
    goes_with: str | None,
    dearest: float,
) -> Choice:
    has, weights = set(facets_of(product.attributes)), policy.weights
    said = tuple(sorted(has & now.said, key=_strength))
    traits = tuple(sorted(has & now.traits - set(said), key=_strength))
    near, page = near_shop(product, now, policy), page_of(product, now)
    score = (
        weights.search * relevance
        + weights.said * _share(said, now.said)
        + weights.trait * _share(traits, now.traits)
        + (weights.goes_with if goes_with else 0.0)
        + (weights.near if near else 0.0)
        + (weights.page if page else 0.0)
    )
    if now.purpose.is_unasked:
        score += (
            weights.value * float(product.price) / dearest
            + weights.tier * _widens(product, now)
            + weights.freshness / (1 + now.times_seen(product.sku))
        )
    return Choice(product, score, said, traits, goes_with, near=near, is_home=now.is_home,
                  page=page)  # fmt: skip


def _strength(facet: Facet) -> tuple[bool, str, str]:
    return facet.attribute in FINE_PRINT, facet.attribute, facet.value


def _share(met: Sequence[Facet], wanted: frozenset[Facet]) -> float:
    return len(met) / len(wanted) if wanted else 0.0


def near_shop(product: Product, now: Circumstances, policy: OfferPolicy) -> str | None:
    """The shop of the customer's zone, if it has the product (R19)."""
    shop = policy.shop_of(now.province) if now.province else None
    return shop if shop and product.stock.get(shop) else None


def page_of(product: Product, now: Circumstances) -> str | None:
    """What a product has to do with what is looked at: the SKU, or the category."""
    if product.sku in now.page:
        return product.sku
    return product.category if product.category in now.page else None


def _widens(product: Product, now: Circumstances) -> float:
    """A growable customer may get to know another shelf; the most valuable are shown care."""
    if now.tier == Tier.GROWABLE:
        return float(product.category not in now.bought_categories)
    if now.tier == Tier.MOST_VALUABLE:
        return float(product.sku in now.goes_with_it)
    return 0.0


def suits(goal: str, tier: Tier | None) -> bool:
    """Whether the goal of a campaign suits a customer's tier (R7)."""
    return tier is not None and goal in GOALS[tier]


def varied(ranked: Sequence[Choice], limit: int, policy: OfferPolicy) -> list[Choice]:
    """The best, no two of one brand and category, further ones of a category a little later."""
    left, chosen = list(ranked), list[Choice]()
    while left and len(chosen) < limit:
        best = max(left, key=lambda one: one.score - policy.weights.variety * _like(one, chosen))
        chosen.append(best)
        left = [one for one in left if not _is_same_again(one, best)]
    return chosen


def _like(choice: Choice, chosen: Sequence[Choice]) -> int:
    return sum(one.product.category == choice.product.category for one in chosen)


def _is_same_again(one: Choice, other: Choice) -> bool:
    """Whether both are the same campaign, or products of one brand and category."""
    if one.campaign and other.campaign:
        return one.key == other.key
    if one.campaign or other.campaign:
        return one.product.sku == other.product.sku
    return _kind(one.product) == _kind(other.product)


def _kind(product: Product) -> tuple[str, str]:
    return product.category, str(product.attributes.get("brand"))
