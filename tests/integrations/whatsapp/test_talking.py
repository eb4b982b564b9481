"""A customer and the bot, over the local platform and back."""

from functools import partial

from crm.conversation.models import State
from tests.integrations.whatsapp.office import Customer, Office, wait_until


def test_a_text_is_stored_answered_and_reported_on(office: Office, customer: Customer) -> None:
    customer.say("buongiorno")
    [answer] = customer.await_answers(1)
    assert answer["text"]["body"] == "eco: buongiorno"
    wait_until(lambda: customer.stored()[-1].state == State.READ)
    incoming, outgoing = customer.stored()
    assert (incoming.text, incoming.state) == ("buongiorno", State.HANDLED)
    assert answer["tracker"] == f"bottega:{outgoing.id}"
    assert customer.conversation().identity.details["name"] == "Mario Rossi"


def test_a_button_is_pressed(office: Office, customer: Customer) -> None:
    customer.say("domanda")
    [question] = customer.await_answers(1)
    buttons = question["interactive"]["action"]["buttons"]
    assert [one["reply"]["title"] for one in buttons] == ["Scelta 1", "Scelta 2"]
    customer.press(question["id"], buttons[1]["reply"]["id"])
    customer.await_answers(2)
    assert customer.texts() == ["comando /choose_2"]


def test_a_row_of_a_list_is_chosen(office: Office, customer: Customer) -> None:
    customer.say("elenco")
    [question] = customer.await_answers(1)
    action = question["interactive"]["action"]
    rows = action["sections"][0]["rows"]
    assert (action["button"], len(rows)) == ("Scegli", 7)
    customer.press(question["id"], rows[4]["id"])
    customer.await_answers(2)
    assert customer.texts() == ["comando /choose_5"]


def test_a_number_answers_a_numbered_text(office: Office, customer: Customer) -> None:
    customer.say("tante")
    [question] = customer.await_answers(1)
    assert "12. Scelta 12" in question["text"]["body"]
    customer.say("11.")
    customer.await_answers(2)
    assert customer.texts()[-1] == "comando /choose_11"
    customer.say("11")  # nothing is asked any more: a text like any other
    customer.await_answers(3)
    assert customer.texts()[-1] == "eco: 11"


def test_a_token_that_is_not_of_this_chat_is_a_stale_choice(
    office: Office, customer: Customer
) -> None:
    content = {"type": "button_reply", "button_reply": {"id": "somebody-elses", "title": "Sì"}}
    customer.send("interactive", content)
    customer.await_answers(1)
    assert customer.texts() == ["comando /stale_choice"]


def test_who_hides_their_number_is_answered_by_user_id(office: Office) -> None:
    customer = office.customer("Ginevra", user_id="IT.13491208655302741918")
    customer.say("ciao")
    customer.await_answers(1)
    assert customer.conversation().identity.external_id == "IT.13491208655302741918"
    assert "phone" not in customer.conversation().identity.details


def is_settled(customer: Customer) -> bool:
    """Whether everything that was said is answered, or read by the customer."""
    return all(one.state in (State.HANDLED, State.READ) for one in customer.stored())


def test_duplicates_disorder_and_delays_change_nothing(office: Office) -> None:
    office.faults(duplicate=0.7, reorder=0.5, delay_seconds=0.4)
    people = [office.customer(f"C{number}", f"+3934811{number:05d}") for number in range(8)]
    for turn in range(4):
        for one in people:
            one.say(f"messaggio {turn}")
    for one in people:
        one.await_answers(4, seconds=30)
        assert sorted(one.texts()) == [f"eco: messaggio {turn}" for turn in range(4)]
        wait_until(partial(is_settled, one), 20)
    assert office.report()["deliveries"].keys() == {"200"}


def test_a_burst_is_answered_in_the_order_in_which_it_came(
    office: Office, customer: Customer
) -> None:
    office.faults(largest_batch=5)
    for turn in range(9):
        customer.say(f"riga {turn}")
    customer.await_answers(9, seconds=20)
    answered = [one.text for one in customer.stored() if one.text.startswith("eco: ")]
    asked = [one.text for one in customer.stored() if not one.text.startswith("eco: ")]
    assert customer.texts() == answered == [f"eco: {text}" for text in asked]
