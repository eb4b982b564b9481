"""From a question that nobody answered to a lesson, in the browser."""

import pytest
from playwright.sync_api import expect

from crm.conversation.models import Message, Role
from crm.staff import audit
from desk.lessons import Example
from tests.browser.desk.conftest import LESSONS, Hire, Place

TRIAL_MILLISECONDS = 240_000


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
    lesson = LESSONS.answers[-1]
    assert (lesson.question, lesson.text, lesson.language) == (
        asked, "Sì, nei negozi di Milano e Roma.", "it",
    )  # fmt: skip
    with place.shop.database.reading() as session:
        assert audit.entries(session, actor="Anna", limit=1)[0].action == "taught"


def test_a_misunderstood_message_gets_its_intent(clerk: Hire, place: Place, asked: str) -> None:
    anna = clerk("Anna", path="/teaching")
    card = anna.page.locator(".desk-card").filter(has_text=asked).filter(has_text="chiesta da")
    card.get_by_role("button", name="Ha capito male").click()
    dialog = anna.page.get_by_role("dialog")
    dialog.get_by_label("Che cosa voleva").fill("cerca un prod")
    anna.page.get_by_role("option", name="cerca un prodotto").click()
    dialog.get_by_role("button", name="Salva").click()
    expect(card).to_have_count(0)
    (example,) = LESSONS.examples
    assert (example.text, example.intent, example.author) == (asked, "product_search", "Anna")


def test_an_example_is_tried_before_it_is_taught(clerk: Hire, place: Place) -> None:
    for one in LESSONS.review.waiting():
        LESSONS.review.refuse([one.key])
    LESSONS.review.keep(Example("dove sta il mio pacchetto zorki", "order_status", "it", "Bruno"))
    LESSONS.review.keep(Example("ridatemi i soldi zorki", "refund_status", "it", "Bruno"))
    page = clerk("Anna", path="/teaching").page
    card = page.locator(".desk-card").filter(has_text="Esempi da decidere: 2")
    expect(card.get_by_role("button", name="Accetta")).to_have_count(0)
    row = card.locator(".row").filter(has_text="ridatemi i soldi zorki")
    row.get_by_role("button", name="Scarta").click()
    card = page.locator(".desk-card").filter(has_text="Esempi da decidere: 1")
    card.get_by_role("button", name="Prova gli esempi").click()
    expect(card.get_by_role("status")).to_be_visible()
    accept = card.get_by_role("button", name="Accetta")
    expect(accept).to_be_visible(timeout=TRIAL_MILLISECONDS)
    expect(card).to_contain_text("frasi di prova")
    expect(card).to_contain_text("Gli esempi stessi (1)")
    accept.click()
    expect(page.get_by_text("Accettati 1")).to_be_visible()
    expect(card).to_have_count(0)
    assert not LESSONS.review.waiting()
    with place.shop.database.reading() as session:
        deeds = [one.subject for one in audit.entries(session, actor="Anna", limit=3)]
    assert deeds[0] == "example:accepted"


def test_not_for_marketers(clerk: Hire) -> None:
    marco = clerk("Marco", path="/teaching")
    expect(marco.page.get_by_text("Il tuo ruolo non può farlo.")).to_be_visible()
