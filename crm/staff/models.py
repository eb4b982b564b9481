"""Staff: the roles and the tokens by which programs act for them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

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
