"""Signed in: from a password to a cookie, until it ends by itself or on purpose."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db import now
from crm.staff.models import StaffSession, StaffUser

# A session seen less long ago than this is not written again.
WRITE_AFTER = timedelta(minutes=1)


@dataclass(frozen=True)
class SessionRules:
    """How long somebody stays signed in: at most, and without doing anything."""

    lasting: timedelta = timedelta(hours=12)
    idle: timedelta = timedelta(minutes=60)


def begin_session(session: Session, user: StaffUser) -> str:
    """Sign somebody in and return the cookie's text, which nobody can read again later."""
    text = secrets.token_urlsafe(32)
    session.add(StaffSession(user_id=user.id, token_hash=_hash(text)))
    session.flush()
    return text


def find_session(session: Session, text: str, rules: SessionRules) -> StaffSession | None:
    """The session of a cookie, unless it has ended, is too old or was left alone too long."""
    found = session.scalar(select(StaffSession).filter_by(token_hash=_hash(text), ended_at=None))
    if found is None or found.user.disabled_at is not None:
        return None
    at = now()
    if at >= found.created_at + rules.lasting or at >= found.last_seen_at + rules.idle:
        return None
    return found


def wants_writing(found: StaffSession) -> bool:
    """Whether it is time to write down that somebody is still there."""
    return now() - found.last_seen_at > WRITE_AFTER


def keep_alive(session: Session, session_id: int) -> None:
    """Write down that somebody is still there."""
    session.get_one(StaffSession, session_id).last_seen_at = now()


def end_session(session: Session, text: str) -> StaffUser | None:
    """Sign out; who it was, if anybody."""
    found = session.scalar(select(StaffSession).filter_by(token_hash=_hash(text), ended_at=None))
    if found is None:
        return None
    found.ended_at = now()
    return found.user


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
