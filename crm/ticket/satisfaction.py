"""How content customers are with what became of their tickets: asked once, answered in the chat.

Asked in the conversation that the ticket is from, once it has rested for a while, and never while a
person has it. A press, a typed number or words with a number in them answer it.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from crm.conversation.buttons import make_pressable
from crm.conversation.log import append, lock
from crm.conversation.models import Conversation, Message, Mode, Role, State
from crm.db import now
from crm.profile.models import ChannelIdentity, Customer, CustomerStatus
from crm.ticket.desk import note_event
from crm.ticket.models import OPEN_STATUSES, Ticket, TicketRating, TicketStatus

RATE = "/rate_service"
SCORES = range(1, 6)
RATED = "rated"
# The chat has rested for so long; what was settled longer ago is forgotten.
REST = timedelta(minutes=10)
ASKED_WITHIN = timedelta(days=3)
# One conversation is not asked again for so long, whatever was settled in it.
PAUSE = timedelta(days=7)
TAKEN_WITHIN = timedelta(days=30)
WINDOW = timedelta(hours=23)
AT_ONCE = 50

# What a customer says about how it went, when words come instead of a number.
OPINIONS = frozenset({"thank", "give_feedback", "complain"})
LONGEST_COMMENT = 1000
NUMBERS = {
    "uno": 1, "due": 2, "tre": 3, "quattro": 4, "cinque": 5,
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5,
}  # fmt: skip
NUMBER = "|".join(("[1-5]", *NUMBERS))
SAID = re.compile(
    r"(?:(?:direi|do|darei|vi|ti|voto|un|il|è|e|i'd|say|i|give|you|rate|it|it's|a)\s+){0,4}"
    rf"(?P<score>{NUMBER})"
    r"(?:\s*(?:/|su|out of)\s*(?:5|cinque|five))?"
    r"(?:\s*(?:stell[ae]|stars?|punti|points?))?",
    re.IGNORECASE,
)
STARS = re.compile("[★⭐\ufe0f]+")


class Taken(StrEnum):
    """What became of an answer."""

    THANKS = "thanks"
    SORRY = "sorry"
    LATE = "late"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Question:
    """The words of the question in a language, and the titles of its five buttons, 1 first."""

    text: str
    titles: Sequence[str]


def to_be_asked(
    session: Session, at: datetime | None = None, rest: timedelta = REST
) -> Sequence[Ticket]:
    """The tickets whose customer is to be asked now, the oldest first."""
    at = at or now()
    other = aliased(Ticket)
    still_open = exists().where(
        other.conversation_id == Ticket.conversation_id, other.status.in_(OPEN_STATUSES)
    )
    asked = exists().where(
        TicketRating.conversation_id == Ticket.conversation_id, TicketRating.asked_at > at - PAUSE
    )
    in_window = or_(Conversation.channel != "whatsapp", Conversation.last_customer_at > at - WINDOW)
    query = (
        select(Ticket)
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
        .outerjoin(Customer, Customer.id == func.coalesce(Ticket.customer_id, 0))
        .where(Ticket.status.in_((TicketStatus.SOLVED, TicketStatus.CLOSED)))
        .where(Ticket.updated_at > at - ASKED_WITHIN, Ticket.updated_at <= at - rest)
        .where(Ticket.merged_into_id.is_(None), ~_was_asked(), ~asked, ~still_open)
        .where(Conversation.mode.in_((Mode.BOT, Mode.CLOSED)), in_window)
        .where(Conversation.updated_at <= at - rest, Conversation.last_customer_at.is_not(None))
        .where(or_(Customer.id.is_(None), Customer.status == CustomerStatus.ACTIVE))
        .order_by(Ticket.id)
        .limit(AT_ONCE)
    )
    return session.scalars(query).all()


def _was_asked() -> Any:
    return exists().where(TicketRating.ticket_id == Ticket.id)


def ask(
    session: Session, ticket: Ticket, question: Question, rest: timedelta = timedelta()
) -> Message | None:
    """Ask the customer of a ticket; None where the conversation is no longer to be asked.

    A question about this ticket or another one, a person, or whoever spoke meanwhile may have come
    in between.

    Args:
        rest: how long the conversation must have rested.
    """
    conversation = session.get_one(Conversation, ticket.conversation_id)
    lock(session, conversation)
    is_free = conversation.mode in (Mode.BOT, Mode.CLOSED)
    is_at_rest = conversation.updated_at <= now() - rest
    if not (is_free and is_at_rest) or _has_been_asked(session, ticket):
        return None
    message = append(session, conversation, role=Role.BOT, state=State.QUEUED, text=question.text)
    message.buttons = make_pressable(session, message, _buttons(ticket, question.titles))
    session.add(
        TicketRating(ticket_id=ticket.id, conversation_id=conversation.id, question_seq=message.seq)
    )
    session.flush()
    return message


def _has_been_asked(session: Session, ticket: Ticket) -> bool:
    """About this ticket ever, or about another one of its conversation a short while ago."""
    lately = (TicketRating.conversation_id == ticket.conversation_id) & (
        TicketRating.asked_at > now() - PAUSE
    )
    query = select(TicketRating.id).where((TicketRating.ticket_id == ticket.id) | lately)
    return session.scalar(query.limit(1)) is not None


def _buttons(ticket: Ticket, titles: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {"title": title, "payload": command_of(ticket, score)}
        for score, title in zip(SCORES, titles, strict=True)
    ]


def command_of(ticket: Ticket, score: int) -> str:
    """The command that gives a ticket a score."""
    return RATE + json.dumps({"rated_ticket": ticket.number, "score": str(score)})


def said_score(session: Session, message: Message) -> str | None:
    """The command of an answer in words, where the message follows the question at once."""
    score = read_score(message.text)
    if score is None:
        return None
    rating = _just_asked(session, message)
    return command_of(session.get_one(Ticket, rating.ticket_id), score) if rating else None


def read_score(text: str) -> int | None:
    """The number that a short answer gives: "4", "direi 4 su 5", "cinque stelle", "★★★"."""
    bare = " ".join(text.split()).strip(" .!,;:)(")
    if STARS.fullmatch(bare):
        stars = sum(1 for char in bare if char in "★⭐")
        return stars if stars in SCORES else None
    said = SAID.fullmatch(bare)
    if said is None:
        return None
    word = said["score"].lower()
    return NUMBERS.get(word) or int(word)


def _just_asked(session: Session, message: Message) -> TicketRating | None:
    """The question to which a customer's message is the first answer."""
    earlier = (
        select(func.coalesce(func.max(Message.seq), 0))
        .where(Message.conversation_id == message.conversation_id, Message.seq < message.seq)
        .where(Message.role == Role.CUSTOMER)
        .scalar_subquery()
    )
    query = select(TicketRating).where(
        TicketRating.conversation_id == message.conversation_id,
        TicketRating.question_seq > earlier,
        TicketRating.question_seq < message.seq,
    )
    return session.scalar(query.order_by(TicketRating.question_seq.desc()).limit(1))


