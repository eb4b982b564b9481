"""Opens tickets and follows them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from crm.db import now
from crm.ticket.models import (
    OPEN_STATUSES,
    Priority,
    Ticket,
    TicketCategory,
    TicketEvent,
    TicketMergeRefused,
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
    """Move a ticket to another state; the same state again changes nothing.

    Raises:
        TicketMergeRefused: it was merged into another one, and would be open beside it.
    """
    if ticket.status == status:
        return
    if ticket.merged_into_id is not None and status in OPEN_STATUSES:
        other = survivor_of(ticket).number
        message = f"{ticket.number} was merged into {other}; use that one."
        raise TicketMergeRefused("ticket_merged", message)
    note_event(ticket, actor, f"{ticket.status} → {status}")
    ticket.status = status


def change_priority(ticket: Ticket, priority: Priority, actor: str) -> None:
    """Say how soon a ticket wants to be looked at; the same priority again changes nothing."""
    if ticket.priority == priority:
        return
    note_event(ticket, actor, f"{ticket.priority} → {priority}")
    ticket.priority, ticket.timed_as = priority, None


def assign(ticket: Ticket, assignee: str | None, actor: str) -> None:
    """Give a ticket to somebody of the staff, or to nobody."""
    if ticket.assignee == assignee:
        return
    note_event(ticket, actor, "assigned" if assignee else "unassigned", assignee or "")
    ticket.assignee = assignee


def find_ticket(session: Session, written: str) -> Ticket | None:
    """A ticket by its number, in any case (T-10023), or by its id."""
    query = select(Ticket).options(selectinload(Ticket.events))
    if written.isascii() and written.isdigit():
        return session.scalar(query.where(Ticket.id == int(written)))
    return session.scalar(query.where(Ticket.number == written.upper()))


def list_tickets(
    session: Session,
    *,
    status: TicketStatus | None = None,
    customer_id: int | None = None,
    words: str = "",
    limit: int = 50,
    before: int | None = None,
) -> Sequence[Ticket]:
    """Tickets of a status, a customer, with words in number, subject, description or product.

    The newest come first; `before` is the id of the last one seen.
    """
    query = select(Ticket).order_by(Ticket.id.desc()).limit(limit)
    if status is not None:
        query = query.where(Ticket.status == status)
    if customer_id is not None:
        query = query.where(Ticket.customer_id == customer_id)
    if before is not None:
        query = query.where(Ticket.id < before)
    texts = (Ticket.number, Ticket.subject, Ticket.description, Ticket.product)
    for word in words.split():
        query = query.where(or_(*(text.icontains(word, autoescape=True) for text in texts)))
    return session.scalars(query).all()


def tickets_of(session: Session, customer_id: int, limit: int = 5) -> Sequence[Ticket]:
    """A customer's tickets, open ones first, newest first."""
    query = (
        select(Ticket)
        .where(Ticket.customer_id == customer_id, Ticket.category != TicketCategory.HANDOFF)
        .where(Ticket.merged_into_id.is_(None))
        .order_by(Ticket.status.in_(OPEN_STATUSES).desc(), Ticket.id.desc())
        .limit(limit)
    )
    return session.scalars(query).all()


def tickets_of_conversation(
    session: Session, conversation_id: int, limit: int = 5
) -> Sequence[Ticket]:
    """The tickets that one conversation made, newest first; for a merged one, what it became."""
    query = (
        select(Ticket)
        .where(Ticket.conversation_id == conversation_id)
        .where(Ticket.category != TicketCategory.HANDOFF)
        .order_by(Ticket.id.desc())
        .limit(limit)
    )
    return list(dict.fromkeys(survivor_of(ticket) for ticket in session.scalars(query)))


def survivor_of(ticket: Ticket) -> Ticket:
    """The ticket itself, or the one that it was merged into in the end."""
    while ticket.merged_into is not None:
        ticket = ticket.merged_into
    return ticket


def has_open_matter(session: Session, customer_id: int) -> bool:
    """Whether a complaint, fault or return of this customer is open (R14)."""
    query = select(Ticket.id).where(
        Ticket.customer_id == customer_id,
        Ticket.status.in_(OPEN_STATUSES),
        Ticket.category != TicketCategory.HANDOFF,
    )
    return session.scalar(query.limit(1)) is not None
