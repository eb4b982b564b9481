"""Who saw and did what: written in the transaction of the deed itself, never changed."""

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db import now
from crm.staff.models import AuditEntry


class Action(StrEnum):
    """What the staff can do to or with personal data."""

    SIGNED_IN = "signed_in"
    SIGN_IN_REFUSED = "sign_in_refused"
    SIGNED_OUT = "signed_out"
    SAW = "saw"
    SEARCHED = "searched"
    TOOK_OVER = "took_over"
    REPLIED = "replied"
    NOTED = "noted"
    ASSIGNED = "assigned"
    RELEASED = "released"
    CLOSED = "closed"
    CHANGED = "changed"
    MERGED = "merged"
    UNDID = "undid"
    DOWNLOADED = "downloaded"
    PRINTED = "printed"
    TAUGHT = "taught"
    MODERATED = "moderated"
    RETRIED = "retried"
    TAGGED = "tagged"
    ERASED = "erased"


def note(
    session: Session, actor: str, role: str, action: Action, subject: str = "", **details: Any
) -> None:
    """Write down one deed. Details hold numbers and names of fields, never the data itself.

    Args:
        actor: the name under which somebody works.
        role: their role at that time.
        subject: what it was done to, such as "conversation:12".
    """
    session.add(
        AuditEntry(actor=actor, role=role, action=action, subject=subject[:60], details=details)
    )


def was_noted(
    session: Session, actor: str, action: Action, subject: str, within: timedelta
) -> bool:
    """Whether the same deed was written down a moment ago."""
    query = select(AuditEntry.id).where(
        AuditEntry.actor == actor,
        AuditEntry.action == action,
        AuditEntry.subject == subject,
        AuditEntry.at > now() - within,
    )
    return session.scalar(query.limit(1)) is not None


def entries(
    session: Session,
    *,
    actor: str = "",
    subject: str = "",
    limit: int = 100,
    before: int | None = None,
) -> Sequence[AuditEntry]:
    """The deeds of somebody or upon something, the newest first; `before` is the last id seen."""
    query = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit)
    if actor:
        query = query.where(AuditEntry.actor == actor)
    if subject:
        query = query.where(AuditEntry.subject == subject)
    if before is not None:
        query = query.where(AuditEntry.id < before)
    return session.scalars(query).all()
