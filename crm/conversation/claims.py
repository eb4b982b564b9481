"""Several processes share the work: a conversation is claimed for a time, by one at a time.

Only where there are several processes, on PostgreSQL. The clock is the database's. Whoever holds a
claim renews it while it works; a claim that ran out is anybody's. One that a crash of the database
undoes is simply lost: nobody waits for the disk.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crm.conversation.models import Claim, Message, Work

Held = tuple[Work, int]


def claim(
    session: Session,
    work: Work,
    waiting: Select[int],
    holder: str,
    lease: timedelta,
    limit: int,
    busy: Collection[int] = (),
) -> list[int]:
    """Claim conversations that wait for work, in their order, and return their ids.

    Args:
        waiting: conversation ids selected from `Message`, the longest waiting first.
        lease: how long the claims are good without being renewed.
        busy: not these: the holder has not done with them yet.
    """
    free = waiting.where(~_is_claimed(work)).limit(limit)
    if busy:
        free = free.where(Message.conversation_id.not_in(busy))
    # Two processes that look at the same moment each find other messages, instead of waiting for
    # each other; who has a conversation is decided below, by the newest version of its claim.
    found = session.scalars(
        free.with_for_update(of=Message, key_share=True, skip_locked=True)
    ).all()
    if not found:
        return []
    won = _take(session, work, found, holder, lease)
    return [conversation_id for conversation_id in found if conversation_id in won]


def _is_claimed(work: Work) -> ColumnElement[bool]:
    return (
        select(Claim.holder)
        .where(Claim.conversation_id == Message.conversation_id, Claim.work == work)
        .where(Claim.until > _clock())
        .correlate(Message)
        .exists()
    )


def _take(
    session: Session, work: Work, wanted: Collection[int], holder: str, lease: timedelta
) -> set[int]:
    rows = [
        {
            "conversation_id": conversation_id,
            "work": work,
            "holder": holder,
            "until": _clock() + lease,
        }
        for conversation_id in sorted(wanted)
    ]
    taking = insert(Claim).values(rows)
    taking = taking.on_conflict_do_update(
        index_elements=[Claim.conversation_id, Claim.work],
        set_={"holder": taking.excluded.holder, "until": taking.excluded.until},
        where=Claim.until <= _clock(),
    )
    return set(session.scalars(taking.returning(Claim.conversation_id)))


def renew(session: Session, holder: str, lease: timedelta, wanted: Collection[Held]) -> set[Held]:
    """Go on holding what is wanted and still held; what is not returned was lost."""
    renewing = (
        update(Claim)
        .where(Claim.holder == holder, Claim.until > _clock())
        .where(tuple_(Claim.work, Claim.conversation_id).in_(list(wanted)))
        .values(until=_clock() + lease)
        .returning(Claim.work, Claim.conversation_id)
        .execution_options(synchronize_session=False)
    )
    return {(work, conversation_id) for work, conversation_id in session.execute(renewing)}


def is_held(session: Session, work: Work, conversation_id: int, holder: str) -> bool:
    """Whether a claim is still good: asked in the transaction that acts upon it."""
    query = select(Claim.holder).where(
        Claim.conversation_id == conversation_id, Claim.work == work, Claim.until > _clock()
    )
    return session.scalar(query) == holder


def release(session: Session, work: Work, conversation_id: int, holder: str) -> None:
    """Let others have a conversation; nothing happens if somebody has it already."""
    session.execute(
        update(Claim)
        .where(Claim.conversation_id == conversation_id, Claim.work == work)
        .where(Claim.holder == holder)
        .values(until=_clock())
        .execution_options(synchronize_session=False)
    )


def _clock() -> ColumnElement[datetime]:
    return func.clock_timestamp()
