"""Sees to tickets: escalates those that are late, asks how it went once they are settled."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from crm.conversation.models import Conversation
from crm.db import Database
from crm.ticket.escalation import escalate, is_any_late
from crm.ticket.models import Ticket
from crm.ticket.rules import Rule
from crm.ticket.satisfaction import Question, ask, to_be_asked

logger = logging.getLogger(__name__)
LOOK_SECONDS = 30.0


class TicketCare:
    """Works in small transactions, so that nobody waits for it.

    Args:
        question: how it is asked how it went, by language and number of the ticket.
        rest: how long a conversation must have rested to be asked; zero asks nobody.
        notify: called with a conversation's id after something was said in it.
    """

    def __init__(
        self,
        database: Database,
        rules: Sequence[Rule],
        question: Callable[[str, str], Question],
        notify: Callable[[int], None],
        rest: timedelta,
    ) -> None:
        self._database, self._rules = database, rules
        self._question, self._notify, self._rest = question, notify, rest

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            try:
                await asyncio.to_thread(self.escalate)
                for conversation_id in await asyncio.to_thread(self.ask):
                    self._notify(conversation_id)
            except SQLAlchemyError as problem:
                logger.error("Tickets were not seen to: %s", type(problem).__name__)
            await asyncio.sleep(LOOK_SECONDS)

    def escalate(self) -> int:
        """Apply the rules; how often one applied."""
        applied = sum(1 for rule in self._rules for _ in self._apply(rule))
        if applied:
            logger.info("Tickets escalated: %s", applied)
        return applied

    def _apply(self, rule: Rule) -> Iterator[int]:
        """Once for each ticket that a rule is applied to, each in a transaction of its own."""
        while True:
            with self._database.reading() as session:
                if not is_any_late(session, rule):
                    return
            with self._database.writing() as session:
                applied = escalate(session, [rule], most=1)
            if not applied:
                return  # another process has what is late
            yield applied

    def ask(self) -> list[int]:
        """Ask the customers of settled tickets; the conversations in which one was asked."""
        if not self._rest:
            return []
        with self._database.reading() as session:
            tickets = [one.id for one in to_be_asked(session, rest=self._rest)]
        found = (self._ask_one(ticket_id) for ticket_id in tickets)
        return [conversation_id for conversation_id in found if conversation_id is not None]

    def _ask_one(self, ticket_id: int) -> int | None:
        with self._database.writing() as session:
            ticket = session.get_one(Ticket, ticket_id)
            conversation = session.get(Conversation, ticket.conversation_id)
            if conversation is None:
                return None
            question = self._question(conversation.language, ticket.number)
            message = ask(session, ticket, question, self._rest)
            return conversation.id if message is not None else None
