"""What the bot says unasked, and what keeps it from saying it: R5, R10, R14, R15, R16, R20."""

from datetime import time, timedelta
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
from crm.moment.occasions import Call, calls_from_deliveries, calls_from_moods, plan
from crm.moment.verdict import Limits
from crm.offer.models import OfferEvent, OfferOutcome
from crm.order.models import OrderStatus
from crm.profile.models import Customer, CustomerStatus, TraitKind
from crm.profile.traits import Origin, record
from crm.ticket.desk import NewTicket, change_status, open_ticket
from crm.ticket.models import Ticket, TicketCategory, TicketStatus

from .company import (
    BRUSH,
    CREAM,
    DRYER,
    Person,
    add_order,
    add_person,
    add_products,
    add_signal,
    allow,
    decide_all,
    moment_of,
    plan_signals,
    spoken,
    voice,
    write,
)

AN_HOUR = timedelta(hours=1)
FAST = Rate(1000)


@pytest.fixture
def mario(database: Database) -> Person:
    """Mario has a dryer, is proved on Telegram, and has agreed to offers there."""
    with database.writing() as session:
        add_products(session)
        person = add_person(session)
        add_order(session, person, DRYER, days_ago=40)
        return person


def check_in(database: Database, person: Person, **more: Any) -> None:
    with database.writing() as session:
        add_signal(session, person, SignalKind.CHECK_IN, **more)


def reason_after_check_in(database: Database, person: Person, **changes: Any) -> str | None:
    """Why nothing is said to somebody who comes into the shop; None when something is."""
    check_in(database, person)
    speaking = voice(**changes)
    plan_signals(database, speaking)
    decide_all(database, speaking)
    moment = moment_of(database, "shop_welcome")
    assert bool(spoken(database, person)) == (moment.state == MomentState.SENT)
    return moment.reason


def open_fault(database: Database, person: Person) -> int:
    with database.writing() as session:
        ticket = open_ticket(
            session,
            NewTicket(category=TicketCategory.FAULT, description="si è rotto",
                      customer_id=person.customer_id, actor="bot"),
        )  # fmt: skip
        return ticket.id


def test_r10_r16_a_check_in_opens_the_door(database: Database, mario: Person) -> None:
    assert reason_after_check_in(database, mario) is None
    [message] = spoken(database, mario)
    assert "Spazzola Tonda" in message.text, "what goes with what was bought"
    assert message.state == State.QUEUED and message.purpose == "marketing"
    assert [button["title"] for button in message.buttons] == [
        "Dimmi di più", "Perché questo?", "Non mi interessa",
    ]  # fmt: skip
    with database.reading() as session:
        [shown] = session.query(OfferEvent).all()
    assert (shown.sku, shown.outcome, shown.facts["goes_with"]) == (
        BRUSH, OfferOutcome.SHOWN, DRYER,
    )  # fmt: skip


def test_a_signal_gives_rise_to_one_message_however_often_it_is_looked_at(
    database: Database, mario: Person
) -> None:
    check_in(database, mario)
    assert len(plan_signals(database, voice())) == 1
    assert plan_signals(database, voice()) == []
    decide_all(database, voice())
    assert plan_signals(database, voice()) == [] and decide_all(database, voice()) == []
    assert len(spoken(database, mario)) == 1


def test_r5_silence_is_a_no(database: Database) -> None:
    with database.writing() as session:
        add_products(session)
        anna = add_person(session, "Anna", consent=None)
        add_order(session, anna, DRYER)
    assert reason_after_check_in(database, anna) == "no_consent"


def test_r5_a_yes_by_mail_is_none_for_telegram(database: Database) -> None:
    with database.writing() as session:
        add_products(session)
        anna = add_person(session, "Anna", consent=None)
        allow(session, anna.customer_id, "email", True)
    assert reason_after_check_in(database, anna) == "no_consent"


