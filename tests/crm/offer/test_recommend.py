"""What may be offered, in which order, and which offer a customer means."""

from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from crm.conversation.log import open_conversation
from crm.db import Database, now
from crm.offer import outcomes
from crm.offer.decision import decide
from crm.offer.eligibility import Circumstances, eligible
from crm.offer.facets import Facet
from crm.offer.models import OfferOutcome, Product, Purpose
from crm.offer.outcomes import Offered, offers_meant
from crm.offer.past import Refused, refused
from crm.offer.request import DecisionRequest
from crm.order.models import Order, OrderLine, OrderStatus
from crm.profile.models import Customer, Level

CONVERSATION = 1
DRY = Facet("skin", "dry")


def product(sku: str, category: str = "face_cream", price: str = "10", **attributes: object):  # type: ignore[no-untyped-def]
    return Product(
        sku=sku, category=category, name={"it": sku, "en": sku}, description={},
        price=Decimal(price), attributes=attributes, stock={},
    )  # fmt: skip


SHELF = [
    product("dry", skin=["dry"], brand="a", goes_with=["balm"]),
    product("oily", skin=["oily"], brand="b"),
    product("dear", price="90", brand="c"),
    product("baby", for_whom=["babies"], brand="d"),
    product("dryer", category="hair_dryer", brand="e"),
    product("other_dryer", category="hair_dryer", brand="f"),
    product("balm", category="lip_balm", brand="g"),
]


@pytest.mark.parametrize(
    ("sku", "rule", "circumstances"),
    [
        ("dry", "not_refused", Circumstances(rejected=frozenset({"dry"}))),
        ("dry", "not_bought_already", Circumstances(bought=frozenset({"dry"}))),
        ("other_dryer", "not_bought_already",
         Circumstances(bought_categories=frozenset({"hair_dryer"}))),
        ("oily", "no_contradiction", Circumstances(said=frozenset({DRY}))),
        ("dear", "within_budget", Circumstances(budget=Decimal(50))),
        ("baby", "for_this_person", Circumstances()),
        ("dry", "nothing_open", Circumstances(has_open_matter=True, purpose=Purpose.PROMOTE)),
    ],
)  # fmt: skip
def test_each_rule_says_that_it_removed(sku: str, rule: str, circumstances: Circumstances) -> None:
    allowed, trace = eligible(SHELF, circumstances)
    assert trace.removed[sku] == rule
    assert sku not in {product.sku for product in allowed}


def test_an_open_matter_hides_nothing_from_who_asks() -> None:
    allowed, _ = eligible(SHELF, Circumstances(has_open_matter=True))
    assert "dry" in {product.sku for product in allowed}


@pytest.fixture
def session(database: Database):  # type: ignore[no-untyped-def]
    with database.writing() as session:
        session.add_all(product(p.sku, p.category, str(p.price), **p.attributes) for p in SHELF)
        assert open_conversation(session, "webchat", "v1").id == CONVERSATION
        yield session


def test_what_was_said_comes_first_and_is_the_reason(session: Session) -> None:
    request = DecisionRequest(said=frozenset({DRY}), candidates={"dry": 0.6, "dear": 0.6})
    choices = decide(session, request).choices
    assert [choice.product.sku for choice in choices] == ["dry", "dear"]
    assert choices[0].facts["said"] == [["skin", "dry"]]


def test_what_goes_with_a_purchase_is_offered_for_that_reason(session: Session) -> None:
    session.add(Customer(id=1, given_name="Lucia"))
    session.flush()
    line = OrderLine(sku="dry", quantity=1, price=Decimal(10))
    session.add(
        Order(number="N-1", customer_id=1, source="shop", status=OrderStatus.DELIVERED,
              placed_at=now(), total=Decimal(10), lines=[line])
    )  # fmt: skip
    session.flush()
    request = DecisionRequest(customer_id=1, level=Level.VERIFIED, states_need=False)
    choices = decide(session, request).choices
    assert [(choice.product.sku, choice.goes_with) for choice in choices] == [("balm", "dry")]


def note(session: Session, outcome: OfferOutcome, *skus: str) -> None:
    together = now()
    for sku in skus:
        outcomes.note(session, outcome, Offered(sku), conversation_id=CONVERSATION, at=together)


def meant(session: Session, sku: str | None = None) -> set[str]:
    return {offer.sku for offer in offers_meant(session, CONVERSATION, sku)}


def test_all_that_was_shown_together_is_meant_until_one_is_spoken_of(session: Session) -> None:
    assert meant(session) == set()
    note(session, OfferOutcome.SHOWN, "balm")
    note(session, OfferOutcome.SHOWN, "dry", "dear")
    assert meant(session) == {"dry", "dear"}
    assert meant(session, "balm") == {"balm"}
    note(session, OfferOutcome.EXPLAINED, "dear")
    assert meant(session) == {"dear"}
    assert offers_meant(session, CONVERSATION, since=now()) == []


def test_refusals_are_remembered(session: Session) -> None:
    note(session, OfferOutcome.REJECTED, "dry")
    assert refused(session, CONVERSATION, None).products == {"dry"}


def test_what_others_refused_holds_nothing_back(session: Session) -> None:
    session.add_all([Customer(id=1), Customer(id=2)])
    session.flush()
    outcomes.note(session, OfferOutcome.REJECTED, Offered("dry"), customer_id=1)
    assert refused(session, None, 1).products == {"dry"}
    assert refused(session, None, 2) == refused(session, None, None) == Refused()
