"""Tickets as the API shows them."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from crm.ticket.models import Priority, Ticket, TicketCategory, TicketEvent, TicketStatus
from desk.api.masking import Veil


class TicketLine(BaseModel):
    """A ticket in a list."""

    id: int
    number: str
    subject: str
    category: TicketCategory
    status: TicketStatus
    priority: Priority
    assignee: str | None
    customer_id: int | None
    conversation_id: int | None
    created_at: datetime
    updated_at: datetime


class TicketEventView(BaseModel):
    """Something that happened to a ticket."""

    what: str
    actor: str
    note: str
    at: datetime


class TicketView(TicketLine):
    """A ticket with its history, oldest event first."""

    description: str
    product: str | None
    order_id: int | None
    contact: dict[str, Any]
    events: list[TicketEventView]


def ticket_line(ticket: Ticket, veil: Veil) -> TicketLine:
    """A ticket for a list."""
    return TicketLine(**_line(ticket, veil))


def ticket_view(ticket: Ticket, veil: Veil) -> TicketView:
    """A whole ticket."""
    return TicketView(
        **_line(ticket, veil),
        description=veil.text(ticket.description),
        product=veil.texts(ticket.product),
        order_id=ticket.order_id,
        contact=veil.value("contact", ticket.contact),
        events=[_event(event, veil) for event in ticket.events],
    )


def _line(ticket: Ticket, veil: Veil) -> dict[str, Any]:
    return {
        "id": ticket.id,
        "number": ticket.number,
        "subject": veil.text(ticket.subject),
        "category": ticket.category,
        "status": ticket.status,
        "priority": ticket.priority,
        "assignee": ticket.assignee,
        "customer_id": ticket.customer_id,
        "conversation_id": ticket.conversation_id,
        "created_at": ticket.created_at,
        "updated_at": ticket.updated_at,
    }


def _event(event: TicketEvent, veil: Veil) -> TicketEventView:
    return TicketEventView(
        what=event.what, actor=event.actor, note=veil.text(event.note), at=event.at
    )