def test_r14_nothing_while_a_matter_is_open(database: Database, mario: Person) -> None:
    ticket_id = open_fault(database, mario)
    assert reason_after_check_in(database, mario) == "open_matter"
    with database.writing() as session:
        change_status(session.get_one(Ticket, ticket_id), TicketStatus.SOLVED, "Anna")
    check_in(database, mario)
    plan_signals(database, voice())
    decide_all(database, voice())
    assert len(spoken(database, mario)) == 1


def test_r16_an_angry_word_silences_a_happy_one_opens(database: Database, mario: Person) -> None:
    with database.writing() as session:
        write(session, mario, "vergogna!", "angry")
        session.get_one(Conversation, mario.conversation_id).last_customer_at = now() - AN_HOUR
    assert reason_after_check_in(database, mario) == "displeased"
    with database.writing() as session:
        write(session, mario, "grazie, siete fantastici", "happy")
        add_signal(session, mario, SignalKind.CHECK_IN)
        session.get_one(Conversation, mario.conversation_id).last_customer_at = now() - AN_HOUR
    plan_signals(database, voice())
    assert decide_all(database, voice())[-1].state == MomentState.SENT


def test_r16_a_bad_review_silences(database: Database, mario: Person) -> None:
    with database.writing() as session:
        add_signal(session, mario, SignalKind.REVIEW, rating=1)
    assert reason_after_check_in(database, mario) == "bad_review"


def test_r16_a_happy_word_is_followed_within_the_talk(database: Database, mario: Person) -> None:
    with database.writing() as session:
        write(session, mario, "siete bravissimi", "happy")
        assert plan(session, calls_from_moods(session, voice().moments, now() - AN_HOUR))
    assert decide_all(database, voice()) == [], "not in the same second"
    later = now() + timedelta(seconds=6)
    assert [one.state for one in decide_all(database, voice(), later)] == [MomentState.SENT]


def test_no_question_on_top_of_a_question(database: Database, mario: Person) -> None:
    with database.writing() as session:
        said = write(session, mario, "siete bravissimi", "happy")
        conversation = session.get_one(Conversation, mario.conversation_id)
        from crm.conversation.buttons import make_pressable
        from crm.conversation.log import append
        from crm.conversation.models import Role

        asked = append(session, conversation, role=Role.BOT, state=State.QUEUED, text="Va bene?")
        make_pressable(session, asked, [{"title": "Sì", "payload": "/affirm"}])
        plan(session, calls_from_moods(session, voice().moments, said.at - AN_HOUR))
    decide_all(database, voice(), now() + timedelta(seconds=6))
    moment = moment_of(database, "good_mood")
    assert (moment.state, moment.reason) == (MomentState.PLANNED, "question_open")


def test_r20_once_a_day_and_twice_a_week(database: Database, mario: Person) -> None:
    assert reason_after_check_in(database, mario) is None
    check_in(database, mario)
    plan_signals(database, voice())
    assert [one.reason for one in decide_all(database, voice())] == ["cap"]


def test_r20_a_customer_who_wants_none_gets_none(database: Database, mario: Person) -> None:
    with database.writing() as session:
        origin = Origin(TraitKind.EXPLICIT, "conversation:1", now())
        customer = session.get_one(Customer, mario.customer_id)
        record(session, customer, {"contacts_per_week": 0}, origin)
    assert reason_after_check_in(database, mario) == "cap"


def test_r20_the_night_is_waited_for(database: Database, mario: Person) -> None:
    night = voice(limits=Limits(quiet_from=time(21), quiet_until=time(9)))
    with database.writing() as session:
        add_order(session, mario, CREAM, delivered_on=(now() - timedelta(days=2)).date())
        plan(session, calls_from_deliveries(session, night.moments, now() - timedelta(days=3)))
    due_at = moment_of(database, "care").due_at
    at = due_at.astimezone(night.limits.zone).replace(hour=23, minute=30)
    decide_all(database, night, at)
    moment = moment_of(database, "care")
    assert (moment.state, moment.reason) == (MomentState.PLANNED, "quiet_hours")
    morning = moment.due_at.astimezone(night.limits.zone)
    assert (morning.hour, morning.minute, morning.date() - at.date()) == (9, 0, timedelta(days=1))
    decide_all(database, night, moment.due_at)
    assert moment_of(database, "care").state == MomentState.SENT


