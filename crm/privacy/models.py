"""Requests about personal data: erasures, and links that open something once."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.db.base import Base, now, words


class Erasure(Base):
    """An erasure, asked for or done. It holds nothing that says who the person was.

    Attributes:
        due_at: not to be done before, so that what is being said can be said.
        report: how much was removed of what, and what the law keeps; counts, never contents.
        conversations: numbers of the conversations whose dialogue must stay erased.
        settled_at: since then no late writer can have brought anything back.
    """

    __tablename__ = "erasure"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    actor: Mapped[str] = mapped_column(String(80))
    asked_at: Mapped[datetime] = mapped_column(default=now)
    due_at: Mapped[datetime] = mapped_column(default=now)
    done_at: Mapped[datetime | None]
    report: Mapped[dict[str, Any]] = mapped_column(default=dict)
    conversations: Mapped[list[Any]] = mapped_column(default=list)
    settled_at: Mapped[datetime | None]


class LinkPurpose(StrEnum):
    """What a link sent by mail opens."""

    EXPORT = "export"
    OPT_IN = "opt_in"


class PersonalLink(Base):
    """A link that was mailed to the address on file; only its hash is kept, it works once."""

    __tablename__ = "personal_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[LinkPurpose] = mapped_column(words(LinkPurpose))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    language: Mapped[str] = mapped_column(String(2), default="it")
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
