"""What becomes of a reply: sent, refused, tried later, unknown; and the 24-hour window."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from pywa.errors import WhatsAppError

from crm.conversation.log import Outgoing
from crm.conversation.models import Conversation, State
from crm.profile.models import ChannelIdentity
from integrations.channels.port import Later, Refused, Unknown
from integrations.channels.whatsapp import outcomes
from integrations.channels.whatsapp.opting import refuses_marketing
from tests.integrations.whatsapp.office import MANY, Customer, Office, wait_until


@pytest.fixture
def known(office: Office, customer: Customer) -> Customer:
    """Somebody who has just written and got no answer."""
    customer.say("zitto")
    wait_until(lambda: bool(office.conversations()) and has_come(office, customer))
    return customer


def has_come(office: Office, customer: Customer) -> bool:
    return any(one.identity.external_id == customer.phone for one in office.conversations())


def say(office: Office, customer: Customer, text: str, **more: Any) -> int:
    return office.say(customer.conversation().id, Outgoing(text, **more))


def settled(office: Office, message_id: int) -> str:
    """The state in which a message stays."""
    wait_until(lambda: office.state_of(message_id) not in ("queued", "sending"), 20)
    return office.state_of(message_id)


def age(office: Office, customer: Customer, hours: float) -> None:
    """Let the customer's last message be older, here and there."""
    with office.database.writing() as session:
        conversation = session.get_one(Conversation, customer.conversation().id)
        assert conversation.last_customer_at is not None
        conversation.last_customer_at -= timedelta(hours=hours)
    office.platform.world.customers[customer.id].wrote_at -= hours * 3600


def test_reports_settle_a_message(office: Office, known: Customer) -> None:
    known.act("state", presence="off")
    message_id = say(office, known, "a domani")
    wait_until(lambda: office.state_of(message_id) == State.SENT)
    known.act("state", presence="reads")
    wait_until(lambda: office.state_of(message_id) == State.READ)


def test_an_undeliverable_message_has_failed_with_its_code(office: Office, known: Customer) -> None:
    known.act("state", presence="gone")
    message_id = say(office, known, "ci sei?")
    wait_until(lambda: office.state_of(message_id) == State.FAILED)
    assert office.error_of(message_id).startswith("131026")


def test_within_the_window_anything_is_said(office: Office, known: Customer) -> None:
    age(office, known, 23.9)
    say(office, known, "ecco")
    known.await_answers(1)
    assert known.texts() == ["ecco"]


def test_after_the_window_an_approved_template_is_sent(office: Office, known: Customer) -> None:
    age(office, known, 24)
    say(office, known, "Il rimborso\n\nè partito.", buttons=MANY[:2])
    [answer] = known.await_answers(1)
    assert answer["type"] == "template"
    assert answer["template"]["text"] == (
        "Ciao! Ecco la risposta alla tua richiesta: Il rimborso è partito. 1. Scelta 1 2. Scelta 2"
    )
    known.say("2")  # opens the window again, and answers what the template asked
    known.await_answers(2)
    assert known.texts() == ["comando /choose_2"]


def test_the_window_goes_by_the_time_of_the_message(office: Office, customer: Customer) -> None:
    customer.say("scritto ieri l'altro", hours_ago=40)
    [answer] = customer.await_answers(1)
    assert answer["type"] == "template"


def test_what_fits_no_template_is_refused_and_listed(office: Office, known: Customer) -> None:
    age(office, known, 30)
    message_id = say(office, known, "lungo " * 400)
    assert settled(office, message_id) == State.FAILED
    assert "window_closed" in office.error_of(message_id)
    assert known.answers() == []


def test_without_a_template_nothing_is_said_after_the_window(
    open_office: Callable[..., Office],
) -> None:
    office = open_office(templates={})
    customer = office.customer(phone="+393470000001")
    customer.say("zitto")
    wait_until(lambda: has_come(office, customer))
    age(office, customer, 25)
    message_id = say(office, customer, "ecco")
    assert settled(office, message_id) == State.FAILED
    assert "no template is set for reply.it" in office.error_of(message_id)
    assert office.report()["calls"].get("send_message", 0) == 0


def test_a_window_that_the_platform_finds_closed_is_not_tried_again(
    office: Office, known: Customer
) -> None:
    office.platform.world.customers[known.id].wrote_at -= 30 * 3600
    before = office.report()["calls"].get("send_message", 0)
    message_id = say(office, known, "ecco")
    assert settled(office, message_id) == State.FAILED
    assert office.error_of(message_id).startswith("131047")
    assert office.report()["calls"]["send_message"] == before + 1


def test_a_closed_window_told_in_a_report_counts_the_same(office: Office, known: Customer) -> None:
    office.faults(window_in_report=True)
    office.platform.world.customers[known.id].wrote_at -= 30 * 3600
    message_id = say(office, known, "ecco")
    wait_until(lambda: office.state_of(message_id) == State.FAILED)
    assert office.error_of(message_id).startswith("131047")


