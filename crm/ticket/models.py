"""Tickets: something a customer needs solved, and what happened to it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db.base import Base, now, words


class TicketStatus(StrEnum):
    """Where a ticket stands."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    WAITING_CUSTOMER = "waiting_customer"
    SOLVED = "solved"
    CLOSED = "closed"


OPEN_STATUSES = (TicketStatus.OPEN, TicketStatus.IN_PROGRESS, TicketStatus.WAITING_CUSTOMER)


class TicketCategory(StrEnum):
    """What a ticket is about; decides who looks at it."""

    FAULT = "fault"
    DELIVERY = "delivery"
    RETURN = "return"
    PAYMENT = "payment"
    ACCOUNT = "account"
    COMPLAINT = "complaint"
    HANDOFF = "handoff"
    OTHER = "other"


class Priority(StrEnum):
    """How soon a ticket wants to be looked at."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class TicketMergeRefused(Exception):
    """A ticket cannot be merged, separated or opened now; `code` is a stable word."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Ticket(Base):
    """One matter of one customer, known by a number they can quote.

    A ticket that said the same as another one is closed and points to it. `timed_as` is the
    priority by which its times still go after a rule has raised it.
    """

    __tablename__ = "ticket"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), index=True)
    conversation_id: Mapped[int | None] = mapped_column(ForeignKey("conversation.id"), index=True)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("order.id"))
    category: Mapped[TicketCategory] = mapped_column(words(TicketCategory))
    product: Mapped[str | None] = mapped_column(String(120))
    subject: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text)
    status: Mapped[TicketStatus] = mapped_column(words(TicketStatus), default=TicketStatus.OPEN)
    priority: Mapped[Priority] = mapped_column(words(Priority), default=Priority.NORMAL)
    timed_as: Mapped[Priority | None] = mapped_column(words(Priority))
    assignee: Mapped[str | None] = mapped_column(String(80))
    contact: Mapped[dict[str, Any]] = mapped_column(default=dict)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)

    merged_into: Mapped["Ticket | None"] = relationship(remote_side=[id])
    events: Mapped[list["TicketEvent"]] = relationship(
        back_populates="ticket", cascade="all, delete-orphan", order_by="TicketEvent.id"
    )


class TicketEvent(Base):
    """Something that happened to a ticket: opened, a note, a change of state."""

    __tablename__ = "ticket_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    actor: Mapped[str] = mapped_column(String(80))
    what: Mapped[str] = mapped_column(String(40))
    note: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(default=now)

    ticket: Mapped[Ticket] = relationship(back_populates="events")


class TicketMerge(Base):
    """Two tickets that became one; `before` holds what the undo gives back, by names of columns."""

    __tablename__ = "ticket_merge"

    id: Mapped[int] = mapped_column(primary_key=True)
    kept_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    absorbed_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    actor: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(default=now)
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None] = mapped_column(String(80))


class TicketRating(Base):
    """How content a customer was with what became of a ticket: asked once, answered or not.

    `question_seq` is the message that asked, within its conversation.
    """

    __tablename__ = "ticket_rating"
    __table_args__ = (Index(None, "conversation_id", "question_seq"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), unique=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"))
    question_seq: Mapped[int]
    asked_at: Mapped[datetime] = mapped_column(default=now)
    score: Mapped[int | None]
    comment: Mapped[str] = mapped_column(Text, default="")
    answered_at: Mapped[datetime | None] = mapped_column(index=True)
