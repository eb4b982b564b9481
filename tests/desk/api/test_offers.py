"""POST /offers/decide and what is reported of offers: for whom, who may ask, what is told."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from actions.phrases import Phrases
from app.settings import ROOT
from crm.db import Database, now
from crm.event.models import SignalKind
from crm.event.register import NewSignal, register_known
from crm.event.signature import sign
from crm.insights.campaigns import Campaigns, Variants
from crm.insights.scope import last_days
from crm.offer.models import OfferEvent, OfferOutcome, Product, Promotion
from crm.offer.need import Found, need_of
from crm.staff.models import Role
from crm.staff.tokens import create_token
from crm.ticket.desk import change_status
from crm.ticket.models import Ticket, TicketStatus
from desk.api import Desk

from .conftest import Login, Shop

SECRET = "first-secret"
DECIDE = "/offers/decide"
BY_MAIL = {"channel": "email"}


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """With the bot's texts, and a search that knows one word."""
    texts = Phrases.load(ROOT / "bot" / "domain")
    found = [Found("EG-2", "face_cream", 0.9)]
    return replace(
        desk,
        compose=texts.text,
        signal_secrets=(SECRET,),
        taste=Alike(),
        need=lambda text, _: need_of(text, found if "crem" in text else []),
    )


@pytest.fixture
def shelf(database: Database, shop: Shop) -> Iterator[None]:
    """Two products, two campaigns; Mario's fault is repaired, and he has come into the shop."""
    today = now().date()
    with database.writing() as session:
        for sku, category, more in (
            ("EG-1", "soap", {}),
            ("EG-2", "face_cream", {"skin": ["dry"]}),
        ):
            session.add(
                Product(sku=sku, category=category, name={"it": sku, "en": sku},
                        description={"it": "bello", "en": "nice"}, price=Decimal("9.90"),
                        attributes=more, stock={})
            )  # fmt: skip
        wordings = [{"id": one, "text": {"it": one, "en": one}} for one in ("calm", "loud")]
        for key, category, more in (
            ("soaps", "soap", {"variants": wordings, "cost": Decimal(10)}),
            ("creams", "face_cream", {"audience": {"zone": {"provincia": "TN"}}}),
        ):
            session.add(
                Promotion(id=key, name={"it": key, "en": key}, text={"it": "t", "en": "t"},
                          terms={"applies_to": {"categories": [category]},
                                 "discount": {"percent": "10"}},
                          starts_on=today - timedelta(days=3), ends_on=today + timedelta(days=3),
                          **more)
            )  # fmt: skip
        for ticket in session.scalars(select(Ticket)):
            change_status(ticket, TicketStatus.SOLVED, "Anna")
        visit = NewSignal("till", "v1", SignalKind.CHECK_IN, now())
        register_known(session, visit, shop.mario)
    return


class Alike:
    """A search by taste in a shop where soap suits who likes creams."""

    relevance: Mapping[str, float] = {}
    origins: Mapping[str, str] = {}
    because: Mapping[str, str] = {}

    def by_taste(self, owned: object, liked: Mapping[str, float], *rest: object) -> "Alike":
        found = Alike()
        if "EG-2" in liked:
            found.relevance, found.origins = {"EG-1": 1.0}, {"EG-1": "likes"}
        return found


Send = Callable[..., httpx.Response]


@pytest.fixture
def send(address: str) -> Send:
    """Sends a signed event."""

    def post(kind: str, key: str, customer: int | None = None, **details: Any) -> httpx.Response:
        about = {} if customer is None else {"id": customer}
        told = {"id": key, "kind": kind, "at": now().isoformat(), "source": "site",
                "customer": about, "details": details}  # fmt: skip
        body = json.dumps(told).encode()
        headers = {"X-Bottega-Signature": sign(SECRET, int(time.time()), body),
                   "Content-Type": "application/json"}  # fmt: skip
        return httpx.post(
            f"{address}/api/v1/signals", content=body, headers=headers, trust_env=False, timeout=30
        )

    return post


