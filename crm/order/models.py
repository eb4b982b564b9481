"""Orders and the lines in them, as the shop's systems report them."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import ForeignKey, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db.base import Base, words


class OrderStatus(StrEnum):
    """How far an order has come."""

    PLACED = "placed"
    PACKED = "packed"
    SHIPPED = "shipped"
    OUT_FOR_DELIVERY = "out_for_delivery"
    READY_FOR_PICKUP = "ready_for_pickup"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    RETURNED = "returned"


class Order(Base):
    """One purchase, online or in a shop. Money is in euro."""

    __tablename__ = "order"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))  # crm.insights.indexes
    source: Mapped[str] = mapped_column(String(60))
    status: Mapped[OrderStatus] = mapped_column(words(OrderStatus))
    placed_at: Mapped[datetime]
    total: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    shipping: Mapped[str | None] = mapped_column(String(40))
    carrier: Mapped[str | None] = mapped_column(String(60))
    tracking: Mapped[str | None] = mapped_column(String(60))
    shop: Mapped[str | None] = mapped_column(String(40))
    expected_on: Mapped[date | None]
    delivered_on: Mapped[date | None]

    lines: Mapped[list["OrderLine"]] = relationship(
        back_populates="order", cascade="all, delete-orphan"
    )


class OrderLine(Base):
    """A product in an order: how many, at what price in euro each."""

    __tablename__ = "order_line"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id"))  # crm.insights.indexes
    sku: Mapped[str] = mapped_column(String(40))
    quantity: Mapped[int]
    price: Mapped[Decimal] = mapped_column(Numeric(10, 2))

    order: Mapped[Order] = relationship(back_populates="lines")
