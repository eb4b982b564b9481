"""The unified profile: a customer, what is known of them and by which keys they are found."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db.base import Base, Json, now, words


class CustomerStatus(StrEnum):
    """Whether a profile is in use."""

    ACTIVE = "active"
    MERGED = "merged"
    ERASED = "erased"


class TraitKind(StrEnum):
    """How a value came to be known (R4), from the weightiest to the lightest."""

    EXPLICIT = "explicit"
    IMPLICIT = "implicit"
    DERIVED = "derived"
    THIRD_PARTY = "third_party"


class Level(StrEnum):
    """How sure we are of who is speaking."""

    ANONYMOUS = "anonymous"
    CLAIMED = "claimed"
    VERIFIED = "verified"


LEVELS = tuple(Level)


class Customer(Base):
    """One person. The columns repeat the winning traits, for lists and look-ups."""

    __tablename__ = "customer"

    id: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[CustomerStatus] = mapped_column(
        words(CustomerStatus), default=CustomerStatus.ACTIVE
    )
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    given_name: Mapped[str | None] = mapped_column(String(80))
    family_name: Mapped[str | None] = mapped_column(String(80))
    email: Mapped[str | None] = mapped_column(String(254))
    phone: Mapped[str | None] = mapped_column(String(20))
    cap: Mapped[str | None] = mapped_column(String(5))
    language: Mapped[str | None] = mapped_column(String(2))
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)

    traits: Mapped[list["Trait"]] = relationship(
        back_populates="customer", cascade="all, delete-orphan"
    )

    @property
    def full_name(self) -> str:
        """Given and family name as far as they are known."""
        return " ".join(part for part in (self.given_name, self.family_name) if part)


class Trait(Base):
    """One value that one source gave at one time. Older and weaker ones are kept (R4)."""

    __tablename__ = "trait"
    __table_args__ = (UniqueConstraint("customer_id", "name", "source", "kind", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    name: Mapped[str] = mapped_column(String(60))
    value: Mapped[Any] = mapped_column(Json)
    kind: Mapped[TraitKind] = mapped_column(words(TraitKind))
    source: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]

    customer: Mapped[Customer] = relationship(back_populates="traits")


class IdentityKey(Base):
    """A normalised value by which a customer can be found, whatever source it came from."""

    __tablename__ = "identity_key"
    # All of it is the primary key: SQLite keeps it once, and its index leads to the customer.
    __table_args__ = (Index(None, "kind", "value"), {"sqlite_with_rowid": False})

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    value: Mapped[str] = mapped_column(String(254), primary_key=True)


class IdentityModel(Base):
    """The weights of identity resolution that a company has learnt; the last one holds."""

    __tablename__ = "identity_model"

    id: Mapped[int] = mapped_column(primary_key=True)
    weights: Mapped[dict[str, Any]]
    learnt_at: Mapped[datetime] = mapped_column(default=now)


class ChannelIdentity(Base):
    """Somebody on a channel: a web session, a Telegram user, a WhatsApp number.

    It is not the customer: it points to one as soon as one is recognised, at a level.
    """

    __tablename__ = "channel_identity"
    __table_args__ = (UniqueConstraint("channel", "external_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    external_id: Mapped[str] = mapped_column(String(120))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), index=True)
    level: Mapped[Level] = mapped_column(words(Level), default=Level.ANONYMOUS)
    verified_until: Mapped[datetime | None]
    codes_locked_until: Mapped[datetime | None]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime] = mapped_column(default=now)

    customer: Mapped[Customer | None] = relationship()


class OneTimeCode(Base):
    """A code sent to the contact on file; only its hash is kept."""

    __tablename__ = "one_time_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    identity_id: Mapped[int] = mapped_column(ForeignKey("channel_identity.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
