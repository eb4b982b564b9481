"""From a question that nobody answered to a lesson, in the browser."""

import pytest
from playwright.sync_api import expect

from crm.conversation.models import Message, Role
from crm.staff import audit
from tests.browser.desk.conftest import LESSONS, Hire, Place


@pytest.fixture
def asked(place: Place) -> str:
    """Two visitors asked the same in vain; the question."""
    text = "noleggiate arricciacapelli per matrimoni?"
    for _ in range(2):
        talk = place.conversation(place.visitor(text))
        with place.shop.database.writing() as session:
            for message in session.query(Message).filter_by(
                conversation_id=talk, role=Role.CUSTOMER
            ):
                message.understanding = {"intent": {"name": "nlu_fallback"}, "entities": []}
    return text


def test_the_answer_is_written_once(clerk: Hire, place: Place, asked: str) -> None:
    anna = clerk("Anna", path="/teaching")
    card = anna.page.locator(".desk-card").filter(has_text=asked)
    expect(card).to_contain_text("chiesta da 2")
    card.get_by_role("button", name="Scrivi la risposta").click()
    dialog = anna.page.get_by_role("dialog")
    dialog.get_by_role("button", name="Insegna").click()
    expect(anna.page.get_by_text("Manca qualcosa")).to_be_visible()
    dialog.get_by_label("La risposta dell'assistente").fill("Sì, nei negozi di Milano e Roma.")
    dialog.get_by_role("button", name="Insegna").click()
    expect(card).to_have_count(0)
    (lesson,) = LESSONS.answers
    assert (lesson.question, lesson.text, lesson.language) == (
        asked, "Sì, nei negozi di Milano e Roma.", "it",
    )  # fmt: skip
    with place.shop.database.reading() as session:
        assert audit.entries(session, actor="Anna", limit=1)[0].action == "taught"


def test_a_misunderstood_message_gets_its_intent(clerk: Hire, place: Place, asked: str) -> None:
    anna = clerk("Anna", path="/teaching")
    card = anna.page.locator(".desk-card").filter(has_text=asked)
    card.get_by_role("button", name="Ha capito male").click()
    dialog = anna.page.get_by_role("dialog")
    dialog.get_by_label("Che cosa voleva").fill("cerca un prod")
    anna.page.get_by_role("option", name="cerca un prodotto").click()
    dialog.get_by_role("button", name="Salva").click()
    expect(card).to_have_count(0)
    (example,) = LESSONS.examples
    assert (example.text, example.intent, example.author) == (asked, "product_search", "Anna")


def test_not_for_marketers(clerk: Hire) -> None:
    marco = clerk("Marco", path="/teaching")
    expect(marco.page.get_by_text("Il tuo ruolo non può farlo.")).to_be_visible()
