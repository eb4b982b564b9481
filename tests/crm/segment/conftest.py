"""A company of a few customers, about whom everything is known that a filter can ask."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from crm.consent.models import Purpose
from crm.consent.register import record_consent
from crm.db import Database, now
from crm.event.models import Signal
from crm.offer.models import Product
from crm.order.models import Order, OrderLine, OrderStatus
from crm.profile.models import Customer, CustomerStatus, TraitKind
from crm.profile.traits import Origin, record
from crm.segment.census import member_ids
from crm.segment.filters import read_filter
from crm.value.worth import revalue

Names = Callable[[Any], set[str]]
YEAR_AGO = now() - timedelta(days=365)

PEOPLE = {
    "Mario": {"cap": "38068", "email": "mario@example.it", "phone": "+393401234567",
              "skin": "dry", "hair": ["curly", "fine"], "children": 2, "vegan": True,
              "born": "1978-03-14"},
    "Lucia": {"cap": "38122", "email": "Lucia@Example.it", "skin": "oily", "children": 0,
              "vegan": False, "born": "1990-12-01"},
    "Anna": {"cap": "00184", "phone": "+393407654321", "hair": ["straight"], "children": "2"},
    "Ugo": {"email": "=ugo@example.it"},
    "Pia": {"cap": "20121", "skin": "dry", "email": "pia@example.it"},
}  # fmt: skip


@pytest.fixture
def company(database: Database) -> dict[str, int]:
    """The customers by given name. Pia was erased."""
    with database.writing() as session:
        ids = {}
        for name, values in PEOPLE.items():
            customer = Customer()
            session.add(customer)
            session.flush()
            told = Origin(TraitKind.EXPLICIT, "shop", YEAR_AGO)
            record(session, customer, {"given_name": name, **values}, told)
            ids[name] = customer.id
        mario, lucia = (
            session.get_one(Customer, ids["Mario"]),
            session.get_one(Customer, ids["Lucia"]),
        )
        guessed = Origin(TraitKind.DERIVED, "model", now())
        record(session, mario, {"skin": "oily"}, guessed)
        newer = Origin(TraitKind.EXPLICIT, "chat", now())
        record(session, lucia, {"skin": "normal"}, newer)
        session.add(
            Product(sku="EG-1", category="shampoo", name={}, description={}, price=Decimal(10))
        )
        add_orders(session, ids)
        add_events(session, ids)
        add_consents(session, ids)
        session.get_one(Customer, ids["Pia"]).status = CustomerStatus.ERASED
        session.flush()
        revalue(session, ids.values())
    return ids


def add_orders(session: Any, ids: dict[str, int]) -> None:
    orders = [
        ("O-1", "Mario", 10, "400", OrderStatus.DELIVERED, "EG-1", "rovereto"),
        ("O-2", "Mario", 300, "50", OrderStatus.DELIVERED, "EG-2", None),
        ("O-3", "Lucia", 5, "20", OrderStatus.CANCELLED, "EG-1", None),
    ]
    for number, name, days, total, status, sku, shop in orders:
        session.add(
            Order(number=number, customer_id=ids[name], source="shop", status=status, shop=shop,
                  placed_at=now() - timedelta(days=days), total=Decimal(total),
                  lines=[OrderLine(sku=sku, quantity=1, price=Decimal(total))])
        )  # fmt: skip


def add_events(session: Any, ids: dict[str, int]) -> None:
    events = [
        ("Mario", "check_in", 2, {"shop": "rovereto"}),
        ("Mario", "check_in", 40, {"shop": "milano"}),
        ("Lucia", "page_view", 1, {"seconds": 30, "page": "/phon"}),
    ]
    for number, (name, kind, days, details) in enumerate(events):
        session.add(
            Signal(source="shop", event_id=str(number), kind=kind, customer_id=ids[name],
                   details=details, at=now() - timedelta(days=days))
        )  # fmt: skip


def add_consents(session: Any, ids: dict[str, int]) -> None:
    said = [
        ("Mario", Purpose.MARKETING, "email", True),
        ("Mario", Purpose.SHARING, "sms", True),
        ("Lucia", Purpose.MARKETING, "email", True),
        ("Lucia", Purpose.MARKETING, "email", False),
        ("Ugo", Purpose.MARKETING, "email", True),
        ("Pia", Purpose.MARKETING, "email", True),
        ("Anna", Purpose.MARKETING, "email", True),
    ]
    for name, purpose, channel, granted in said:
        record_consent(session, ids[name], purpose, channel, granted, source="t", evidence="said")


@pytest.fixture
def names(database: Database, company: dict[str, int]) -> Names:
    """Who is in the segment that a filter describes."""

    def found(written: Any) -> set[str]:
        with database.reading() as session:
            members = set(member_ids(session, read_filter(written)))
        return {name for name, customer_id in company.items() if customer_id in members}

    return found
