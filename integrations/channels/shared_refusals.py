"""Tells customers honestly about files of theirs that did not arrive or are not kept."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.conversation.handoff import announce
from crm.conversation.log import Outgoing, lock
from crm.conversation.models import Conversation, Message, Role, State
from crm.db import Database

logger = logging.getLogger(__name__)

# The text for a reason and a language; empty where there is none.
Words = Callable[[str, str], str]
RECENT = 10
TOLD = "told"


def no_words(reason: str, language: str) -> str:
    """Nothing is said."""
    return ""


def tell_of_refused(
    session: Session, conversation: Conversation, words: Words, *, answers: bool = True
) -> bool:
    """Say once for each reason that recent files are not kept; whether anything was said.

    Args:
        answers: a message that was nothing but such files is answered with this, so that nobody
            says as well that they are kept.
    """
    texts: dict[str, None] = {}
    for message in _recent(session, conversation):
        said = [words(reason, conversation.language) for reason in _untold(message)]
        texts |= dict.fromkeys(filter(None, said))
        if answers and any(said) and _is_only_refused(message):
            message.state = State.HANDLED
    for text in texts:
        announce(session, conversation, Outgoing(text))
    return bool(texts)


def _recent(session: Session, conversation: Conversation) -> list[Message]:
    query = (
        select(Message)
        .where(Message.conversation_id == conversation.id, Message.role == Role.CUSTOMER)
        .order_by(Message.seq.desc())
        .limit(RECENT)
    )
    return list(session.scalars(query))


def _is_only_refused(message: Message) -> bool:
    return (
        message.state == State.RECEIVED
        and not message.text.strip()
        and all("refused" in one for one in message.attachments)
    )


def _untold(message: Message) -> list[str]:
    """Why files of a message are not kept, if nobody was told; they are marked as told."""
    new = [one for one in message.attachments if "refused" in one and TOLD not in one]
    if new:
        message.attachments = [
            {**one, TOLD: True} if one in new else one for one in message.attachments
        ]
    return [one["refused"] for one in new]


class RefusalTeller:
    """Looks, whenever a file was fetched or not, whether there is something to be told.

    Args:
        news: told, in the event loop, that a conversation has changed.
        answers: as in `tell_of_refused`.
    """

    def __init__(
        self,
        database: Database,
        news: Callable[[int], None],
        words: Words,
        *,
        answers: bool = True,
    ) -> None:
        self._database = database
        self._news = news
        self._words = words
        self._answers = answers
        self._telling: set[asyncio.Task[Any]] = set()

    def look(self, conversation_id: int) -> None:
        """A file of this conversation is settled. From the event loop."""
        self._news(conversation_id)
        task = asyncio.create_task(self._tell(conversation_id))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _tell(self, conversation_id: int) -> None:
        try:
            if await asyncio.to_thread(self._write_down, conversation_id):
                self._news(conversation_id)
        except Exception as problem:
            logger.error("Not told of a file: %s.", type(problem).__name__)

    def _write_down(self, conversation_id: int) -> bool:
        with self._database.writing() as session:
            conversation = session.get_one(Conversation, conversation_id)
            lock(session, conversation)
            return tell_of_refused(session, conversation, self._words, answers=self._answers)
