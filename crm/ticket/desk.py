"""Opens tickets and follows them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db import now
from crm.ticket.models import (
    OPEN_STATUSES,
    Priority,
    Ticket,
    TicketCategory,
    TicketEvent,
    TicketStatus,
)

FIRST_NUMBER = 10_000
MAX_SUBJECT = 80


@dataclass(frozen=True)
class NewTicket:
    """What is needed to open a ticket; a contact is ``{"email", "name", …}`` of a stranger."""

    category: TicketCategory
    description: str
    actor: str
    customer_id: int | None = None
    conversation_id: int | None = None
    order_id: int | None = None
    product: str | None = None
    priority: Priority = Priority.NORMAL
    contact: dict[str, Any] = field(default_factory=dict)


def open_ticket(session: Session, new: NewTicket) -> Ticket:
    """Open a ticket under the next number."""
    ticket = Ticket(
        number="",
        category=new.category,
        product=new.product,
        subject=_subject(new),
        description=new.description,
        customer_id=new.customer_id,
        conversation_id=new.conversation_id,
        order_id=new.order_id,
        priority=new.priority,
        contact=new.contact,
    )
    ticket.number = f"?{id(ticket)}"
    session.add(ticket)
    session.flush()
    ticket.number = f"T-{FIRST_NUMBER + ticket.id}"
    note_event(ticket, new.actor, "opened")
    session.flush()
    return ticket


def _subject(new: NewTicket) -> str:
    words = " ".join(new.description.split())
    subject = f"{new.product}: {words}" if new.product else words
    return subject if len(subject) <= MAX_SUBJECT else subject[: MAX_SUBJECT - 1] + "…"


def note_event(ticket: Ticket, actor: str, what: str, note: str = "") -> None:
    """Write down that something happened to a ticket."""
    ticket.events.append(TicketEvent(actor=actor, what=what, note=note))
    ticket.updated_at = now()


def add_note(ticket: Ticket, actor: str, note: str) -> None:
    """Add what somebody has to say to a ticket."""
    note_event(ticket, actor, "note", note)


def change_status(ticket: Ticket, status: TicketStatus, actor: str) -> None:
    """Move a ticket to another state; the same state again changes nothing."""
    if ticket.status == status:
        return
    note_event(ticket, actor, f"{ticket.status} → {status}")
    ticket.status = status


def tickets_of(session: Session, customer_id: int, limit: int = 5) -> Sequence[Ticket]:
    """A customer's tickets, open ones first, newest first."""
    query = (
        select(Ticket)
        .where(Ticket.customer_id == customer_id, Ticket.category != TicketCategory.HANDOFF)
        .order_by(Ticket.status.in_(OPEN_STATUSES).desc(), Ticket.id.desc())
        .limit(limit)
    )
    return session.scalars(query).all()


def tickets_of_conversation(
    session: Session, conversation_id: int, limit: int = 5
) -> Sequence[Ticket]:
    """The tickets that one conversation made, newest first."""
    query = (
        select(Ticket)
        .where(Ticket.conversation_id == conversation_id)
        .where(Ticket.category != TicketCategory.HANDOFF)
        .order_by(Ticket.id.desc())
        .limit(limit)
    )
    return session.scalars(query).all()


def has_open_matter(session: Session, customer_id: int) -> bool:
    """Whether a complaint, fault or return of this customer is open (R14)."""
    query = select(Ticket.id).where(
        Ticket.customer_id == customer_id, Ticket.status.in_(OPEN_STATUSES)
    )
    return session.scalar(query.limit(1)) is not None
