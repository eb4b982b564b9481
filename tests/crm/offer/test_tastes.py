"""What a customer likes, only as far as their level allows (R4, R15)."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from crm.db import Database, now
from crm.event.models import Signal, SignalKind
from crm.offer.facets import Facet
from crm.offer.knowing import stored_of
from crm.offer.models import Product
from crm.offer.permissions import permissions
from crm.offer.policy import OfferPolicy
from crm.offer.request import DecisionRequest
from crm.offer.tastes import Taste, purchases, taste_of
from crm.order.models import Order, OrderLine, OrderStatus
from crm.profile.models import Customer, Level, TraitKind
from crm.profile.traits import Origin, record

TODAY = datetime.fromisoformat("2026-03-02T10:00:00+00:00")


@pytest.fixture
def session(database: Database):  # type: ignore[no-untyped-def]
    with database.writing() as session:
        session.add(Customer(id=1, given_name="Lucia"))
        session.add(Customer(id=2, given_name="Mario"))
        session.add(
            Product(
                sku="dryer", category="hair_dryer", name={}, description={}, price=Decimal(30),
                attributes={"goes_with": ["brush", "balm"]}, stock={},
            )
        )  # fmt: skip
        session.flush()
        yield session


def buy(session: Session, number: str, *skus: str, customer: int = 1, days_ago: int = 0,
        status: OrderStatus = OrderStatus.DELIVERED) -> None:  # fmt: skip
    lines = [OrderLine(sku=sku, quantity=1, price=Decimal(5)) for sku in skus]
    at = TODAY - timedelta(days=days_ago)
    session.add(
        Order(number=number, customer_id=customer, source="shop", status=status, placed_at=at,
              total=Decimal(5), lines=lines)
    )  # fmt: skip
    session.flush()


def signal(session: Session, kind: SignalKind, days_ago: int = 0, **details: object) -> None:
    count = session.query(Signal).count()
    session.add(
        Signal(source="site", event_id=str(count), kind=kind, customer_id=1, details=details,
               at=TODAY - timedelta(days=days_ago))
    )  # fmt: skip
    session.flush()


def taste(session: Session, level: Level = Level.VERIFIED) -> Taste:
    request = DecisionRequest(customer_id=1, level=level, states_need=False)
    allowed = permissions(session, request)
    return taste_of(stored_of(session, request, allowed, OfferPolicy(), TODAY), TODAY)


@pytest.mark.parametrize("level", [Level.ANONYMOUS, Level.CLAIMED])
def test_below_verified_nothing_that_is_stored_counts(session: Session, level: Level) -> None:
    buy(session, "A-1", "dryer")
    signal(session, SignalKind.CART, sku="cream")
    assert taste(session, level) == Taste()


def test_what_was_bought_and_kept_tells_half_as_much_a_year_later(session: Session) -> None:
    buy(session, "A-1", "cream")
    buy(session, "A-2", "soap", "cream", days_ago=365)
    buy(session, "A-3", "lipstick", status=OrderStatus.RETURNED)
    buy(session, "A-4", "perfume", status=OrderStatus.CANCELLED)
    buy(session, "A-5", "razor", customer=2)
    assert taste(session).owned == pytest.approx({"cream": 1.0, "soap": 0.5})


def test_the_catalogue_says_what_goes_with_it(session: Session) -> None:
    buy(session, "A-1", "dryer", "cream")
    assert taste(session).goes_with == {"dryer": ("brush", "balm")}


def test_what_is_put_in_the_cart_looked_at_and_liked_tells_less_with_time(session: Session) -> None:
    signal(session, SignalKind.CART, sku="cream")
    signal(session, SignalKind.CART, lines=[{"sku": "soap"}, "nonsense"], days_ago=30)
    signal(session, SignalKind.PAGE_VIEW, sku="balm")
    signal(session, SignalKind.PAGE_VIEW, sku="balm")
    signal(session, SignalKind.LIKE, sku="old", days_ago=200)
    signal(session, SignalKind.CHECK_IN, sku="till")
    signal(session, SignalKind.PAGE_VIEW, page="/phon")
    assert taste(session).liked == pytest.approx({"cream": 1.0, "soap": 0.5, "balm": 0.6})


def test_traits_they_told_are_said_in_either_language(session: Session) -> None:
    customer = session.get_one(Customer, 1)
    origin = Origin(TraitKind.EXPLICIT, "chat", now())
    record(session, customer, {"skin": "dry", "hair": "purple", "points": 7}, origin)
    found = taste(session)
    assert found.traits == (Facet("skin", "dry"),)
    assert found.in_words("it") != found.in_words("en")


def test_everybody_s_purchases_are_told_once(session: Session) -> None:
    buy(session, "A-1", "cream")
    buy(session, "A-2", "cream", "soap")
    buy(session, "A-3", "cream", customer=2)
    buy(session, "A-4", "lipstick", status=OrderStatus.RETURNED)
    assert sorted(purchases(session)) == [(1, "cream"), (1, "soap"), (2, "cream")]
