"""Conversations and messages as the API shows them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel
from sqlalchemy.orm import Session

from crm.conversation.inbox import last_messages
from crm.conversation.models import Conversation, ConversationEvent, Message, Mode, Role, State
from crm.conversation.summary import Summary, is_late, waiting_seconds
from crm.conversation.tags import tags_of
from crm.profile.assurance import level_of
from crm.profile.models import Customer, Level
from desk.api.customer_views import CustomerLine, IdentityView, customer_line
from desk.api.masking import Veil
from desk.api.ticket_views import TicketLine

TRACEABLE = ("email", "phone", "codice_fiscale")


class Understanding(BaseModel):
    """How the bot read a customer's message."""

    intent: str | None
    confidence: float | None
    entities: list[dict[str, Any]]
    mood: str | None
    language: str | None


class MessageView(BaseModel):
    """One thing said. `pressed` is the command of a button that the customer pressed."""

    id: int
    seq: int
    role: Role
    text: str
    pressed: str | None
    buttons: list[dict[str, Any]]
    cards: list[dict[str, Any]]
    attachments: list[dict[str, Any]]
    template: str | None
    author: str | None
    state: State
    error: str | None
    intent: str | None
    understanding: Understanding | None
    at: datetime


class LastMessage(BaseModel):
    """The last thing said."""

    seq: int
    role: Role
    text: str
    at: datetime


class ConversationLine(BaseModel):
    """A conversation in a list."""

    id: int
    channel: str
    language: str
    mode: Mode
    mode_since: datetime
    waiting_seconds: float | None
    is_late: bool = False
    assignee: str | None
    handoff_cause: str | None
    tags: list[str] = []
    level: Level
    customer: CustomerLine | None
    last_message: LastMessage | None
    last_customer_at: datetime | None
    created_at: datetime
    updated_at: datetime


class EventView(BaseModel):
    """A change of mode or of hands."""

    what: str
    actor: str
    details: dict[str, Any]
    at: datetime


class HandoffView(BaseModel):
    """What a person who takes over should know at a glance."""

    cause: str | None
    since: datetime
    intents: list[str]
    facts: list[dict[str, Any]]
    failed_tries: int
    level: Level
    mood: str | None
    last_words: list[str]
    settled: str | None


class ConversationView(ConversationLine):
    """A whole conversation; older messages than these when `has_earlier`."""

    failed_tries: int
    looking: list[str]
    handoff: HandoffView | None
    identity: IdentityView
    ticket: TicketLine | None
    tickets: list[TicketLine]
    messages: list[MessageView]
    has_earlier: bool
    events: list[EventView]


def conversation_line(
    conversation: Conversation, last: Message | None, veil: Veil
) -> ConversationLine:
    """A conversation for a list."""
    return ConversationLine(**line_fields(conversation, last, veil))


def conversation_lines(
    session: Session, found: Sequence[Conversation], veil: Veil, alarm_after: timedelta
) -> list[ConversationLine]:
    """Conversations for a list, each with its tags and whether it has waited too long."""
    last = last_messages(session, found)
    tagged = tags_of(session, [one.id for one in found])
    lines = [conversation_line(one, last.get(one.id), veil) for one in found]
    for line, one in zip(lines, found, strict=True):
        line.is_late = is_late(one, alarm_after)
        line.tags = veil.texts(tagged.get(one.id, []))
    return lines


def line_fields(conversation: Conversation, last: Message | None, veil: Veil) -> dict[str, Any]:
    """What a conversation shows in a list and on its own page."""
    customer = conversation.identity.customer
    return {
        "id": conversation.id,
        "channel": conversation.channel,
        "language": conversation.language,
        "mode": conversation.mode,
        "mode_since": conversation.mode_since,
        "waiting_seconds": waiting_seconds(conversation),
        "assignee": conversation.assignee,
        "handoff_cause": conversation.handoff_cause,
        "level": level_of(conversation.identity),
        "customer": _summary(customer, veil),
        "last_message": _last(last, veil),
        "last_customer_at": conversation.last_customer_at,
        "created_at": conversation.created_at,
        "updated_at": conversation.updated_at,
    }


def _summary(customer: Customer | None, veil: Veil) -> CustomerLine | None:
    return None if customer is None else customer_line(customer, veil)


def _last(message: Message | None, veil: Veil) -> LastMessage | None:
    if message is None:
        return None
    return LastMessage(
        seq=message.seq, role=message.role, text=veil.text(message.text), at=message.at
    )


def message_view(message: Message, veil: Veil) -> MessageView:
    """A message with how it was understood."""
    understanding = _understanding(message.understanding, veil)
    return MessageView(
        id=message.id,
        seq=message.seq,
        role=message.role,
        text=veil.text(message.text),
        pressed=veil.texts(message.command),
        buttons=_buttons(message.buttons, veil),
        cards=[_card(card, veil) for card in message.cards],
        attachments=[veil.value("attachment", attachment) for attachment in message.attachments],
        template=message.template,
        author=message.author,
        state=message.state,
        error=message.error,
        intent=understanding.intent if understanding else None,
        understanding=understanding,
        at=message.at,
    )


def _understanding(said: Mapping[str, Any] | None, veil: Veil) -> Understanding | None:
    if not said:
        return None
    intent = said.get("intent") or {}
    return Understanding(
        intent=intent.get("name"),
        confidence=intent.get("confidence"),
        entities=[_entity(entity, veil) for entity in said.get("entities") or ()],
        mood=said.get("mood"),
        language=said.get("language"),
    )


def _entity(entity: Mapping[str, Any], veil: Veil) -> dict[str, Any]:
    kind, value = entity.get("entity"), entity.get("value")
    if kind == "person_name":
        shown = veil.name(str(value))
    elif kind in TRACEABLE:
        shown = veil.value(f"{kind}_address", value)
    else:
        shown = veil.texts(value)
    return {"entity": kind, "value": shown} | {
        key: entity[key] for key in ("start", "end", "confidence_entity") if key in entity
    }


def _buttons(buttons: Sequence[Mapping[str, Any]], veil: Veil) -> list[dict[str, Any]]:
    """Buttons without their tokens: only the customer may press them."""
    return [
        {key: veil.texts(part) for key, part in button.items() if key != "payload"}
        for button in buttons
    ]


def _card(card: Mapping[str, Any], veil: Veil) -> dict[str, Any]:
    return {**veil.texts(dict(card)), "buttons": _buttons(card.get("buttons") or (), veil)}


def handoff_view(
    summary: Summary | None, conversation: Conversation, veil: Veil
) -> HandoffView | None:
    """The present handoff in short."""
    if summary is None:
        return None
    return HandoffView(
        cause=summary.cause,
        since=summary.since,
        intents=list(summary.intents),
        facts=[_entity(fact, veil) for fact in summary.facts],
        failed_tries=summary.failed_tries,
        level=level_of(conversation.identity),
        mood=summary.mood,
        last_words=[veil.text(text) for text in summary.last_words],
        settled=veil.texts(summary.settled),
    )


def event_view(event: ConversationEvent, veil: Veil) -> EventView:
    """A change with what was noted about it."""
    return EventView(
        what=event.what, actor=event.actor, details=veil.texts(event.details), at=event.at
    )
