"""Signals: single things that customers did, reported by the systems where they did them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.db.base import Base, now, words


class SignalKind(StrEnum):
    """What a customer did (R10)."""

    PURCHASE = "purchase"
    CART = "cart"
    PAGE_VIEW = "page_view"
    EMAIL_OPENED = "email_opened"
    CHECK_IN = "check_in"
    LIKE = "like"
    COMMENT = "comment"
    REVIEW = "review"
    CALL = "call"
    OFFER = "offer"
    DELIVERY = "delivery"


class Signal(Base):
    """One event, known by the id that its source gave it; told twice, it is stored once."""

    __tablename__ = "signal"
    __table_args__ = (
        UniqueConstraint("source", "event_id"),
        Index(None, "customer_id", "kind", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(String(20))
    event_id: Mapped[str] = mapped_column(String(120))
    kind: Mapped[SignalKind] = mapped_column(words(SignalKind))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    record_id: Mapped[int | None] = mapped_column(ForeignKey("source_record.id"), index=True)
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[datetime]
    received_at: Mapped[datetime] = mapped_column(default=now)
