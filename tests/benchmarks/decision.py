"""What choosing an offer takes over a large catalogue: candidates, eligibility, ranking.

Customers from a seed have orders in a database that holds every product; each decision is for
another of them, who is verified and says something, or says nothing.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import cycle
from pathlib import Path

import numpy as np
from sqlalchemy import insert
from sqlalchemy.orm import Session

from crm.db import Database, migrate, now
from crm.offer.eligibility import Circumstances
from crm.offer.models import Product
from crm.offer.recommend import recommend
from crm.offer.tastes import purchases, taste_of
from crm.order.models import Order, OrderLine, OrderStatus
from crm.profile.models import Customer, Level
from knowledge.candidates import CandidateFinder, Wish
from knowledge.companions import Companions
from knowledge.documents import Document
from knowledge.search import KnowledgeSearch

PEOPLE, ORDERS, LINES = 2000, 6, 2
SEED = 5
FAVOURITES = 4000
ROWS = 5000


class Shop:
    """A database with all products and some customers, and a finder over the index."""

    def __init__(self, folder: Path, products: Sequence[Document], search: KnowledgeSearch) -> None:
        self._database = Database(f"sqlite:///{folder / 'shop.db'}", durable=False)
        migrate(self._database.engine)
        with self._database.writing() as session:
            _fill(session, products)
        with self._database.reading() as session:
            self.finder = CandidateFinder(search, Companions.learn(purchases(session)))
        self._customers = cycle(range(1, PEOPLE + 1))

    def decide(self, said: str) -> int:
        """Choose three offers for the next customer; says how many were found."""
        customer_id = next(self._customers)
        with self._database.reading() as session:
            taste = taste_of(session, customer_id, Level.VERIFIED)
            wish = Wish(said, taste.owned, taste.liked, taste.in_words("it"), taste.goes_with)
            found = self.finder.find(wish, "it")
            circumstances = Circumstances(bought=frozenset(taste.owned))
            choices, _ = recommend(session, found.relevance, circumstances)
            return len(choices)

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()


def _fill(session: Session, products: Sequence[Document]) -> None:
    rows = [_product_row(product) for product in products]
    for start in range(0, len(rows), ROWS):
        session.execute(insert(Product), rows[start : start + ROWS])
    people = [{"id": number, "given_name": "Ada"} for number in range(1, PEOPLE + 1)]
    session.execute(insert(Customer), people)
    session.add_all(_orders([product.id for product in products]))


def _product_row(product: Document) -> dict[str, object]:
    number = int(product.id.rpartition("-")[2])
    return {
        "sku": product.id,
        "category": product.data["category"],
        "name": {"it": product.title, "en": product.title},
        "description": {"it": product.text, "en": product.text},
        "price": Decimal(product.data["price"]),
        "attributes": {"brand": f"brand {number % 40}", "needs": ["hydration"]},
        "stock": {"online": number % 7},
    }


def _orders(skus: Sequence[str]) -> Iterator[Order]:
    """Everybody's orders; a few thousand products are bought far more often than the others."""
    chance = np.random.default_rng(SEED)
    for customer_id in range(1, PEOPLE + 1):
        for number in range(ORDERS):
            picked = chance.zipf(1.2, LINES) % min(FAVOURITES, len(skus))
            yield Order(
                number=f"{customer_id}-{number}", customer_id=customer_id, source="shop",
                status=OrderStatus.DELIVERED, placed_at=now() - timedelta(days=20 * number),
                total=Decimal(10),
                lines=[OrderLine(sku=skus[at], quantity=1, price=Decimal(5)) for at in picked],
            )  # fmt: skip
