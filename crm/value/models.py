"""What was computed of a customer's value; `docs/value.md` defines each figure."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import ForeignKey, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from crm.db.base import Base, now, words


class Tier(StrEnum):
    """How customers are told apart by value (R7), from the most to the least."""

    MOST_VALUABLE = "most_valuable"
    GROWABLE = "growable"
    STANDARD = "standard"
    BELOW_ZERO = "below_zero"


class CustomerValue(Base):
    """The figures of one customer; money is in euro, the risk between 0 and 1."""

    __tablename__ = "customer_value"

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), primary_key=True)
    tier: Mapped[Tier] = mapped_column(words(Tier), index=True)
    current: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    potential: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    spent: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    cost: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    orders: Mapped[int]
    last_order_at: Mapped[datetime | None]
    churn_risk: Mapped[float]
    computed_at: Mapped[datetime] = mapped_column(default=now)