def test_where_the_morning_is_too_late_it_is_held_back(database: Database, mario: Person) -> None:
    with database.writing() as session:
        add_signal(session, mario, SignalKind.CART, ago=timedelta(hours=8), sku=CREAM)
    at = now() + timedelta(minutes=1)
    local = at.astimezone(Limits().zone)
    begins, ends = (local - timedelta(hours=1)).time(), (local + timedelta(hours=22)).time()
    night = voice(limits=Limits(quiet_from=begins, quiet_until=ends))
    plan_signals(database, night)
    decide_all(database, night, at)
    moment = moment_of(database, "cart_left")
    assert (moment.state, moment.reason) == (MomentState.HELD, "quiet_hours")


def test_who_comes_into_the_shop_is_awake(database: Database, mario: Person) -> None:
    check_in(database, mario)
    all_day = voice(limits=Limits(quiet_from=time(0), quiet_until=time(23, 59)))
    plan_signals(database, all_day)
    assert [one.state for one in decide_all(database, all_day)] == [MomentState.SENT]


def test_a_person_is_not_interrupted(database: Database, mario: Person) -> None:
    with database.writing() as session:
        said = write(session, mario, "una persona, per favore")
        conversation = session.get_one(Conversation, mario.conversation_id)
        ask_for_person(session, conversation, "asked_for", said, "una persona")
    assert reason_after_check_in(database, mario) == "with_a_person"
    assert moment_of(database, "shop_welcome").state == MomentState.PLANNED, "put off"


def test_nobody_is_interrupted_in_a_talk(database: Database, mario: Person) -> None:
    with database.writing() as session:
        add_signal(session, mario, SignalKind.REVIEW, ago=timedelta(hours=1), rating=5)
        write(session, mario, "che orari avete?")
    plan_signals(database, voice())
    decide_all(database, voice())
    moment = moment_of(database, "good_review")
    assert (moment.state, moment.reason) == (MomentState.PLANNED, "talking")
    decide_all(database, voice(), now() + timedelta(minutes=21))
    assert "recensione" in spoken(database, mario)[0].text


def test_what_is_stored_is_told_only_to_who_has_proved_it(database: Database) -> None:
    with database.writing() as session:
        add_products(session)
        someone = add_person(session, "Luca", proved=False)
        add_order(session, someone, DRYER)
    assert reason_after_check_in(database, someone) == "not_proved"


def test_on_the_web_chat_only_who_is_there(database: Database) -> None:
    with database.writing() as session:
        add_products(session)
        someone = add_person(session, "Luca", "webchat", last_wrote=timedelta(hours=3))
        add_order(session, someone, DRYER)
    assert reason_after_check_in(database, someone) == "not_there"


def test_a_closed_window_is_said_so(database: Database, mario: Person) -> None:
    windows = {"telegram": lambda conversation, purpose: f"closed_for_{purpose}"}
    assert reason_after_check_in(database, mario, windows=windows) == "closed_for_marketing"


def test_nothing_to_offer_nothing_said(database: Database) -> None:
    with database.writing() as session:
        add_products(session)
        newcomer = add_person(session, "Nora")
    assert reason_after_check_in(database, newcomer) == "nothing_to_offer"


def test_nobody_to_speak_to(database: Database) -> None:
    with database.writing() as session:
        customer = Customer(given_name="Ugo")
        session.add(customer)
        session.flush()
        ugo = Person(customer.id, 0)
        add_signal(session, ugo, SignalKind.CHECK_IN)
    plan_signals(database, voice())
    assert [one.reason for one in decide_all(database, voice())] == ["no_channel"]


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
            from crm.order.models import Order

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
