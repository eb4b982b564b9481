"""Questions of the community on the desk, in the browser (R12)."""

import pytest
from playwright.sync_api import expect

from crm.community.answering import take_answer
from crm.community.asking import NewQuestion, put_question
from crm.community.models import CommunityQuestion, QuestionState
from crm.offer.models import Product
from crm.staff import audit
from tests.browser.desk.conftest import LESSONS, Hire, Place
from tests.crm.moment.company import product

QUESTION = "La spazzola va bene anche sui ricci?"


@pytest.fixture
def question_id(place: Place) -> int:
    """A visitor's question, with an answer of a customer that waits."""
    talk = place.conversation(place.visitor("va bene sui ricci?"))
    with place.shop.database.writing() as session:
        if session.get(Product, "EG-3042") is None:
            session.add(product("EG-3042", "hair_brush", "Spazzola Tonda"))
        question = put_question(session, NewQuestion(QUESTION, "it", talk, sku="EG-3042"))
        take_answer(session, question, "Sì, con capelli umidi.", conversation_id=talk)
        return question.id


def state(place: Place, question_id: int) -> QuestionState:
    with place.shop.database.reading() as session:
        return session.get_one(CommunityQuestion, question_id).state


def test_an_answer_is_read_over_and_let_out(clerk: Hire, place: Place, question_id: int) -> None:
    anna = clerk("Anna", path="/community")
    card = anna.page.locator(".desk-card").filter(has_text=QUESTION)
    expect(card).to_contain_text("Risponde un cliente")
    card.get_by_role("button", name="Approva").click()
    dialog = anna.page.get_by_role("dialog")
    dialog.get_by_label("La risposta, come esce").fill("Sì, sui capelli umidi.")
    dialog.get_by_role("button", name="Approva").click()
    expect(card).to_have_count(0)
    assert state(place, question_id) == QuestionState.ANSWERED
    lesson = LESSONS.answers[-1]
    assert (lesson.question, lesson.text) == (QUESTION, "Sì, sui capelli umidi.")
    with place.shop.database.reading() as session:
        assert audit.entries(session, actor="Anna", limit=1)[0].action == "moderated"


def test_refused_then_answered_by_the_staff(clerk: Hire, place: Place, question_id: int) -> None:
    anna = clerk("Anna", path="/community")
    card = anna.page.locator(".desk-card").filter(has_text=QUESTION)
    card.get_by_role("button", name="Rifiuta").click()
    anna.page.get_by_role("dialog").get_by_role("button", name="Rifiuta").click()
    expect(card.get_by_text("Risponde un cliente")).to_have_count(0)
    card.get_by_role("button", name="Rispondi tu").click()
    dialog = anna.page.get_by_role("dialog")
    dialog.get_by_role("button", name="Rispondi tu").click()
    expect(anna.page.get_by_text("Manca il testo.")).to_be_visible()
    dialog.get_by_label("La risposta, come esce").fill("Sì, certo.")
    dialog.get_by_role("button", name="Rispondi tu").click()
    expect(card).to_have_count(0)
    assert state(place, question_id) == QuestionState.ANSWERED


def test_nobody_to_ask_is_said(clerk: Hire, place: Place, question_id: int) -> None:
    anna = clerk("Anna", path="/community")
    card = anna.page.locator(".desk-card").filter(has_text=QUESTION)
    card.get_by_role("button", name="Chiedi a chi ce l'ha").click()
    anna.page.get_by_role("dialog").get_by_role("button", name="Chiedi a chi ce l'ha").click()
    expect(anna.page.get_by_text("Nessun cliente che ha il prodotto")).to_be_visible()
    card.get_by_role("button", name="Metti da parte").click()
    expect(card).to_have_count(0)
    assert state(place, question_id) == QuestionState.CLOSED


def test_what_a_colleague_has_settled_is_said(clerk: Hire, place: Place, question_id: int) -> None:
    anna = clerk("Anna", path="/community")
    card = anna.page.locator(".desk-card").filter(has_text=QUESTION)
    with place.shop.database.writing() as session:
        session.get_one(CommunityQuestion, question_id).state = QuestionState.CLOSED
    card.get_by_role("button", name="Metti da parte").click()
    expect(anna.page.get_by_text("Nel frattempo ci ha pensato qualcun altro")).to_be_visible()


def test_not_for_marketers(clerk: Hire) -> None:
    marco = clerk("Marco", path="/community")
    expect(marco.page.get_by_text("Il tuo ruolo non può farlo.")).to_be_visible()
