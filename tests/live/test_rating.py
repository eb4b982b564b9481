"""How it went: asked in the chat once a request is settled, answered by a press or in words."""

import pytest

from actions.phrases import Phrases
from app.settings import ROOT
from crm.conversation.models import Conversation
from crm.db import Database
from crm.profile.models import ChannelIdentity
from crm.ticket.desk import NewTicket, change_status, open_ticket
from crm.ticket.models import TicketCategory, TicketRating, TicketStatus
from crm.ticket.satisfaction import Question, ask
from tests.live.instance import Instance
from tests.live.visitor import Visitor

pytestmark = pytest.mark.rasa
PHRASES = Phrases.load(ROOT / "bot" / "domain")


def settle_and_ask(stored: Database, visitor: Visitor, language: str) -> int:
    """A ticket of the visitor's conversation is solved and asked about; the ticket's id."""
    with stored.writing() as session:
        identity = session.query(ChannelIdentity).filter_by(external_id=visitor.session_id).one()
        talk = session.query(Conversation).filter_by(identity_id=identity.id).one()
        new = NewTicket(TicketCategory.OTHER, "una prova", "Anna", conversation_id=talk.id)
        ticket = open_ticket(session, new)
        change_status(ticket, TicketStatus.SOLVED, "Anna")
        text = PHRASES.text("utter_ask_rating", language, ticket_number=ticket.number)
        assert ask(session, ticket, Question(text, ["1", "2", "3", "4", "5"])) is not None
        return ticket.id


def score_of(stored: Database, ticket_id: int) -> int | None:
    with stored.reading() as session:
        return session.query(TicketRating).filter_by(ticket_id=ticket_id).one().score


@pytest.mark.parametrize(
    ("language", "answer", "score", "response"),
    [("it", "press 5", 5, "utter_rating_thanks"), ("en", "I'd say 2 out of 5", 2,
     "utter_rating_sorry"), ("it", "direi 4 su 5", 4, "utter_rating_thanks")],
)  # fmt: skip
def test_a_score_is_taken(
    bottega: Instance, stored: Database, language: str, answer: str, score: int, response: str
) -> None:
    visitor = Visitor(bottega.url, language)
    visitor.say("buongiorno" if language == "it" else "good morning")
    ticket = settle_and_ask(stored, visitor, language)
    visitor.fetch(wait=2)
    said = visitor.press("5") if answer == "press 5" else visitor.say(answer)
    assert said.startswith(PHRASES.text(response, language)[:25])
    assert score_of(stored, ticket) == score


def test_something_else_is_answered_as_ever(bottega: Instance, stored: Database) -> None:
    visitor = Visitor(bottega.url)
    visitor.say("buongiorno")
    ticket = settle_and_ask(stored, visitor, "it")
    visitor.fetch(wait=2)
    assert visitor.say("quanto costa la spedizione?")
    assert score_of(stored, ticket) is None
    assert visitor.press("3").startswith(PHRASES.text("utter_rating_thanks", "it")[:25])
    assert score_of(stored, ticket) == 3
