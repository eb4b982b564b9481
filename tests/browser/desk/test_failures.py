"""What came to nothing is seen, and tried again."""

from playwright.sync_api import expect

from crm.conversation.models import Message, Role, State
from tests.browser.desk.conftest import Hire, Place


def test_a_message_given_up_is_tried_again(clerk: Hire, place: Place) -> None:
    visitor = place.visitor("mi senti?")
    talk = place.conversation(visitor)
    with place.shop.database.writing() as session:
        message = session.query(Message).filter_by(conversation_id=talk, role=Role.CUSTOMER).one()
        message.state, message.error = State.DEAD, "Rasa was away"
        message_id = message.id
    anna = clerk("Anna", path="/failures")
    card = anna.page.locator(".desk-card").filter(has_text="mi senti?")
    expect(card).to_contain_text("l'assistente non è riuscito a rispondere")
    card.get_by_role("button", name="Riprova").click()
    expect(card).to_have_count(0)
    answers = [message["text"] for message in visitor.read_until(3)]
    assert answers == ["mi senti?", "eco: mi senti?", "eco: mi senti?"]
    with place.shop.database.reading() as session:
        assert session.get_one(Message, message_id).state == State.HANDLED


def test_what_a_person_has_taken_is_not(clerk: Hire, place: Place) -> None:
    visitor = place.visitor("c'è nessuno?")
    talk = place.call_person(visitor)
    with place.shop.database.writing() as session:
        message = session.query(Message).filter_by(conversation_id=talk, role=Role.CUSTOMER).one()
        message.state = State.DEAD
    anna = clerk("Anna").open(talk)
    anna.press("Prendi in carico")
    expect(anna.page.get_by_text("L'assistente tace")).to_be_visible()
    anna.go("/failures")
    card = anna.page.locator(".desk-card").filter(has_text="c'è nessuno?")
    card.get_by_role("button", name="Riprova").click()
    expect(anna.page.get_by_text("Non si può più riprovare")).to_be_visible()


def test_not_for_marketers(clerk: Hire) -> None:
    marco = clerk("Marco", path="/failures")
    expect(marco.page.get_by_text("Il tuo ruolo non può farlo.")).to_be_visible()
