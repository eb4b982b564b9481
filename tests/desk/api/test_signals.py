"""Signals: signed, once, for the right person (R10)."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from crm.db import Database
from crm.event.models import Signal
from crm.event.signature import sign
from crm.order.models import Order
from crm.profile.models import Customer
from crm.value.models import CustomerValue
from desk.api import Desk

from .conftest import Shop

SECRET, NEXT_SECRET = "first-secret", "next-secret"
Send = Callable[..., httpx.Response]


@pytest.fixture
def desk(desk: Desk) -> Desk:
    return replace(desk, signal_secrets=(SECRET, NEXT_SECRET))


@pytest.fixture
def send(address: str) -> Send:
    """Sends an event, signed unless told otherwise."""

    def post(secret: str = SECRET, ago: int = 0, header: str | None = None, **event: Any):
        told = {"id": "e1", "kind": "cart", "at": "2026-03-05T10:00:00Z", "source": "shop", **event}
        body = json.dumps(told).encode()
        signed = sign(secret, int(time.time()) - ago, body) if header is None else header
        headers = {"Content-Type": "application/json"}
        headers |= {"X-Bottega-Signature": signed} if signed else {}
        url = f"{address}/api/v1/signals"
        return httpx.post(url, content=body, headers=headers, trust_env=False, timeout=30)

    return post


def signals(database: Database) -> list[Signal]:
    with database.reading() as session:
        return list(session.scalars(select(Signal)))


def test_a_signal_is_stored_once_for_its_person(send: Send, database: Database, shop: Shop) -> None:
    about = {"email": "Mario.Rossi@example.it", "name": "ROSSI MARIO", "phone": "394 195 0001"}
    first = send(customer=about, details={"sku": "EG-2001", "pieces": 2})
    again = send(customer=about, secret=NEXT_SECRET)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == {"id": 1, "customer_id": shop.mario, "stored": True}
    assert again.json() == {"id": 1, "customer_id": shop.mario, "stored": False}
    [signal] = signals(database)
    assert signal.details == {"sku": "EG-2001", "pieces": 2}
    assert send(source="other", customer=about).json()["stored"]


def test_it_shows_in_the_timeline_and_in_the_value(
    send: Send, database: Database, shop: Shop, agent: httpx.Client
) -> None:
    send(customer={"id": shop.mario}, details={"page": "/phon"})
    touches = agent.get(f"/customers/{shop.mario}/timeline").json()["items"]
    [touch] = [one for one in touches if one["kind"] == "signal"]
    assert (touch["about"], touch["details"]) == ("cart", {"page": "/phon", "source": "shop"})
    with database.reading() as session:
        assert session.get_one(CustomerValue, shop.mario).orders == 1


def test_a_purchase_becomes_an_order(send: Send, database: Database, shop: Shop) -> None:
    lines = [{"sku": "EG-1001", "quantity": 2, "price": "10.00"}, {"sku": "EG-1002"}]
    told = {"order": "EG-30001", "total": "25.50", "lines": lines, "status": "shipped"}
    send(kind="purchase", customer={"id": shop.mario}, details=told)
    send(id="e2", kind="purchase", customer={"id": shop.mario}, details=told)
    with database.reading() as session:
        order = session.scalars(select(Order).filter_by(number="EG-30001")).one()
        assert (order.customer_id, str(order.total), order.status) == (
            shop.mario, "25.50", "shipped"
        )  # fmt: skip
        assert [(line.sku, line.quantity) for line in order.lines] == [
            ("EG-1001", 2), ("EG-1002", 1)
        ]  # fmt: skip
        assert session.get_one(CustomerValue, shop.mario).orders == 2


def test_a_stranger_gets_a_profile_and_is_known_the_next_time(
    send: Send, database: Database, shop: Shop
) -> None:
    first = send(customer={"email": "nuova@example.it", "name": "Nuova Cliente"}).json()
    second = send(id="e2", customer={"email": "nuova@example.it"}).json()
    keyed = send(id="e3", customer={"key": "77", "email": "nuova@example.it"}).json()
    by_key = send(id="e4", customer={"key": "77"}).json()
    assert first["customer_id"] not in (None, shop.mario, shop.giulia)
    assert {one["customer_id"] for one in (second, keyed, by_key)} == {first["customer_id"]}
    with database.reading() as session:
        assert session.get_one(Customer, first["customer_id"]).full_name == "Nuova Cliente"


def test_nobody_knows_whose_it_is_and_it_still_counts(send: Send, database: Database) -> None:
    wrong = {"email": "no address", "phone": "12", "cap": "Rovereto"}
    assert send(customer=wrong).json() == {"id": 1, "customer_id": None, "stored": True}
    assert send(id="e2", customer={"key": "unknown"}).json()["customer_id"] is None
    assert send(id="e3").json()["customer_id"] is None
    with database.reading() as session:
        assert session.scalars(select(Customer)).all() == []


@pytest.mark.parametrize(
    ("kind", "details"),
    [
        ("offer", {"decision": "d", "outcome": []}),
        ("purchase", {"order": "A1", "total": "9.90", "status": []}),
    ],
)
def test_details_of_a_strange_kind_are_kept_all_the_same(
    send: Send, kind: str, details: dict[str, Any]
) -> None:
    answer = send(kind=kind, details=details, customer={"email": "nuova@example.it"})
    assert (answer.status_code, answer.json()["stored"]) == (201, True)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"header": ""}, "missing_signature"),
        ({"header": "t=1,v1=abc"}, "bad_signature"),
        ({"secret": "another"}, "bad_signature"),
        ({"ago": 310}, "signature_expired"),
        ({"ago": -900}, "signature_expired"),
    ],
)
def test_what_is_not_signed_as_it_must_be_is_refused(
    send: Send, database: Database, change: dict[str, Any], code: str
) -> None:
    answer = send(**change)
    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert signals(database) == []


def test_a_changed_body_is_refused(address: str, database: Database) -> None:
    event = b'{"id": "1", "kind": "cart", "at": "2026-03-05T10:00:00Z", "source": "shop"}'
    header = {"X-Bottega-Signature": sign(SECRET, int(time.time()), event)}
    changed = event.replace(b'"1"', b'"2"')
    url = f"{address}/api/v1/signals"
    answer = httpx.post(url, content=changed, headers=header, trust_env=False, timeout=30)
    assert (answer.status_code, signals(database)) == (401, [])


@pytest.mark.parametrize(
    "event",
    [
        {"kind": "dance"},
        {"at": "2026-03-05T10:00:00"},
        {"at": "1066-10-14T10:00:00Z"},
        {"source": "The Shop"},
        {"id": ""},
        {"id": "nul\x00"},
        {"details": {"Page": "x"}},
        {"details": {"page": "\x00"}},
        {"customer": {"surname": "Rossi"}},
    ],
)
def test_what_cannot_be_used_is_said(send: Send, event: dict[str, Any]) -> None:
    answer = send(**event)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


def test_the_future_is_now(send: Send, database: Database) -> None:
    send(at="2999-01-01T00:00:00Z")
    assert signals(database)[0].at.year < 2999


def test_without_a_secret_there_are_no_signals(database: Database, tmp_path: Any) -> None:
    from fastapi.testclient import TestClient

    from desk.api import staff_api

    desk = Desk(database, notify=print, phrase=lambda name, language: name)
    answer = TestClient(staff_api(desk)).post("/signals", json={
        "id": "1", "kind": "cart", "at": "2026-03-05T10:00:00Z", "source": "shop"})  # fmt: skip
    assert (answer.status_code, answer.json()["code"]) == (403, "signals_off")


def test_a_delivery_marks_the_order(send: Send, database: Database, shop: Shop) -> None:
    send(kind="delivery", at="2026-03-07T10:00:00Z", customer={"id": shop.giulia},
         details={"order": "EG-20417"})  # fmt: skip
    with database.reading() as session:
        assert session.query(Order).one().status == "shipped", "it is Mario's"
    send(id="e2", kind="delivery", at="2026-03-07T10:00:00Z", customer={"id": shop.mario},
         details={"order": "EG-20417"})  # fmt: skip
    with database.reading() as session:
        order = session.query(Order).one()
        assert (order.status, str(order.delivered_on)) == ("delivered", "2026-03-07")
