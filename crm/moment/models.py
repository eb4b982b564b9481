"""What the bot means to say without being asked: planned, said, held back or withdrawn."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.db.base import Base, now, words


class MomentState(StrEnum):
    """How far a moment has come: only a planned one is looked at again."""

    PLANNED = "planned"
    SENT = "sent"
    HELD = "held"
    WITHDRAWN = "withdrawn"


class Moment(Base):
    """One thing to be said to one customer, and what became of it.

    Attributes:
        name: of the moment in the declaration.
        occasion: what it comes from, such as "signal:12"; each gives rise to it once.
        details: what it is about, such as a SKU, and later what was offered.
        due_at, until: it is said between these, or not at all.
        reason: why it was put off, held back or withdrawn.
        conversation_id: where it was said, or where it must be said if that was clear before.
    """

    __tablename__ = "moment"
    __table_args__ = (
        UniqueConstraint("name", "occasion", "customer_id"),
        Index(None, "state", "due_at"),
        Index(None, "customer_id", "state", "decided_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    occasion: Mapped[str] = mapped_column(String(80))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    conversation_id: Mapped[int | None] = mapped_column(ForeignKey("conversation.id"), index=True)
    message_id: Mapped[int | None] = mapped_column(index=True)
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    due_at: Mapped[datetime]
    until: Mapped[datetime]
    state: Mapped[MomentState] = mapped_column(words(MomentState), default=MomentState.PLANNED)
    reason: Mapped[str | None] = mapped_column(String(40))
    channel: Mapped[str | None] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(default=now)
    decided_at: Mapped[datetime | None]