def keys(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [one["campaign"] or one["sku"] for one in answer.json()["offers"]]


def test_it_needs_a_token_and_the_right_role(address: str, marketer: httpx.Client) -> None:
    url = f"{address}/api/v1{DECIDE}"
    assert httpx.post(url, json={}, trust_env=False, timeout=30).json()["code"] == "missing_token"
    wrong = {"Authorization": "Bearer bt_no"}
    unknown = httpx.post(url, json={}, headers=wrong, trust_env=False, timeout=30)
    assert (unknown.status_code, unknown.json()["code"]) == (401, "unknown_token")
    refused = marketer.post(DECIDE, json={})
    assert (refused.status_code, refused.json()["code"]) == (403, "role_not_allowed")


@pytest.mark.usefixtures("shelf")
def test_a_till_that_asks_is_nobody_at_work(agent: httpx.Client, database: Database) -> None:
    assert agent.post(DECIDE, json={}).status_code == 200
    with database.reading() as session:
        from crm.conversation.presence import is_noted

        assert not is_noted(session, "Anna")
    agent.get("/tickets")
    with database.reading() as session:
        assert is_noted(session, "Anna")


@pytest.mark.usefixtures("shelf")
def test_nobody_in_particular_gets_what_is_for_everybody(agent: httpx.Client) -> None:
    answer = agent.post(DECIDE, json={"context": {"language": "en"}})
    assert keys(answer) == ["soaps"]
    told = answer.json()
    assert (told["customer_id"], told["level"]) == (None, "anonymous")
    [offer] = told["offers"]
    assert offer["reason"] == {"en": "it is on promotion these days"}
    assert (offer["text"], offer["variant"]) == ({"en": "calm"}, None)
    assert {"offer": "creams", "rule": "in_audience", "keeps": "R8"} in told["trace"]["removed"]


@pytest.mark.usefixtures("shelf")
def test_who_says_nothing_is_offered_what_they_like(
    agent: httpx.Client, shop: Shop, database: Database
) -> None:
    with database.writing() as session:
        like = NewSignal("site", "l1", SignalKind.LIKE, now(), {"sku": "EG-2"})
        register_known(session, like, shop.mario)
    asked = {"customer_id": shop.mario, "kinds": ["product"], "context": BY_MAIL}
    [offer] = agent.post(DECIDE, json={**asked, "level": "verified"}).json()["offers"]
    assert offer["sku"] == "EG-1"
    assert offer["reason"]["it"] == "somiglia a quello che scegli di solito"
    assert agent.post(DECIDE, json=asked).json()["offers"] == []


@pytest.mark.usefixtures("shelf")
def test_a_customer_by_id_or_contact(agent: httpx.Client, shop: Shop) -> None:
    sure = {"level": "verified", "context": BY_MAIL}
    by_id = agent.post(DECIDE, json={"customer_id": shop.mario, **sure})
    contact = {"email": "Mario.Rossi@example.it", "name": "Mario Rossi", "cap": "38068"}
    by_contact = agent.post(DECIDE, json={**contact, **sure})
    assert sorted(keys(by_id)) == sorted(keys(by_contact)) == ["creams", "soaps"]
    assert by_contact.json()["customer_id"] == shop.mario
    few = next(one for one in by_id.json()["offers"] if one["campaign"] == "creams")
    assert few["reason"]["it"] == "è pensata per clienti come te"
    only_claimed = agent.post(DECIDE, json={"customer_id": shop.mario, "context": BY_MAIL})
    assert keys(only_claimed) == ["soaps"]
    stranger = agent.post(DECIDE, json={"email": "nessuno@example.it", "context": BY_MAIL})
    assert stranger.json()["customer_id"] is None


@pytest.mark.usefixtures("shelf")
def test_r5_r14_are_told_in_the_trace(agent: httpx.Client, shop: Shop, database: Database) -> None:
    by_sms = agent.post(DECIDE, json={"customer_id": shop.mario, "context": {"channel": "sms"}})
    assert by_sms.json()["trace"]["silenced_by"] == [{"rule": "consented", "keeps": "R5"}]
    with database.writing() as session:
        ticket = session.scalars(select(Ticket).filter_by(number=shop.fault_ticket)).one()
        change_status(ticket, TicketStatus.OPEN, "Anna")
    silent = agent.post(DECIDE, json={"customer_id": shop.mario, "context": BY_MAIL}).json()
    assert (silent["offers"], silent["trace"]["silenced_by"]) == (
        [], [{"rule": "nothing_open", "keeps": "R14"}]
    )  # fmt: skip


@pytest.mark.usefixtures("shelf")
def test_r18_what_was_said_is_answered(agent: httpx.Client) -> None:
    said = {"said": "cerco una crema per la pelle secca", "channel": "site"}
    answer = agent.post(DECIDE, json={"context": said, "limit": 5})
    assert keys(answer) == ["EG-2"]
    [offer] = answer.json()["offers"]
    assert offer["reason"] == {
        "it": "cercavi qualcosa per la pelle secca",
        "en": "you were looking for something for dry skin",
    }


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"customer_id": 999}, 404, "customer_not_found"),
        ({"customer_id": "1"}, 422, "invalid"),
        ({"limit": 0}, 422, "invalid"),
        ({"context": {"zone": "Trento"}}, 422, "invalid"),
        ({"context": {"purpose": "nag"}}, 422, "invalid"),
        ({"when": "now"}, 422, "invalid"),
    ],
)
def test_what_cannot_be_used_is_named(
    agent: httpx.Client, body: dict[str, Any], status: int, code: str
) -> None:
    answer = agent.post(DECIDE, json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.usefixtures("shelf")
def test_r22_from_the_decision_to_the_sale(
    agent: httpx.Client, shop: Shop, send: Send, database: Database
) -> None:
    asked = {"customer_id": shop.mario, "context": BY_MAIL, "kinds": ["campaign"]}
    decision = agent.post(DECIDE, json=asked).json()
    name, variant = decision["decision"], decision["offers"][0]["variant"]
    assert variant in ("calm", "loud")
    for number, outcome in enumerate(("shown", "opened", "accepted", "nonsense")):
        send("offer", f"o{number}", decision=name, outcome=outcome, offer="soaps")
    send("offer", "o1", decision=name, outcome="opened", offer="soaps")
    send("offer", "o9", decision="unknown", outcome="shown")
    lines = [{"sku": "EG-1", "quantity": 2, "price": "15.00"}, {"sku": "EG-2", "price": "9.00"}]
    bought = {"order": "EG-777", "total": "39.00", "lines": lines}
    send("purchase", "p1", shop.mario, **bought)
    send("purchase", "p2", shop.mario, **bought)
    with database.reading() as session:
        events = session.scalars(
            select(OfferEvent).filter_by(decision=name).order_by(OfferEvent.id)
        )
        found = [(one.outcome, one.customer_id, one.variant, one.amount) for one in events]
        assert found == [
            (OfferOutcome.CHOSEN, shop.mario, variant, None),
            (OfferOutcome.SHOWN, shop.mario, variant, None),
            (OfferOutcome.OPENED, shop.mario, variant, None),
            (OfferOutcome.ACCEPTED, shop.mario, variant, None),
            (OfferOutcome.SOLD, shop.mario, variant, Decimal("30.00")),
        ]
        scope = last_days(2, now().date() + timedelta(days=1))
        [cell] = Campaigns().count(session, scope).cells
        assert (cell.name, cell.customers, cell.count) == ("soaps", 1, 1)
        assert cell.extra == {
            "accepted": 1,
            "sold": 1,
            "revenue": 30.0,
            "cost": 10.0,
            "return": 2.0,
        }
        [wording] = Variants().count(session, scope).cells
        assert (wording.name, wording.extra["is_early"]) == (f"soaps: {variant}", 1.0)


@pytest.mark.usefixtures("shelf")
def test_the_figures_show_by_themselves(database: Database, login: Login) -> None:
    with database.writing() as session:
        create_token(session, Role.ADMIN)
    figures = {one["name"]: one for one in login("admin").get("/insights").json()}
    assert "Wilson" in figures["variants"]["definition"]
    assert login("marketer", "Mia").get("/insights/campaigns").status_code == 200
