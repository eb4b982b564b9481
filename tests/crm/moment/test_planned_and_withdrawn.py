"""What is planned and then no longer wanted, and care after a delivery: R5, R14, R15, R16."""

from datetime import timedelta
from typing import Any

import pytest

from crm.consent.models import Purpose
from crm.conversation import delivery
from crm.conversation.handoff import ask_for_person
from crm.conversation.models import Conversation, Message, State
from crm.conversation.pace import Rate
from crm.db import Database, now
from crm.event.models import SignalKind
from crm.moment.deciding import still_wanted, withdraw_what_is_over
from crm.moment.models import MomentState
from crm.moment.occasions import Call, calls_from_deliveries, plan
from crm.order.models import Order, OrderStatus
from crm.profile.models import Customer, CustomerStatus

from .company import (
    BRUSH,
    CREAM,
    DRYER,
    Person,
    add_order,
    add_signal,
    allow,
    decide_all,
    moment_of,
    open_fault,
    plan_signals,
    reason_after_check_in,
    spoken,
    voice,
    write,
)

FAST = Rate(1000)


class TestACartLeft:
    """A cart is reminded of after four hours, unless the matter is over."""

    @pytest.fixture(autouse=True)
    def left(self, database: Database, mario: Person) -> None:
        with database.writing() as session:
            add_signal(session, mario, SignalKind.CART, ago=timedelta(minutes=5), sku=CREAM)
        plan_signals(database, voice())

    def test_reminded_after_a_while(self, database: Database, mario: Person) -> None:
        assert decide_all(database, voice()) == []
        decide_all(database, voice(), now() + timedelta(hours=4))
        [message] = spoken(database, mario)
        assert "Crema Serafosca" in message.text

    def test_bought_meanwhile(self, database: Database, mario: Person) -> None:
        with database.writing() as session:
            add_order(session, mario, CREAM, days_ago=0, status=OrderStatus.PLACED)
            assert withdraw_what_is_over(session, voice()) == 1
        self.is_withdrawn(database, "bought")

    def test_bought_something_else(self, database: Database, mario: Person) -> None:
        with database.writing() as session:
            add_order(session, mario, BRUSH, days_ago=0, status=OrderStatus.PLACED)
            assert withdraw_what_is_over(session, voice()) == 0

    def test_r14_a_complaint_opens(self, database: Database, mario: Person) -> None:
        open_fault(database, mario)
        with database.writing() as session:
            withdraw_what_is_over(session, voice())
        self.is_withdrawn(database, "open_matter")

    def test_r5_the_consent_is_withdrawn(self, database: Database, mario: Person) -> None:
        with database.writing() as session:
            allow(session, mario.customer_id, "telegram", False)
            withdraw_what_is_over(session, voice())
        self.is_withdrawn(database, "said_no")

    def test_the_customer_has_left(self, database: Database, mario: Person) -> None:
        with database.writing() as session:
            session.get_one(Customer, mario.customer_id).status = CustomerStatus.ERASED
            withdraw_what_is_over(session, voice())
        self.is_withdrawn(database, "customer_gone")

    def is_withdrawn(self, database: Database, reason: str) -> None:
        moment = moment_of(database, "cart_left")
        assert (moment.state, moment.reason) == (MomentState.WITHDRAWN, reason)
        assert decide_all(database, voice(), now() + timedelta(hours=5)) == []


@pytest.mark.parametrize("what", ["consent", "fault", "person"])
def test_everything_is_asked_again_as_it_is_sent(
    database: Database, mario: Person, what: str
) -> None:
    """Between the decision and the platform there may be hours of an outage."""
    speaking = voice()
    assert reason_after_check_in(database, mario) is None
    if what == "fault":
        open_fault(database, mario)
    with database.writing() as session:
        if what == "consent":
            allow(session, mario.customer_id, "telegram", False)
        if what == "person":
            said = write(session, mario, "una persona!")
            conversation = session.get_one(Conversation, mario.conversation_id)
            ask_for_person(session, conversation, "asked_for", said, "")
    with database.writing() as session:
        first = delivery.begin_send(
            session, mario.conversation_id, FAST,
            lambda session, message: still_wanted(session, message, speaking),
        )  # fmt: skip
    assert first is None or first.purpose is None
    with database.reading() as session:
        [message] = session.query(Message).where(Message.purpose.is_not(None))
        assert message.state == State.SUPPRESSED
    assert moment_of(database, "shop_welcome").state == MomentState.WITHDRAWN


def test_what_nothing_speaks_against_is_sent(database: Database, mario: Person) -> None:
    assert reason_after_check_in(database, mario) is None
    with database.writing() as session:
        message = delivery.begin_send(
            session, mario.conversation_id, FAST,
            lambda session, message: still_wanted(session, message, voice()),
        )  # fmt: skip
    assert message is not None and message.state == State.SENDING


class TestCare:
    """R15: after a delivery, a hint at what few know and the question how it goes."""

    def deliver(self, database: Database, person: Person, days_ago: int, **order: Any) -> None:
        with database.writing() as session:
            day = (now() - timedelta(days=days_ago)).date()
            add_order(session, person, DRYER, delivered_on=day, **order)
            plan(
                session, calls_from_deliveries(session, voice().moments, now() - timedelta(days=7))
            )

    def test_r15_asked_after_three_days(self, database: Database, mario: Person) -> None:
        self.deliver(database, mario, 4)
        decide_all(database, voice())
        [message] = spoken(database, mario)
        assert "Asciugacapelli Maestrale" in message.text and "colpo freddo" in message.text
        titles = [button["title"] for button in message.buttons]
        assert titles == ["Bene", "Come si usa", "C'è un problema"]

    def test_not_the_next_day(self, database: Database, mario: Person) -> None:
        self.deliver(database, mario, 1)
        assert decide_all(database, voice()) == []

    def test_not_of_what_came_long_ago(self, database: Database, mario: Person) -> None:
        self.deliver(database, mario, 30)
        assert decide_all(database, voice(), now() + timedelta(days=7)) == []

    def test_no_consent_is_needed_but_a_no_counts(self, database: Database, mario: Person) -> None:
        with database.writing() as session:
            allow(session, mario.customer_id, "telegram", False)
        self.deliver(database, mario, 4)
        assert [one.reason for one in decide_all(database, voice())] == ["said_no"]

    def test_returned_meanwhile(self, database: Database, mario: Person) -> None:
        self.deliver(database, mario, 1)
        with database.writing() as session:
            for order in session.query(Order):
                order.status = OrderStatus.RETURNED
            withdraw_what_is_over(session, voice())
        assert moment_of(database, "care").reason == "order_undone"


def test_the_community_needs_its_own_yes(database: Database, mario: Person) -> None:
    kind = voice().moments.kinds["community_question"]
    call = Call(kind, "question:1", now(), mario.customer_id, None,
                {"question": "Scotta?", "question_id": 1, "sku": DRYER})  # fmt: skip
    with database.writing() as session:
        plan(session, [call])
    assert [one.reason for one in decide_all(database, voice())] == ["no_consent"]
    with database.writing() as session:
        allow(session, mario.customer_id, "telegram", True, Purpose.COMMUNITY)
        plan(session, [Call(**{**vars(call), "occasion": "question:2"})])
    decide_all(database, voice())
    assert "Scotta?" in spoken(database, mario)[0].text