def test_too_many_to_one_person_waits_and_arrives(
    office: Office, known: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(outcomes.CHAT_LIMITS, 131056, 0.2)
    office.platform.world.paces[known.id].left = 0
    office.platform.world.paces[known.id].per_second = 2
    office.platform.world.paces[known.id].at = 1e12  # filled from now on
    message_id = say(office, known, "piano")
    wait_until(lambda: office.error_of(message_id).startswith("131056"))
    office.platform.world.paces[known.id].at = 0.0
    office.platform.world.paces[known.id].per_second = 1000
    wait_until(lambda: office.state_of(message_id) == State.READ, 15)
    assert known.texts() == ["piano"]


def test_too_many_for_the_number_silences_everybody_for_a_while(
    open_office: Callable[..., Office], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(outcomes.ACCOUNT_LIMITS, 130429, 1.0)
    office = open_office()
    first, second = (office.customer(phone=f"+39347000002{one}") for one in range(2))
    for one in (first, second):
        one.say("zitto")
        wait_until(lambda one=one: has_come(office, one))
    office.faults(throttled=1.0)
    one_id = say(office, first, "uno")
    wait_until(lambda: office.error_of(one_id).startswith("130429"))
    office.faults(throttled=0.0)
    calls = office.report()["calls"]["send_message"]
    two_id = say(office, second, "due")
    wait_until(lambda: "kept back" in office.error_of(two_id))
    assert office.report()["calls"]["send_message"] == calls
    wait_until(lambda: {office.state_of(one_id), office.state_of(two_id)} == {"read"}, 20)


def test_a_lost_answer_is_not_asked_for_again_and_its_reports_settle_it(
    office: Office, known: Customer
) -> None:
    office.faults(lost_answers=1.0, delay_seconds=0.5)
    message_id = say(office, known, "una volta sola")
    known.await_answers(1)
    wait_until(lambda: office.state_of(message_id) == State.READ)
    assert known.texts() == ["una volta sola"]


def test_a_lost_call_is_unknown_and_not_repeated(office: Office, known: Customer) -> None:
    office.faults(lost_calls=1.0)
    message_id = say(office, known, "forse")
    assert settled(office, message_id) == State.UNKNOWN
    office.faults(lost_calls=0.0)
    say(office, known, "poi")
    known.await_answers(1)
    assert known.texts() == ["poi"]


def test_an_answer_that_comes_too_late_is_unknown(open_office: Callable[..., Office]) -> None:
    office = open_office(timeout_seconds=0.4)
    customer = office.customer(phone="+393470000003")
    customer.say("zitto")
    wait_until(lambda: has_come(office, customer))
    customer.act("state", presence="off")
    office.faults(late_answers=1.0, late_seconds=1.0, delay_seconds=2.0)
    message_id = say(office, customer, "lento")
    assert settled(office, message_id) == State.UNKNOWN
    wait_until(lambda: office.state_of(message_id) == State.SENT)
    assert customer.texts() == ["lento"]


def test_the_platforms_own_fault_is_tried_again(
    office: Office, known: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(outcomes.AWAY, 131000, 0.1)
    office.faults(broken=1.0)
    message_id = say(office, known, "riprova")
    wait_until(lambda: office.error_of(message_id).startswith("131000"))
    office.faults(broken=0.0)
    wait_until(lambda: office.state_of(message_id) == State.READ, 15)
    assert known.texts() == ["riprova"]


def test_a_token_that_expired_keeps_messages_until_there_is_a_new_one(
    open_office: Callable[..., Office], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outcomes, "LOCKED_OUT_SECONDS", 0.2)
    office = open_office(token="expired")
    customer = office.customer(phone="+393470000004")
    customer.say("zitto")
    wait_until(lambda: has_come(office, customer))
    message_id = say(office, customer, "aspetta")
    wait_until(lambda: office.error_of(message_id).startswith("190"))
    world = office.platform.world
    world.number = replace(world.number, token="expired")
    wait_until(lambda: office.state_of(message_id) == State.READ, 15)


def test_who_says_stop_is_unsubscribed(office: Office, customer: Customer) -> None:
    customer.say("STOP!")
    customer.await_answers(1)
    assert customer.texts() == ["comando /unsubscribe"]
    with office.database.reading() as session:
        identity = session.query(ChannelIdentity).filter_by(external_id=customer.phone).one()
    assert refuses_marketing(identity.details)


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        (131047, 400, Refused), (131026, 400, Refused), (131009, 400, Refused),
        (132001, 404, Refused), (131049, 400, Refused), (368, 403, Refused),
        (130429, 400, Later), (131056, 400, Later), (80007, 400, Later), (4, 429, Later),
        (190, 401, Later), (10, 403, Later), (200, 403, Later), (131016, 503, Later),
        (133004, 503, Later), (131000, 500, Later), (999, 500, Unknown), (999, 503, Later),
    ],
)  # fmt: skip
def test_every_code_comes_to_something(code: int, status: int, kind: type) -> None:
    response = httpx.Response(status, request=httpx.Request("POST", "https://graph"))
    problem = WhatsAppError.from_dict({"code": code, "message": "words"}, response)
    failure = outcomes.failure_of(problem)
    assert isinstance(failure, kind)
    assert str(code) in failure.reason


@pytest.mark.parametrize(
    ("problem", "kind"),
    [
        (httpx.ConnectError("x"), Later), (httpx.ConnectTimeout("x"), Later),
        (httpx.PoolTimeout("x"), Later), (httpx.ReadTimeout("x"), Unknown),
        (httpx.WriteError("x"), Unknown), (httpx.RemoteProtocolError("x"), Unknown),
        (ValueError("x"), Unknown),
    ],
)  # fmt: skip
def test_a_call_without_an_answer_may_have_arrived(problem: Exception, kind: type) -> None:
    assert isinstance(outcomes.failure_of(problem), kind)


def test_a_template_that_the_staff_chose_is_sent_whenever(office: Office, known: Customer) -> None:
    office.say(known.conversation().id, Outgoing("È pronto.", buttons=MANY[:2]), template="reply")
    [answer] = known.await_answers(1)
    assert answer["type"] == "template"
    known.say("1")  # answers the numbers that the template showed
    known.await_answers(2)
    assert known.texts() == ["comando /choose_1"]
    message_id = office.say(known.conversation().id, Outgoing("Auguri!"), template="birthday")
    assert settled(office, message_id) == State.FAILED
    assert "no template is set for birthday.it" in office.error_of(message_id)
