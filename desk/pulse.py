"""Whether anything happened at all: one small question a second, whoever watches."""

import asyncio
import time

from sqlalchemy import func, select

from crm.conversation.models import ConversationEvent, Message
from crm.db import Database
from crm.ticket.models import TicketEvent

Beat = tuple[int, ...]
FRESH_SECONDS = 0.7


class Pulse:
    """The numbers of the last message, change of hands and ticket event, shared by all pages."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._asking = asyncio.Lock()
        self._beat: Beat = ()
        self._at = 0.0

    async def beat(self) -> Beat:
        """Differs from an earlier one as soon as something was said, moved or noted."""
        async with self._asking:
            if time.monotonic() - self._at > FRESH_SECONDS:
                self._beat = await asyncio.to_thread(self._ask)
                self._at = time.monotonic()
        return self._beat

    def _ask(self) -> Beat:
        with self._database.reading() as session:
            return tuple(
                session.scalar(select(func.max(table.id))) or 0
                for table in (Message, ConversationEvent, TicketEvent)
            )
