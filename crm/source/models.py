"""The company's other databases: how each is read, how far, and the records taken from it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.db.base import Base, now, words

LONGEST_NAME = 20
LONGEST_KEY = 120


class Source(Base):
    """A database of the company; the mapping is kept as it was written."""

    __tablename__ = "source"

    name: Mapped[str] = mapped_column(String(LONGEST_NAME), primary_key=True)
    mapping: Mapped[dict[str, Any]]
    folder: Mapped[str] = mapped_column(String(500))
    progress: Mapped[dict[str, Any]] = mapped_column(default=dict)
    added_at: Mapped[datetime] = mapped_column(default=now)
    synced_at: Mapped[datetime | None]


class SourceRecord(Base):
    """One record of one source, with the facts in it that say whose it is.

    Attributes:
        origin: by this its traits and consents are known, as their `source`.
        fingerprint: of everything read; a record that did not change is not read twice.
    """

    __tablename__ = "source_record"
    __table_args__ = (UniqueConstraint("source", "key"), UniqueConstraint("origin"))

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(String(LONGEST_NAME))
    key: Mapped[str] = mapped_column(String(LONGEST_KEY))
    origin: Mapped[str] = mapped_column(String(60))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), index=True)
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    fingerprint: Mapped[str] = mapped_column(String(32))
    seen_at: Mapped[datetime] = mapped_column(default=now)


class SourceOrder(Base):
    """Which record of which source an order came under."""

    __tablename__ = "source_order"

    order_id: Mapped[int] = mapped_column(ForeignKey("order.id"), primary_key=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("source_record.id"), index=True)


class ReviewState(StrEnum):
    """What became of a question for the staff."""

    OPEN = "open"
    SETTLED = "settled"


class IdentityReview(Base):
    """Two profiles of which the import cannot say whether they are one person's.

    `customer_id` is the smaller of the two ids; `levels` says how alike each field is.
    """

    __tablename__ = "identity_review"
    __table_args__ = (
        UniqueConstraint("customer_id", "other_id"),
        Index(None, "other_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    other_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    weight: Mapped[float]
    levels: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[ReviewState] = mapped_column(words(ReviewState), default=ReviewState.OPEN)
    at: Mapped[datetime] = mapped_column(default=now)
