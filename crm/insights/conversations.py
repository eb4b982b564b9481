"""Figures about what customers say and who answers them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from crm.conversation.models import Conversation, ConversationEvent, Message, Mode, Role, State
from crm.insights.figures import CountedFacts, owned
from crm.insights.scope import Scope, date_of

INTENT, MOOD = Message.intent, Message.mood
DISPLEASED = ("angry", "unhappy")


def _said(scope: Scope, cell: Any) -> Select[Any]:
    """What customers said in the period."""
    return select(Message.conversation_id, cell.label("cell")).where(
        Message.role == Role.CUSTOMER, scope.covers(Message.at)
    )


def by_channel(scope: Scope) -> Select[Any]:
    """Customers' messages by channel."""
    said = _active(scope)
    return select(
        Conversation.id.label("conversation_id"), Conversation.channel.label("cell"), said.c.things
    ).join(said, said.c.conversation_id == Conversation.id)


def _active(scope: Scope) -> Any:
    """The conversations in which a customer wrote, and how often."""
    return (
        select(Message.conversation_id, func.count().label("things"))
        .where(Message.role == Role.CUSTOMER, scope.covers(Message.at))
        .group_by(Message.conversation_id)
        .subquery()
    )


def by_hour(scope: Scope) -> Select[Any]:
    """Customers' messages by hour of the day."""
    return _said(scope, scope.hour_of(Message.at))


def by_day(scope: Scope) -> Select[Any]:
    """Customers' messages by day."""
    return _said(scope, scope.day_of(Message.at))


def by_intent(scope: Scope) -> Select[Any]:
    """Customers' messages that the bot read, by what they wanted."""
    return _said(scope, INTENT).where(INTENT.is_not(None))


def by_mood(scope: Scope) -> Select[Any]:
    """Customers' messages that the bot read, by mood."""
    return _said(scope, MOOD).where(MOOD.is_not(None))


def displeased_by_day(scope: Scope) -> Select[Any]:
    """Angry and unhappy messages by day."""
    return _said(scope, scope.day_of(Message.at)).where(MOOD.in_(DISPLEASED))


def by_outcome(scope: Scope) -> Select[Any]:
    """Conversations in which a customer wrote, by who settled it."""
    active = _active(scope)
    outcome = case(
        (Conversation.id.in_(_moved(scope, Mode.HUMAN)), "person"),
        (Conversation.id.in_(_moved(scope, Mode.WAITING)), "asked_person"),
        (Conversation.id.in_(_given_up(scope)), "unanswered"),
        else_="bot_alone",
    )
    return select(Conversation.id.label("conversation_id"), outcome.label("cell")).join(
        active, active.c.conversation_id == Conversation.id
    )


def _moved(scope: Scope, mode: Mode) -> Select[Any]:
    return select(ConversationEvent.conversation_id).where(
        ConversationEvent.what.endswith(f"→ {mode}"), scope.covers(ConversationEvent.at)
    )


def _given_up(scope: Scope) -> Select[Any]:
    return select(Message.conversation_id).where(
        Message.state == State.DEAD, scope.covers(Message.at)
    )


def by_cause(scope: Scope) -> Select[Any]:
    """Handoffs by cause; taken over without being asked is a cause of its own."""
    cause = ConversationEvent.details["cause"].as_string()
    is_asked = ConversationEvent.what.endswith(f"→ {Mode.WAITING}")
    is_taken = ConversationEvent.what == f"{Mode.BOT} → {Mode.HUMAN}"
    cell = case((is_asked, cause), else_="taken_over")
    return select(ConversationEvent.conversation_id, cell.label("cell")).where(
        is_asked | is_taken, scope.covers(ConversationEvent.at)
    )


def _intents_before(session: Session, scope: Scope) -> Mapping[str, Any]:
    """How often each intent came in the period of the same length before."""
    said = owned(by_intent, scope.before())
    query = select(said.c.cell, func.sum(said.c.things).label("things")).group_by(said.c.cell)
    return {row.cell: {"before": int(row.things)} for row in session.execute(query)}


def _hour(cell: Any) -> str:
    return f"{int(cell):02}:00"


def _day(cell: Any) -> str:
    return date_of(int(cell)).isoformat()


FIGURES = (
    CountedFacts("channels", by_channel),
    CountedFacts("hours", by_hour, label=_hour, is_ordered=True),
    CountedFacts("days", by_day, label=_day, is_ordered=True),
    CountedFacts("intents", by_intent, extras=_intents_before),
    CountedFacts("outcomes", by_outcome),
    CountedFacts("handoffs", by_cause),
    CountedFacts("moods", by_mood),
    CountedFacts("displeased", displeased_by_day, label=_day, is_ordered=True),
)
