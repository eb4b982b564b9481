"""What went out, what was held back and why: the list that the staff sees."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, select, tuple_
from sqlalchemy.orm import Session

from crm.conversation.models import Message, State
from crm.db import now
from crm.moment.models import Moment, MomentState


class NotPlanned(Exception):
    """A moment has been decided on, so that nothing can be withdrawn."""

    code = "not_planned"

    def __init__(self, moment: Moment) -> None:
        super().__init__(f"Moment {moment.id} is {moment.state} already.")


class NoSuchMoment(LookupError):
    """There is no moment with this id."""


@dataclass(frozen=True)
class Wanted:
    """Which moments to list; None is all."""

    state: MomentState | None = None
    name: str | None = None
    reason: str | None = None
    customer_id: int | None = None


Listed = Row[Moment, State | None, str | None]


def list_moments(
    session: Session, wanted: Wanted, limit: int, before: tuple[datetime, int] | None = None
) -> Sequence[Listed]:
    """Moments with what became of their messages, the last planned first."""
    query = select(Moment, Message.state, Message.error)
    query = query.outerjoin(Message, Message.id == Moment.message_id)
    for name in ("state", "name", "reason", "customer_id"):
        value = getattr(wanted, name)
        if value is not None:
            query = query.where(getattr(Moment, name) == value)
    if before is not None:
        query = query.where(tuple_(Moment.created_at, Moment.id) < tuple_(*before))
    query = query.order_by(Moment.created_at.desc(), Moment.id.desc()).limit(limit)
    return session.execute(query).all()


def withdraw(session: Session, moment_id: int) -> Moment:
    """Have a planned moment never be said.

    Raises:
        NoSuchMoment, NotPlanned
    """
    moment = session.get(Moment, moment_id, with_for_update=True)
    if moment is None:
        raise NoSuchMoment(moment_id)
    if moment.state != MomentState.PLANNED:
        raise NotPlanned(moment)
    moment.state, moment.reason, moment.decided_at = MomentState.WITHDRAWN, "by_staff", now()
    session.flush()
    return moment
