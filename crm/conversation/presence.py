"""Whether people of the company are at work: what the bot may promise depends on it."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.conversation.models import Presence
from crm.db import now
from crm.db.once import insert_unless_there

PRESENT = timedelta(minutes=10)
# Noted no more often than that: everything that the staff does would write otherwise.
NOTED = timedelta(minutes=1)


def is_noted(session: Session, name: str, at: datetime | None = None) -> bool:
    """Whether somebody's presence was written down a moment ago."""
    presence = session.get(Presence, name)
    return presence is not None and presence.seen_at > (at or now()) - NOTED


def note_presence(session: Session, name: str, at: datetime | None = None) -> None:
    """Somebody of the staff does something."""
    at = at or now()
    presence = session.get(Presence, name)
    if presence is None:
        insert_unless_there(session, Presence(name=name, seen_at=at))
    else:
        presence.seen_at = max(presence.seen_at, at)


def is_anybody_there(session: Session, at: datetime | None = None) -> bool | None:
    """Whether somebody was seen lately; None where nobody ever was: then nothing is known."""
    last = session.scalar(select(func.max(Presence.seen_at)))
    return None if last is None else last > (at or now()) - PRESENT
