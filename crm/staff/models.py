"""Staff: people who sign in to the desk, tokens by which programs act, and who did what."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db.base import Base, now, words


class Role(StrEnum):
    """What somebody of the company may do."""

    AGENT = "agent"
    MARKETER = "marketer"
    ADMIN = "admin"


class ApiToken(Base):
    """A bearer token of the staff API; only its hash is kept."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    role: Mapped[Role] = mapped_column(words(Role))
    label: Mapped[str] = mapped_column(String(80), default="")
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    revoked_at: Mapped[datetime | None]


class StaffUser(Base):
    """Somebody who signs in to the desk. `sign_in` is the name without regard to case."""

    __tablename__ = "staff_user"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(50), unique=True)
    sign_in: Mapped[str] = mapped_column(String(100), unique=True)
    role: Mapped[Role] = mapped_column(words(Role))
    password_hash: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(2), default="it")
    appearance: Mapped[str] = mapped_column(String(5), default="auto")
    created_at: Mapped[datetime] = mapped_column(default=now)
    disabled_at: Mapped[datetime | None]


class OutsideAccount(Base):
    """By which account of which provider somebody signs in; `subject` is the provider's id."""

    __tablename__ = "outside_account"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("staff_user.id"), primary_key=True)
    issuer: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(String(255))


class StaffSession(Base):
    """Somebody signed in with one browser; only the hash of its cookie is kept."""

    __tablename__ = "staff_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("staff_user.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_seen_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]

    user: Mapped[StaffUser] = relationship(lazy="joined")


class SignInFailure(Base):
    """A sign-in that was refused; the key is a hash of the name, the address, or both."""

    __tablename__ = "sign_in_failure"
    __table_args__ = (Index(None, "key", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(default=now)


class AuditEntry(Base):
    """Who saw or did what. The subject is written "conversation:12"."""

    __tablename__ = "audit_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now, index=True)
    actor: Mapped[str] = mapped_column(String(80), index=True)
    role: Mapped[str] = mapped_column(String(24))
    action: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(60), default="", index=True)
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Glance(Base):
    """What one of the staff has of a conversation: read how far, an unsent draft, an open page."""

    __tablename__ = "staff_glance"

    user_id: Mapped[int] = mapped_column(ForeignKey("staff_user.id"), primary_key=True)
    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversation.id"), primary_key=True, index=True
    )
    seen_seq: Mapped[int] = mapped_column(default=0)
    looking_until: Mapped[datetime | None]
    draft: Mapped[str] = mapped_column(Text, default="")


class CannedReply(Base):
    """A reply kept ready, by language; `{given_name}` and the like are filled in."""

    __tablename__ = "canned_reply"

    id: Mapped[int] = mapped_column(primary_key=True)
    shortcut: Mapped[str] = mapped_column(String(30), unique=True)
    texts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    updated_by: Mapped[str] = mapped_column(String(80))
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)


class Notice(Base):
    """Something that one of the staff should look at; the subject is written "ticket:T-10023"."""

    __tablename__ = "staff_notice"
    __table_args__ = (Index(None, "user_id", "seen_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("staff_user.id"))
    what: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime] = mapped_column(default=now)
    seen_at: Mapped[datetime | None]
