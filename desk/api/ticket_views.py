"""Tickets as the API shows them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel
from sqlalchemy.orm import Session

from crm.ticket.due import Due, due_of
from crm.ticket.merging import Change, links_of, merges_of
from crm.ticket.models import (
    Priority,
    Ticket,
    TicketCategory,
    TicketEvent,
    TicketMerge,
    TicketRating,
    TicketStatus,
)
from crm.ticket.satisfaction import rating_of
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
    merged_into: str | None
    created_at: datetime
    updated_at: datetime


class TicketEventView(BaseModel):
    """Something that happened to a ticket."""

    what: str
    actor: str
    note: str
    at: datetime


class RatingView(BaseModel):
    """What the customer was asked about the ticket, and said; null: not answered so far."""

    score: int | None
    comment: str
    asked_at: datetime
    answered_at: datetime | None


class TimesView(BaseModel):
    """By when a first answer and a solution are wanted, and when they came."""

    answer_by: datetime
    solve_by: datetime
    answered_at: datetime | None
    settled_at: datetime | None
    is_overdue: bool


class MergeEntry(BaseModel):
    """A merge in which the ticket was one of the two; `kept` is the one that stayed."""

    id: int
    kept: str
    absorbed: str
    actor: str
    at: datetime
    undone_at: datetime | None


class TicketView(TicketLine):
    """A ticket with its history, oldest event first; with the links of all merged into it."""

    description: str
    product: str | None
    order_id: int | None
    contact: dict[str, Any]
    events: list[TicketEventView]
    conversations: list[int]
    orders: list[int]
    absorbed: list[str]
    merges: list[MergeEntry]
    times: TimesView
    rating: RatingView | None


class ChangeView(BaseModel):
    """What a merge changes in the ticket that is kept."""

    field: str
    before: Any
    after: Any


class TicketMergeView(BaseModel):
    """A merge, or the preview of one, which has no `merge_id`."""

    merge_id: int | None
    kept: str
    absorbed: str
    changes: list[ChangeView]


def ticket_line(ticket: Ticket, veil: Veil) -> TicketLine:
    """A ticket for a list."""
    return TicketLine(**_line(ticket, veil))


def ticket_view(session: Session, ticket: Ticket, veil: Veil) -> TicketView:
    """A whole ticket."""
    links = links_of(session, ticket)
    return TicketView(
        **_line(ticket, veil),
        description=veil.text(ticket.description),
        product=veil.texts(ticket.product),
        order_id=ticket.order_id,
        contact=veil.value("contact", ticket.contact),
        events=[_event(event, veil) for event in ticket.events],
        conversations=list(links.conversations),
        orders=list(links.orders),
        absorbed=[one.number for one in links.absorbed],
        merges=[_merge(session, entry) for entry in merges_of(session, ticket.id)],
        times=_times(due_of(ticket)),
        rating=_rating(rating_of(session, ticket.id), veil),
    )


def _merge(session: Session, entry: TicketMerge) -> MergeEntry:
    return MergeEntry(
        id=entry.id,
        kept=session.get_one(Ticket, entry.kept_id).number,
        absorbed=session.get_one(Ticket, entry.absorbed_id).number,
        actor=entry.actor,
        at=entry.at,
        undone_at=entry.undone_at,
    )


def _times(due: Due) -> TimesView:
    return TimesView(
        answer_by=due.answer_by,
        solve_by=due.solve_by,
        answered_at=due.answered_at,
        settled_at=due.settled_at,
        is_overdue=due.is_overdue,
    )


def _rating(rating: TicketRating | None, veil: Veil) -> RatingView | None:
    if rating is None:
        return None
    return RatingView(
        score=rating.score,
        comment=veil.text(rating.comment),
        asked_at=rating.asked_at,
        answered_at=rating.answered_at,
    )


def merge_view(
    kept: Ticket, absorbed: Ticket, changes: Sequence[Change], merge_id: int | None
) -> TicketMergeView:
    """A merge of tickets, or its preview."""
    return TicketMergeView(
        merge_id=merge_id,
        kept=kept.number,
        absorbed=absorbed.number,
        changes=[
            ChangeView(field=one.field, before=one.before, after=one.after) for one in changes
        ],
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
        "merged_into": ticket.merged_into.number if ticket.merged_into else None,
        "created_at": ticket.created_at,
        "updated_at": ticket.updated_at,
    }


def _event(event: TicketEvent, veil: Veil) -> TicketEventView:
    return TicketEventView(
        what=event.what, actor=event.actor, note=veil.text(event.note), at=event.at
    )
