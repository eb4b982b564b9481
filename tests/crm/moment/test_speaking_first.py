"""What the bot says unasked, and what keeps it from saying it: R5, R10, R14, R15, R16, R20."""

from datetime import time, timedelta

from crm.conversation.handoff import ask_for_person
from crm.conversation.models import Conversation, State
from crm.conversation.pace import Rate
from crm.db import Database, now
from crm.event.models import SignalKind
from crm.moment.models import MomentState
from crm.moment.occasions import calls_from_deliveries, calls_from_moods, plan
from crm.moment.verdict import Limits
from crm.offer.models import OfferEvent, OfferOutcome, Purpose
from crm.profile.models import Customer, TraitKind
from crm.profile.traits import Origin, record
from crm.ticket.desk import change_status
from crm.ticket.models import Ticket, TicketStatus

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
    check_in,
    decide_all,
    moment_of,
    open_fault,
    plan_signals,
    reason_after_check_in,
    spoken,
    voice,
    write,
)

AN_HOUR = timedelta(hours=1)
FAST = Rate(1000)


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
    assert (shown.purpose, shown.channel) == (Purpose.PROACTIVE, "telegram"), "R20 counts it"


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
