"""Which products may be offered now: one rule for each reason not to, each with its name."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from crm.offer.facets import Facet, facets_of
from crm.offer.models import Product

# Bought once, these serve for years: another one is no offer.
DURABLE = frozenset(
    [
        "hair_dryer",
        "straightener",
        "curler",
        "shaver",
        "epilator",
        "electric_toothbrush",
        "facial_device",
        "massager",
        "scale",
        "humidifier",
        "air_purifier",
        "iron",
        "vacuum",
        "kettle",
        "hair_clipper",
    ]
)


@dataclass(frozen=True)
class Circumstances:
    """What matters now: the need said, what is known, what was refused and bought.

    `bought` and `traits` are empty below the verified level: then no stored fact can show.
    """

    said: frozenset[Facet] = frozenset()
    traits: frozenset[Facet] = frozenset()
    rejected: frozenset[str] = frozenset()
    bought: frozenset[str] = frozenset()
    bought_categories: frozenset[str] = frozenset()
    budget: Decimal | None = None
    has_open_matter: bool = False
    asked: bool = True


class Rule(ABC):
    """A reason not to offer a product."""

    name: str

    @abstractmethod
    def allows(self, product: Product, now: Circumstances) -> bool:
        """Whether the product may be offered."""


class NotRefused(Rule):
    """R17: "non mi interessa" is remembered."""

    name = "not_refused"

    def allows(self, product: Product, now: Circumstances) -> bool:
        return product.sku not in now.rejected


class NotBoughtAlready(Rule):
    """R15: not the thing just bought, nor a second one of what lasts for years."""

    name = "not_bought_already"

    def allows(self, product: Product, now: Circumstances) -> bool:
        if product.sku in now.bought:
            return False
        return product.category not in DURABLE or product.category not in now.bought_categories


class InStock(Rule):
    """What is sold out everywhere is no offer."""

    name = "in_stock"

    def allows(self, product: Product, now: Circumstances) -> bool:
        return not product.stock or any(product.stock.values())


class ForThisPerson(Rule):
    """R17: made for whom it is wanted, as far as that was said."""

    name = "for_this_person"

    def allows(self, product: Product, now: Circumstances) -> bool:
        wanted = {facet.value for facet in now.said if facet.attribute == "for_whom"}
        made_for = set(product.attributes.get("for_whom") or ("everyone",))
        if wanted:
            return bool(made_for & (wanted | {"everyone"}))
        return bool(made_for - {"babies", "children"})


class NoContradiction(Rule):
    """R18: the offer answers the need just said: dry skin gets nothing for oily skin."""

    name = "no_contradiction"

    def allows(self, product: Product, now: Circumstances) -> bool:
        for attribute in ("skin", "hair"):
            wanted = {facet.value for facet in now.said if facet.attribute == attribute}
            fits = {facet.value for facet in facets_of(product.attributes)
                    if facet.attribute == attribute}  # fmt: skip
            if wanted and fits and not wanted & fits:
                return False
        return True


class WithinBudget(Rule):
    """What costs more than the customer named is no answer."""

    name = "within_budget"

    def allows(self, product: Product, now: Circumstances) -> bool:
        return now.budget is None or product.price <= now.budget


class NothingOpen(Rule):
    """R14: while a matter is open nothing is promoted; a question is still answered."""

    name = "nothing_open"

    def allows(self, product: Product, now: Circumstances) -> bool:
        return now.asked or not now.has_open_matter


RULES: tuple[Rule, ...] = (
    NotRefused(),
    NotBoughtAlready(),
    InStock(),
    ForThisPerson(),
    NoContradiction(),
    WithinBudget(),
    NothingOpen(),
)


@dataclass
class Trace:
    """Which rule removed what."""

    removed: dict[str, str] = field(default_factory=dict)


def eligible(
    products: Sequence[Product], now: Circumstances, rules: Sequence[Rule] = RULES
) -> tuple[list[Product], Trace]:
    """The products that every rule allows, and the trace of those it does not."""
    trace = Trace()
    allowed = []
    for product in products:
        against = next((rule for rule in rules if not rule.allows(product, now)), None)
        if against is None:
            allowed.append(product)
        else:
            trace.removed[product.sku] = against.name
    return allowed, trace
