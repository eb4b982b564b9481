"""Every touch of a customer in one list, whatever system it comes from (R9, R10)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, select
from sqlalchemy.orm import Session, selectinload

from crm.consent.register import consent_history
from crm.conversation.inbox import conversations_of
from crm.conversation.models import Conversation, Message, Role, State
from crm.event.register import signals_of
from crm.offer.models import OfferEvent
from crm.order.models import Order
from crm.ticket.models import Ticket

ITALY = ZoneInfo("Europe/Rome")
QUOTED = 200
Said = Row[tuple[Role, str, dict[str, Any] | None, datetime]]


class TouchKind(StrEnum):
    """What a touch was."""

    MESSAGES = "messages"
    ORDER = "order"
    TICKET = "ticket"
    CONSENT = "consent"
    OFFER = "offer"
    SIGNAL = "signal"


@dataclass(frozen=True)
class Touch:
    """One contact at one time. `about` is the number or name of its matter, as people say it.

    The details are JSON and differ by kind; `docs/staff-api.md` lists them.
    """

    at: datetime
    kind: TouchKind
    about: str
    details: Mapping[str, Any] = field(default_factory=dict)


def timeline(session: Session, customer_id: int, zone: ZoneInfo = ITALY) -> list[Touch]:
    """Everything that happened with a customer, newest first.

    Args:
        zone: where a day begins and ends: what was said is told by day and conversation.
    """
    touches = [
        *_days_of_talk(session, customer_id, zone),
        *_orders(session, customer_id),
        *_tickets(session, customer_id),
        *_consents(session, customer_id),
        *_offers(session, customer_id),
        *_signals(session, customer_id),
    ]
    return sorted(touches, key=lambda touch: (touch.at, touch.kind, touch.about), reverse=True)


def _days_of_talk(session: Session, customer_id: int, zone: ZoneInfo) -> Iterator[Touch]:
    for conversation in conversations_of(session, customer_id):
        said = _said(session, conversation.id)
        for day, messages in groupby(said, key=lambda message: message.at.astimezone(zone).date()):
            yield _day_of_talk(conversation, day, list(messages))


def _said(session: Session, conversation_id: int) -> Sequence[Said]:
    query = (
        select(Message.role, Message.text, Message.understanding, Message.at)
        .where(Message.conversation_id == conversation_id, Message.state != State.SUPPRESSED)
        .order_by(Message.at, Message.seq)
    )
    return session.execute(query).all()


def _day_of_talk(conversation: Conversation, day: date, messages: Sequence[Said]) -> Touch:
    own = [message for message in messages if message.role == Role.CUSTOMER]
    words = [message.text for message in own if message.text]
    details = {
        "conversation_id": conversation.id,
        "channel": conversation.channel,
        "day": day.isoformat(),
        "messages": {role: sum(said.role == role for said in messages) for role in Role},
        "intents": list(dict.fromkeys(filter(None, map(_intent, own)))),
        "last_words": words[-1][:QUOTED] if words else "",
    }
    return Touch(messages[-1].at, TouchKind.MESSAGES, str(conversation.id), details)


def _intent(message: Said) -> str | None:
    intent = (message.understanding or {}).get("intent") or {}
    name: str | None = intent.get("name")
    return name


def _orders(session: Session, customer_id: int) -> Iterator[Touch]:
    query = select(Order).filter_by(customer_id=customer_id).options(selectinload(Order.lines))
    for order in session.scalars(query):
        details = {
            "status": order.status,
            "total": str(order.total),
            "source": order.source,
            "shop": order.shop,
            "lines": [{"sku": line.sku, "quantity": line.quantity} for line in order.lines],
        }
        yield Touch(order.placed_at, TouchKind.ORDER, order.number, details)


def _tickets(session: Session, customer_id: int) -> Iterator[Touch]:
    query = select(Ticket).filter_by(customer_id=customer_id).options(selectinload(Ticket.events))
    for ticket in session.scalars(query):
        opened = {
            "what": "opened",
            "category": ticket.category,
            "subject": ticket.subject,
            "status": ticket.status,
        }
        yield Touch(ticket.created_at, TouchKind.TICKET, ticket.number, opened)
        for event in ticket.events:
            if event.what != "opened":
                details = {"what": event.what, "note": event.note, "actor": event.actor}
                yield Touch(event.at, TouchKind.TICKET, ticket.number, details)


def _consents(session: Session, customer_id: int) -> Iterator[Touch]:
    for consent in consent_history(session, customer_id):
        details = {
            "channel": consent.channel,
            "granted": consent.granted,
            "source": consent.source,
            "evidence": consent.evidence,
        }
        yield Touch(consent.at, TouchKind.CONSENT, consent.purpose, details)


def _offers(session: Session, customer_id: int) -> Iterator[Touch]:
    for offer in session.scalars(select(OfferEvent).filter_by(customer_id=customer_id)):
        details = {"outcome": offer.outcome, "conversation_id": offer.conversation_id}
        yield Touch(offer.at, TouchKind.OFFER, offer.sku, details)


def _signals(session: Session, customer_id: int) -> Iterator[Touch]:
    for signal in signals_of(session, customer_id):
        details = {**signal.details, "source": signal.source}
        yield Touch(signal.at, TouchKind.SIGNAL, signal.kind, details)
