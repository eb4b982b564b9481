"""Consents: per purpose and channel, with evidence and time; the history is never rewritten."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.db.base import Base, now, words


class Purpose(StrEnum):
    """What personal data may be used for."""

    MARKETING = "marketing"
    PROFILING = "profiling"
    SHARING = "sharing"
    COMMUNITY = "community"


class Consent(Base):
    """A yes or a no, said once. The newest of a purpose and channel holds."""

    __tablename__ = "consent"
    __table_args__ = (Index(None, "customer_id", "purpose", "channel"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    purpose: Mapped[Purpose] = mapped_column(words(Purpose))
    channel: Mapped[str] = mapped_column(String(16))
    granted: Mapped[bool]
    source: Mapped[str] = mapped_column(String(60))
    evidence: Mapped[str] = mapped_column(String(500))
    at: Mapped[datetime] = mapped_column(default=now)