def take_score(
    session: Session, conversation_id: int, number: str, score: int, at: datetime | None = None
) -> Taken:
    """Keep the score that a customer gives; the last one counts, for a month after the question."""
    at = at or now()
    rating = session.scalar(
        select(TicketRating)
        .join(Ticket, Ticket.id == TicketRating.ticket_id)
        .where(Ticket.number == number, TicketRating.conversation_id == conversation_id)
    )
    if rating is None or score not in SCORES:
        return Taken.UNKNOWN
    if at > rating.asked_at + TAKEN_WITHIN:
        return Taken.LATE
    if rating.score != score:
        _note(session, rating, str(score))
    rating.score, rating.answered_at = score, at
    session.flush()
    return Taken.SORRY if score <= 2 else Taken.THANKS


def hear_opinion(
    session: Session, message: Message, understanding: Mapping[str, Any] | None
) -> None:
    """Keep what a customer answers in words instead of a number, where it is about how it went."""
    intent = str(((understanding or {}).get("intent") or {}).get("name") or "")
    if message.command or intent not in OPINIONS or not message.text.strip():
        return
    rating = _just_asked(session, message)
    if rating is None:
        return
    rating.comment = message.text.strip()[:LONGEST_COMMENT]
    rating.answered_at = rating.answered_at or message.at
    _note(session, rating, rating.comment)


def _note(session: Session, rating: TicketRating, note: str) -> None:
    """In the ticket's history; its time of change stays that of the last work on it."""
    ticket = session.get_one(Ticket, rating.ticket_id)
    changed_at = ticket.updated_at
    note_event(ticket, "customer", RATED, note)
    ticket.updated_at = changed_at


def rating_of(session: Session, ticket_id: int) -> TicketRating | None:
    """What a customer was asked and said about a ticket, if they were asked."""
    return session.scalar(select(TicketRating).where(TicketRating.ticket_id == ticket_id))
