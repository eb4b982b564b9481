"""The catalogue, the promotions, and what became of every offer made."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.db.base import Base, now, words


class Product(Base):
    """Something on sale. Texts are by language; `attributes` is what the catalogue says of it."""

    __tablename__ = "product"

    sku: Mapped[str] = mapped_column(String(40), primary_key=True)
    category: Mapped[str] = mapped_column(String(40), index=True)
    name: Mapped[dict[str, Any]]
    description: Mapped[dict[str, Any]]
    price: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    attributes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    stock: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Promotion(Base):
    """A promotion with its dates, audience and zone."""

    __tablename__ = "promotion"

    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    name: Mapped[dict[str, Any]]
    text: Mapped[dict[str, Any]]
    terms: Mapped[dict[str, Any]] = mapped_column(default=dict)
    starts_on: Mapped[date]
    ends_on: Mapped[date]


class OfferOutcome(StrEnum):
    """What happened to an offer, from the first look to the sale."""

    SHOWN = "shown"
    EXPLAINED = "explained"
    OPENED = "opened"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    SOLD = "sold"


class OfferEvent(Base):
    """One outcome of one offer, with the facts it was chosen on."""

    __tablename__ = "offer_event"
    __table_args__ = (Index(None, "customer_id", "outcome"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int | None] = mapped_column(ForeignKey("conversation.id"), index=True)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    sku: Mapped[str] = mapped_column(String(40))
    outcome: Mapped[OfferOutcome] = mapped_column(words(OfferOutcome))
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[datetime] = mapped_column(default=now)
