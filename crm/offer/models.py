"""The catalogue, the promotions, and what became of every offer made."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, Numeric, String
from sqlalchemy import text as sql
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
    """A campaign: a promotion with its dates, for whom, where, how often and in which wordings.

    Attributes:
        terms: `discount`, `applies_to` (categories, skus, needs), `code`, `min_spend`.
        audience: a filter of `crm.segment`; empty for everybody.
        variants: wordings to try against each other: `id`, `weight` and `text` by language. The
            first is that of `text`; empty where there is nothing to try.
        zone: codes of province; empty for everywhere.
        channels: where it may be shown; empty for everywhere.
        cap_per_customer: how often one customer may be shown it; `cap_total`: in all.
        goal: what it is for, such as value_growth; `cost` in euro is what it cost so far.
    """

    __tablename__ = "promotion"

    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    name: Mapped[dict[str, Any]]
    text: Mapped[dict[str, Any]]
    terms: Mapped[dict[str, Any]] = mapped_column(default=dict)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    audience: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=sql("'{}'"))
    variants: Mapped[list[Any]] = mapped_column(default=list, server_default=sql("'[]'"))
    zone: Mapped[list[str]] = mapped_column(default=list, server_default=sql("'[]'"))
    channels: Mapped[list[str]] = mapped_column(default=list, server_default=sql("'[]'"))
    cap_per_customer: Mapped[int | None]
    cap_total: Mapped[int | None]
    goal: Mapped[str] = mapped_column(String(30), default="", server_default="")
    cost: Mapped[Decimal] = mapped_column(Numeric(10, 2), default=Decimal(0), server_default="0")


class OfferOutcome(StrEnum):
    """What happened to an offer: chosen for somebody, and from the first look to the sale."""

    CHOSEN = "chosen"
    SHOWN = "shown"
    EXPLAINED = "explained"
    OPENED = "opened"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    SOLD = "sold"


class Purpose(StrEnum):
    """Why something is offered; the rules ask more of what nobody asked for."""

    ANSWER = "answer"
    ASKED = "asked"
    PROMOTE = "promote"
    PROACTIVE = "proactive"

    @property
    def is_unasked(self) -> bool:
        """Whether the customer asked for nothing: a page they look at, or a message to them."""
        return self in (Purpose.PROMOTE, Purpose.PROACTIVE)


class OfferEvent(Base):
    """One outcome of one offer, with the facts it was chosen on.

    Attributes:
        decision: what was chosen together has one; outcomes that are reported name it.
        promotion_id: the campaign, with the product it leads with as `sku`.
        variant: the wording, where several are tried against each other.
        amount: of a sale, in euro; the touches that led to one sold thing have one `sale`.
    """

    __tablename__ = "offer_event"
    __table_args__ = (Index(None, "customer_id", "outcome"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int | None] = mapped_column(ForeignKey("conversation.id"), index=True)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    sku: Mapped[str] = mapped_column(String(40))
    outcome: Mapped[OfferOutcome] = mapped_column(words(OfferOutcome))
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[datetime] = mapped_column(default=now)
    decision: Mapped[str | None] = mapped_column(String(32), index=True)
    promotion_id: Mapped[str | None] = mapped_column(ForeignKey("promotion.id"), index=True)
    variant: Mapped[str | None] = mapped_column(String(40))
    channel: Mapped[str | None] = mapped_column(String(16))
    purpose: Mapped[Purpose | None] = mapped_column(words(Purpose))
    amount: Mapped[Decimal | None] = mapped_column(Numeric(10, 2))
    sale: Mapped[str | None] = mapped_column(String(32), index=True)
