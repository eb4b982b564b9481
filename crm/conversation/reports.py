"""What platforms report about messages on their way: sent, delivered, read, failed.

Reports come late, twice, in any order, and before the platform's own answer to the sending. States
only go forward: sent, delivered, read; a failure stands apart and is final.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from crm.conversation.models import Message, PlatformMessage, State
from crm.db import now
from crm.db.once import insert_unless_there

FORWARD = (State.SENT, State.DELIVERED, State.READ)
# Reports on what is not ours: another program may send from the same account.
STRAYS_KEPT = timedelta(days=2)


def progress(
    session: Session,
    channel: str,
    external_id: str,
    state: State,
    at: datetime,
    *,
    error: str = "",
    message_id: int | None = None,
) -> Message | None:
    """Note what a platform reports; the message it belongs to, if that is known.

    Args:
        external_id: the platform's id, unique within the channel.
        state: SENT, DELIVERED, READ or FAILED.
        at: when it happened, by the platform's clock.
        error: the platform's code of a failure.
        message_id: our own id, where the platform hands it back: it settles what became of a
            message whose sending was interrupted.
    """
    part = _part(session, channel, external_id, at)
    if part.message_id is None:
        part.message_id = _owner(session, channel, message_id)
    if may_become(part.state, state):
        part.state, part.at, part.error = state, at, error[:200] or None
    session.flush()
    if part.message_id is None:
        _forget_strays(session, channel)
        return None
    message = session.get_one(Message, part.message_id, with_for_update=True)
    if message.state != State.SENDING:  # else whoever sends it has the next word
        settle(session, message)
    return message


def note_parts(session: Session, message: Message, external_ids: Sequence[str]) -> None:
    """Note which platform messages a message became; some may have been reported on already."""
    for external_id in external_ids:
        part = _part(session, message.channel, external_id, now())
        if part.message_id is None:
            part.message_id = message.id
    session.flush()


def may_become(state: State, new: State) -> bool:
    """Whether a report takes a state forward."""
    if new == State.FAILED:
        return state not in (State.DELIVERED, State.READ, State.FAILED)
    if state == State.FAILED:
        return False
    return new in FORWARD and (state not in FORWARD or FORWARD.index(new) > FORWARD.index(state))


def parts_of(session: Session, message_id: int) -> Sequence[PlatformMessage]:
    """The platform's messages that a message became."""
    query = select(PlatformMessage).filter_by(message_id=message_id).order_by(PlatformMessage.id)
    return session.scalars(query).all()


def _part(session: Session, channel: str, external_id: str, at: datetime) -> PlatformMessage:
    query = select(PlatformMessage).filter_by(channel=channel, external_id=external_id)
    query = query.with_for_update()
    part = session.scalar(query)
    if part is None:
        insert_unless_there(
            session,
            PlatformMessage(channel=channel, external_id=external_id, state=State.SENT, at=at),
        )
        part = session.scalars(query).one()
    return part


def _owner(session: Session, channel: str, message_id: int | None) -> int | None:
    message = session.get(Message, message_id) if message_id is not None else None
    return message.id if message is not None and message.channel == channel else None


def settle(session: Session, message: Message) -> None:
    """Take a message as far as its parts have come; one part that failed makes it fail.

    Nothing happens to one of which nothing was reported.
    """
    parts = parts_of(session, message.id)
    if not parts:
        return
    failed = next((part for part in parts if part.state == State.FAILED), None)
    state = State.FAILED if failed else min((part.state for part in parts), key=FORWARD.index)
    if may_become(message.state, state):
        message.state, message.error = state, failed.error if failed else None


def _forget_strays(session: Session, channel: str) -> None:
    session.execute(
        delete(PlatformMessage)
        .where(PlatformMessage.message_id.is_(None), PlatformMessage.channel == channel)
        .where(PlatformMessage.at < now() - STRAYS_KEPT)
        .execution_options(synchronize_session=False)
    )
