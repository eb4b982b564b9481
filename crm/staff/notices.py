"""Tells people of the staff what they should look at; each sees it, or not, for themselves."""

from collections.abc import Collection, Sequence

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from crm.db import now
from crm.staff.models import Notice, Role, StaffUser

SHOWN = 20


def tell(session: Session, users: Collection[StaffUser], what: str, subject: str) -> None:
    """Tell people something; who has not looked at the same yet is not told again."""
    known = select(Notice.user_id).where(
        Notice.what == what, Notice.subject == subject, Notice.seen_at.is_(None)
    )
    told = set(session.scalars(known))
    session.add_all(
        Notice(user_id=user.id, what=what, subject=subject) for user in users if user.id not in told
    )


def people_of(session: Session, role: Role) -> Sequence[StaffUser]:
    """Everybody with a role who may sign in."""
    query = select(StaffUser).where(StaffUser.role == role, StaffUser.disabled_at.is_(None))
    return session.scalars(query.order_by(StaffUser.id)).all()


def unseen(session: Session, user_id: int) -> int:
    """How much somebody has not looked at yet."""
    query = select(func.count()).where(Notice.user_id == user_id, Notice.seen_at.is_(None))
    return session.scalar(query) or 0


def latest(session: Session, user_id: int) -> Sequence[Notice]:
    """What somebody was told: first what they have not seen, the newest first."""
    query = select(Notice).where(Notice.user_id == user_id)
    query = query.order_by(Notice.seen_at.is_not(None), Notice.id.desc())
    return session.scalars(query.limit(SHOWN)).all()


def see(session: Session, user_id: int, ids: Collection[int]) -> None:
    """Somebody has looked at these of the notices that they were given."""
    session.execute(
        update(Notice)
        .where(Notice.user_id == user_id, Notice.id.in_(ids), Notice.seen_at.is_(None))
        .values(seen_at=now())
    )
