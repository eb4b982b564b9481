"""Tickets as the desk lists them: what is overdue first, then what is due next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from crm.profile.models import Customer
from crm.ticket.desk import list_tickets
from crm.ticket.due import Due, due_of
from crm.ticket.models import OPEN_STATUSES, Ticket, TicketStatus
from desk.api.masking import Veil, veil_for
from desk.api.ticket_views import TicketLine, ticket_line
from desk.door.signed_in import SignedIn

LOOKED_AT = 500
LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Line:
    """A ticket in a list, with its times and whose it is."""

    view: TicketLine
    due: Due
    customer: str


@dataclass(frozen=True)
class Wanted:
    """Which tickets are looked for; an empty status means those still to be solved."""

    status: str = ""
    assignee: str = ""
    words: str = ""
    with_settled: bool = False


def find_tickets(session: Session, who: SignedIn, wanted: Wanted) -> Sequence[Line]:
    """The tickets wanted, what is overdue first."""
    found = [one for one in _found(session, wanted) if _fits(one, wanted)]
    veil = veil_for(who.staff, session, tickets=found)
    readable = [one for one in found if _can_be_read(one, wanted.words, veil)]
    names = _names(session, readable, veil)
    lines = [
        Line(ticket_line(one, veil), due_of(one), names.get(one.customer_id or 0, ""))
        for one in readable
    ]
    return sorted(lines, key=lambda line: (line.due.next_by or LAST, -line.view.id))


def _found(session: Session, wanted: Wanted) -> Sequence[Ticket]:
    status = TicketStatus(wanted.status) if wanted.status else None
    found = list_tickets(session, status=status, words=wanted.words, limit=LOOKED_AT)
    ids = [ticket.id for ticket in found]
    query = select(Ticket).where(Ticket.id.in_(ids)).options(selectinload(Ticket.events))
    return session.scalars(query).all()


def _fits(ticket: Ticket, wanted: Wanted) -> bool:
    if wanted.assignee and ticket.assignee != wanted.assignee:
        return False
    return bool(wanted.status) or wanted.with_settled or ticket.status in OPEN_STATUSES


def _can_be_read(ticket: Ticket, words: str, veil: Veil) -> bool:
    texts = f"{ticket.number} {ticket.subject} {ticket.description} {ticket.product or ''}"
    return all(veil.shows(texts, word) for word in words.split())


def _names(session: Session, tickets: Sequence[Ticket], veil: Veil) -> Mapping[int, str]:
    ids = {ticket.customer_id for ticket in tickets if ticket.customer_id}
    found = session.scalars(select(Customer).where(Customer.id.in_(ids)))
    return {customer.id: veil.name(customer.full_name) or "" for customer in found}
