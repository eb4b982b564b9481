"""Lets time pass in one conversation: everything that was said and done there moves back.

The processes that are tested keep their clock. What they have written about the conversation and
who speaks in it is made older instead, in the app's database and among Rasa's trackers.
"""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.workers.turns import conversation_key
from crm.conversation.models import Conversation, ConversationEvent, Message
from crm.db import Database
from crm.db.base import UtcDateTime
from crm.offer.models import OfferEvent
from crm.profile.models import ChannelIdentity, OneTimeCode
from crm.ticket.models import Ticket

UNITS = ("minutes", "hours", "days")


def duration(written: str) -> timedelta:
    """Read "20 minutes", "1 day".

    Raises:
        ValueError: it is not a number and a unit.
    """
    number, unit = written.split()
    plural = unit if unit.endswith("s") else f"{unit}s"
    if plural not in UNITS:
        raise ValueError(f"{written!r}: write a number and one of {', '.join(UNITS)}")
    return timedelta(**{plural: float(number)})


def let_pass(database: Database, trackers: Path, session_id: str, time: timedelta) -> None:
    """Make a web chat conversation older by some time."""
    with database.writing() as session:
        identity = session.scalars(
            sa.select(ChannelIdentity).filter_by(external_id=session_id)
        ).one()
        conversation = session.scalars(
            sa.select(Conversation).filter_by(identity_id=identity.id)
        ).one()
        for row in _rows(session, identity, conversation):
            _move_back(row, time)
    _move_dialogue(trackers, conversation_key(conversation.id), time)


def _rows(
    session: Session, identity: ChannelIdentity, conversation: Conversation
) -> Iterator[object]:
    yield identity
    yield conversation
    for model in (Message, ConversationEvent, OfferEvent, Ticket):
        yield from session.scalars(sa.select(model).filter_by(conversation_id=conversation.id))
    yield from session.scalars(sa.select(OneTimeCode).filter_by(identity_id=identity.id))


def _move_back(row: Any, time: timedelta) -> None:
    for column in sa.inspect(type(row)).columns:
        value = getattr(row, column.key)
        if isinstance(column.type, UtcDateTime) and value is not None:
            setattr(row, column.key, value - time)


def _move_dialogue(trackers: Path, key: str, time: timedelta) -> None:
    """Rasa keeps the time of an event beside it and in it, in seconds."""
    engine = sa.create_engine(f"sqlite:///{trackers}", connect_args={"timeout": 30})
    events = sa.Table("events", sa.MetaData(), autoload_with=engine)
    with engine.begin() as connection:
        rows = connection.execute(sa.select(events).where(events.c.sender_id == key)).all()
        for row in rows:
            data = json.loads(row.data)
            data["timestamp"] -= time.total_seconds()
            connection.execute(
                sa.update(events)
                .where(events.c.id == row.id)
                .values(timestamp=data["timestamp"], data=json.dumps(data))
            )
    engine.dispose()
