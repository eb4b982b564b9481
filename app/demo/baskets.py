"""What goes into a basket: favourites, regulars, what goes with them, a gift, a mistake."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from math import exp
from random import Random

from app.demo.chance import happens, pick
from app.demo.content import Product
from app.demo.model import OrderLine, Person, Taste
from app.demo.tastes import read_appeals

CENT = Decimal("0.01")
LOVE, NEED, SAME_SKIN, OTHER_SKIN, FAVOURITE_BRAND = 6.0, 2.5, 2.0, 0.3, 3.0
REBUY, GOES_ALONG, FOR_OTHERS, GIFT_IN_DECEMBER = 0.28, 0.35, 0.03, 0.15
ANOTHER_ITEM, MOST_ITEMS = 0.52, 8
DISCOUNTS = {Decimal("1"): 86, Decimal("0.90"): 7, Decimal("0.85"): 4, Decimal("0.80"): 3}


class Shelves:
    """The products, by SKU and by category."""

    def __init__(self, products: Sequence[Product]) -> None:
        self.by_sku = {product.sku: product for product in products}
        self.by_category: dict[str, list[Product]] = defaultdict(list)
        for product in products:
            self.by_category[product.category].append(product)
        self.dearness = {product.sku: self._dearness_of(product) for product in products}

    def _dearness_of(self, product: Product) -> float:
        """The price over the mean price of its category."""
        prices = [float(other.price) for other in self.by_category[product.category]]
        return float(product.price) * len(prices) / sum(prices)

    def find(self, sku: str) -> Product:
        """The product with that SKU; raises LookupError for an unknown one."""
        try:
            return self.by_sku[sku]
        except KeyError:
            raise LookupError(
                f"No product {sku!r} on the shelves: add it to a products file."
            ) from None


class Shopper:
    """A person in front of the shelves, who remembers what they bought."""

    def __init__(self, dice: Random, person: Person, taste: Taste, shelves: Shelves) -> None:
        self._dice, self._person, self._taste, self._shelves = dice, person, taste, shelves
        self._fits: dict[str, dict[Product, float]] = {}
        self._owned: set[str] = set()
        self._regulars: list[Product] = []

    def fill_basket(self, month: int) -> tuple[OrderLine, ...]:
        """The lines of one order in a month, each product once."""
        basket: list[Product] = []
        while len(basket) < MOST_ITEMS:
            product = self._choose(basket, month)
            if product not in basket:
                basket.append(product)
                self._remember(product)
            if not happens(self._dice, ANOTHER_ITEM):
                break
        discount = pick(self._dice, DISCOUNTS)
        return tuple(line_of(p, self._quantity(p), discount) for p in basket)

    def _choose(self, basket: list[Product], month: int) -> Product:
        if self._regulars and happens(self._dice, REBUY):
            return self._regular(month)
        companions = self._companions(basket)
        if companions and happens(self._dice, GOES_ALONG):
            return self._dice.choice(companions)
        if happens(self._dice, GIFT_IN_DECEMBER if month == 12 else FOR_OTHERS):
            return self._dice.choice(list(self._shelves.by_sku.values()))
        return self._favourite(month)

    def _regular(self, month: int) -> Product:
        seasons = [read_appeals()[p.category].season.get(month, 1.0) for p in self._regulars]
        return self._dice.choices(self._regulars, weights=seasons)[0]

    def _companions(self, basket: list[Product]) -> list[Product]:
        skus = [sku for product in basket for sku in product.goes_with]
        known = [self._shelves.by_sku[sku] for sku in skus if sku in self._shelves.by_sku]
        return [p for p in known if self._suits(p) and p.category not in self._owned]

    def _favourite(self, month: int) -> Product:
        appetite = {
            category: appeal.in_month(self._person.sex, month)
            * (LOVE if category in self._taste.loves else 1.0)
            for category, appeal in read_appeals().items()
            if category not in self._owned and self._fitting(category)
        }
        return pick(self._dice, self._fitting(pick(self._dice, appetite)))

    def _fitting(self, category: str) -> dict[Product, float]:
        """The products of a category that suit the person, with how well they do."""
        if category not in self._fits:
            products = self._shelves.by_category.get(category, [])
            self._fits[category] = {p: self._fit(p) for p in products if self._suits(p)}
        return self._fits[category]

    def _suits(self, product: Product) -> bool:
        return bool(set(product.for_whom) & set(self._taste.audience))

    def _fit(self, product: Product) -> float:
        taste = self._taste
        fit = NEED ** len(set(product.needs) & set(taste.needs))
        for wanted, offered in ((taste.skin, product.skin), (taste.hair, product.hair)):
            if offered:
                fit *= SAME_SKIN if wanted in offered else OTHER_SKIN
        if product.brand in taste.brands:
            fit *= FAVOURITE_BRAND
        return fit * exp(-taste.thrift * self._shelves.dearness[product.sku])

    def _remember(self, product: Product) -> None:
        if read_appeals()[product.category].durable:
            self._owned.add(product.category)
        elif self._suits(product):
            self._regulars.append(product)

    def _quantity(self, product: Product) -> int:
        if read_appeals()[product.category].durable:
            return 1
        return pick(self._dice, {1: 88, 2: 10, 3: 2})


def line_of(product: Product, quantity: int, discount: Decimal = Decimal("1")) -> OrderLine:
    """An order line at the product's price, times the discount."""
    price = (product.price * discount).quantize(CENT, ROUND_HALF_UP)
    return OrderLine(product.sku, quantity, price)
