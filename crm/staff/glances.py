"""What each of the staff has of each conversation: read up to where, drafted, open right now."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db import now
from crm.staff.models import Glance, StaffUser

# A page that is open says so again before this time has passed.
LOOKING = timedelta(seconds=20)


def look_at(session: Session, user_id: int, conversation_id: int, seq: int) -> None:
    """Somebody has a conversation open and sees it up to a message."""
    glance = _glance(session, user_id, conversation_id)
    glance.seen_seq = max(glance.seen_seq, seq)
    glance.looking_until = now() + LOOKING


def look_away(session: Session, user_id: int, conversation_id: int) -> None:
    """Somebody has closed the page of a conversation."""
    _glance(session, user_id, conversation_id).looking_until = None


def who_is_looking(session: Session, conversation_id: int, besides: int) -> Sequence[str]:
    """The names of the others who have this conversation open."""
    query = (
        select(StaffUser.name)
        .join(Glance, Glance.user_id == StaffUser.id)
        .where(
            Glance.conversation_id == conversation_id,
            Glance.looking_until > now(),
            Glance.user_id != besides,
        )
        .order_by(StaffUser.name)
    )
    return session.scalars(query).all()


def lookers(
    session: Session, conversation_ids: Collection[int], besides: int = 0
) -> Mapping[int, Sequence[str]]:
    """The names of those who have each conversation open; those that nobody has are missing."""
    query = (
        select(Glance.conversation_id, StaffUser.name)
        .join(StaffUser, StaffUser.id == Glance.user_id)
        .where(Glance.conversation_id.in_(conversation_ids), Glance.user_id != besides)
        .where(Glance.looking_until > now())
        .order_by(StaffUser.name)
    )
    found = defaultdict(list)
    for row in session.execute(query):
        found[row.conversation_id].append(row.name)
    return found


def seen_seqs(session: Session, user_id: int, conversation_ids: Collection[int]) -> dict[int, int]:
    """Up to which message somebody has seen each conversation; those never opened are missing."""
    query = select(Glance.conversation_id, Glance.seen_seq).where(
        Glance.user_id == user_id, Glance.conversation_id.in_(conversation_ids)
    )
    return {row.conversation_id: row.seen_seq for row in session.execute(query)}


def keep_draft(session: Session, user_id: int, conversation_id: int, text: str) -> None:
    """Keep what somebody has written and not sent; an empty text forgets it."""
    _glance(session, user_id, conversation_id).draft = text


def draft_of(session: Session, user_id: int, conversation_id: int) -> str:
    """What somebody has written and not sent."""
    glance = session.get(Glance, (user_id, conversation_id))
    return glance.draft if glance else ""


def _glance(session: Session, user_id: int, conversation_id: int) -> Glance:
    glance = session.get(Glance, (user_id, conversation_id))
    if glance is None:
        glance = Glance(user_id=user_id, conversation_id=conversation_id, seen_seq=0, draft="")
        session.add(glance)
    return glance
