"""What sees to tickets in this app, by the settings."""

from datetime import timedelta

from actions.phrases import Phrases
from app.settings import Settings
from app.workers.ticket_care import TicketCare
from crm.db import Database
from crm.ticket.rules import read_rules
from crm.ticket.satisfaction import Question
from integrations.wakeups import Wakeups

RATING = "utter_ask_rating"


def make_ticket_care(
    settings: Settings, database: Database, phrases: Phrases, wakeups: Wakeups
) -> TicketCare:
    """The worker that escalates tickets and asks how it went.

    Raises:
        BadEscalation
    """

    def question(language: str, number: str) -> Question:
        buttons = phrases.variant(RATING, language)["buttons"]
        text = phrases.text(RATING, language, ticket_number=number)
        return Question(text, [button["title"] for button in buttons])

    return TicketCare(
        database,
        read_rules(settings.escalation),
        question,
        wakeups.notify,
        timedelta(minutes=settings.rating_after_minutes),
    )
