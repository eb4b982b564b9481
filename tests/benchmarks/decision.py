"""What choosing an offer takes over a large catalogue: candidates, eligibility, ranking.

Customers from a seed have orders, consents and signals in a database that holds every product, and
campaigns run. Each decision is for another of them, who is verified and says something (an answer,
with what the catalogue has for it) or says nothing (what the site shows unasked, by their taste).
It is what the chat and `POST /offers/decide` call, encoding and search included; only writing the
choice down is left out, or the caps would soon end the run.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import cycle
from pathlib import Path

import numpy as np
from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.offers import need_finder
from crm.consent.models import Consent
from crm.consent.models import Purpose as ConsentPurpose
from crm.db import Database, migrate, now
from crm.event.models import Signal, SignalKind
from crm.offer.decision import decide
from crm.offer.models import Product, Promotion, Purpose
from crm.offer.need import Need
from crm.offer.request import DecisionRequest
from crm.offer.tastes import purchases
from crm.order.models import Order, OrderLine, OrderStatus
from crm.profile.models import Customer, Level
from knowledge.candidates import CandidateFinder
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
        self._need = need_finder(search)
        self._customers = cycle(range(1, PEOPLE + 1))

    def answer(self, said: str) -> int:
        """Choose three offers for the next customer, who says something; tells how many."""
        return self._decide(Purpose.ANSWER, self._need(said, "it"))

    def promote(self) -> int:
        """Choose three offers for the next customer, who says nothing; tells how many."""
        return self._decide(Purpose.PROMOTE, Need())

    def _decide(self, purpose: Purpose, need: Need) -> int:
        request = DecisionRequest(
            customer_id=next(self._customers),
            level=Level.VERIFIED,
            purpose=purpose,
            channel="site",
            said=need.said,
            candidates=need.candidates,
            states_need=need.is_stated,
        )
        with self._database.reading() as session:
            return len(decide(session, request, search=self.finder).choices)

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()


def _fill(session: Session, products: Sequence[Document]) -> None:
    rows = [_product_row(product) for product in products]
    for start in range(0, len(rows), ROWS):
        session.execute(insert(Product), rows[start : start + ROWS])
    people = [{"id": number, "given_name": "Ada"} for number in range(1, PEOPLE + 1)]
    session.execute(insert(Customer), people)
    skus = [product.id for product in products]
    session.add_all(_orders(skus))
    session.add_all(_consents())
    session.add_all(_signals(skus))
    session.add_all(_campaigns(sorted({str(row["category"]) for row in rows})))


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
                status=OrderStatus.DELIVERED, placed_at=now() - timedelta(days=20 * (number + 1)),
                total=Decimal(10),
                lines=[OrderLine(sku=skus[at], quantity=1, price=Decimal(5)) for at in picked],
            )  # fmt: skip


def _consents() -> Iterator[Consent]:
    for customer_id in range(1, PEOPLE + 1):
        yield Consent(
            customer_id=customer_id, purpose=ConsentPurpose.MARKETING, channel="email",
            granted=True, source="shop", evidence="yes",
        )  # fmt: skip


def _signals(skus: Sequence[str]) -> Iterator[Signal]:
    """Everybody looked at some products lately, and has been to the shop."""
    chance = np.random.default_rng(SEED + 1)
    for customer_id in range(1, PEOPLE + 1):
        kinds = [*[SignalKind.PAGE_VIEW] * 4, SignalKind.CART, SignalKind.CHECK_IN]
        for number, kind in enumerate(kinds):
            looked_at = skus[int(chance.integers(min(FAVOURITES, len(skus))))]
            yield Signal(
                source="site", event_id=f"{customer_id}-{number}", kind=kind,
                customer_id=customer_id, details={"sku": looked_at},
                at=now() - timedelta(days=3 * number),
            )  # fmt: skip


def _campaigns(categories: Sequence[str]) -> Iterator[Promotion]:
    """Three campaigns: for all, for a zone, capped."""
    today = now().date()
    more = ({}, {"zone": ["TN"]}, {"cap_per_customer": 3})
    for number, (category, own) in enumerate(zip(categories, more, strict=False)):
        yield Promotion(
            id=f"campaign-{number}", name={"it": category}, text={"it": category},
            terms={"applies_to": {"categories": [category]}},
            starts_on=today, ends_on=today + timedelta(days=30), **own,
        )  # fmt: skip
