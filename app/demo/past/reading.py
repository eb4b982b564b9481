"""The demo's staff has read what is past, so that only what is new counts as unread."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.conversation.models import Conversation, Mode
from crm.db import Database
from crm.staff.models import Glance
from crm.staff.users import users


def mark_read(database: Database) -> None:
    """Let everybody have read every past talk; does nothing where anybody has read anything."""
    with database.writing() as session:
        if session.scalar(select(Glance.user_id).limit(1)) is None:
            _mark(session)


def _mark(session: Session) -> None:
    query = select(Conversation.id, Conversation.last_seq).where(Conversation.mode == Mode.BOT)
    talks = session.execute(query).all()
    session.add_all(
        Glance(user_id=user.id, conversation_id=number, seen_seq=last)
        for user in users(session)
        for number, last in talks
    )
