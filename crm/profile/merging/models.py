"""The ledger of merges: enough of each to take it back exactly."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.db.base import Base, now


class Merge(Base):
    """One profile that was absorbed by another.

    Attributes:
        evidence: why the two were taken for one, as it was shown.
        before: the columns of both profiles, what the survivor owned, and how sure the channel
            identities of both were.
        moved: the keys of the rows that followed, by "table.column".
        narrowed: the consents that the merge wrote down to keep to the stricter of the two.
    """

    __tablename__ = "customer_merge"

    id: Mapped[int] = mapped_column(primary_key=True)
    survivor_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    absorbed_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    actor: Mapped[str] = mapped_column(String(80))
    evidence: Mapped[list[Any]] = mapped_column(default=list)
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    moved: Mapped[dict[str, Any]] = mapped_column(default=dict)
    narrowed: Mapped[list[Any]] = mapped_column(default=list)
    at: Mapped[datetime] = mapped_column(default=now)
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None] = mapped_column(String(80))
