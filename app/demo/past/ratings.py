"""How content customers said they were with what the staff had settled."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from app.demo.chance import happens, pick
from app.demo.past.script import Exchange
from app.demo.past.visits import Visit
from crm.conversation.models import Role
from crm.ticket.models import Ticket, TicketRating, TicketStatus

ASKED = 0.7
ANSWERS = 0.65
SCORES = {5: 44, 4: 30, 3: 13, 2: 8, 1: 5}
SORRY_UP_TO = 2


def ask_for_score(visit: Visit, end: datetime) -> None:
    """Ask, after the last visit, how it went with what was settled; many answer with a number."""
    ticket = _settled(visit)
    if ticket is None or not happens(visit.dice, ASKED):
        return
    asked_at = max(ticket.updated_at, visit.at) + timedelta(minutes=30)
    if asked_at + timedelta(hours=6) > end:
        return
    visit.at = asked_at
    visit.values = {"ticket_number": ticket.number}
    question = visit.say(Role.BOT, "utter_ask_rating")
    rating = TicketRating(
        ticket_id=ticket.id, conversation_id=visit.talk.id,
        question_seq=question.seq, asked_at=asked_at,
    )  # fmt: skip
    visit.session.add(rating)
    if happens(visit.dice, ANSWERS):
        _answer(visit, rating)
    visit.end()


def _answer(visit: Visit, rating: TicketRating) -> None:
    score = pick(visit.dice, SCORES)
    is_bad = score <= SORRY_UP_TO
    answer = "utter_rating_sorry" if is_bad else "utter_rating_thanks"
    mood = "unhappy" if is_bad else "neutral"
    visit.pause(1, 240)
    visit.turn(Exchange([str(score)], "rate_service", answer, mood))
    rating.score, rating.answered_at = score, visit.at


def _settled(visit: Visit) -> Ticket | None:
    query = select(Ticket).filter_by(conversation_id=visit.talk.id, status=TicketStatus.SOLVED)
    return visit.session.scalar(query.order_by(Ticket.updated_at.desc()).limit(1))
