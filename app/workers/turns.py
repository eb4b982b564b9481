"""Answers what was stored: one worker a conversation, oldest message first, many at once."""

import asyncio
import logging
import re
from collections.abc import Callable

from sqlalchemy.orm import Session

from app.workers.claiming import Claims, claims_for
from app.workers.retrying import Retries
from app.workers.rota import Rota
from app.workers.transactions import Transactions
from crm.conversation import turns
from crm.conversation.calling import NO_RULES, CallingRules
from crm.conversation.log import Outgoing
from crm.conversation.models import Work
from crm.db import Database
from integrations.rasa_client import RasaAway, RasaClient, Turn, TurnBroken, TurnFailed
from integrations.wakeups import Wakeups

logger = logging.getLogger(__name__)

# What a customer types is never a command; what only looks like one has nothing to understand.
LIKE_A_COMMAND = re.compile(r"\s*/\w+\s*(?:\{.*)?$", re.DOTALL)
AWAY_SECONDS = 0.5
RETRIES = Retries(first=0.5, longest=30.0)
LONGEST_TEXT = 2_000
EMPTY_MESSAGE = "/empty_message"
LONG_MESSAGE = "/long_message"
TYPED_COMMAND = "/typed_command"
REQUEST_HUMAN = "/request_human"
ATTACHMENT = "/send_attachment"


class TurnEngine:
    """Takes messages from the log, has Rasa answer them, stores the replies.

    The log is the truth: whatever was stored and not handled before a crash is found by looking
    and answered. Rasa being away is not the message's fault and does not count as a try; Rasa
    breaking off in the middle counts, for a message that kills it must not kill it for ever.
    """

    def __init__(
        self,
        database: Database,
        rasa: RasaClient,
        wakeups: Wakeups,
        apology: Callable[[str], Outgoing],
        *,
        calling: CallingRules = NO_RULES,
        at_once: int = 8,
        attempts: int = 5,
        transactions: Transactions | None = None,
        claims: Claims | None = None,
    ) -> None:
        self._transactions = transactions or Transactions(database)
        self._claims = claims or claims_for(self._transactions)
        self._rasa = rasa
        self._wakeups = wakeups
        self._apology = apology
        self._calling = calling
        self._attempts = attempts
        self.rota = Rota(
            Work.TURNS,
            turns.WAITING,
            self._take_turn,
            self._claims,
            at_once=at_once,
        )
        wakeups.subscribe(self.wake, Work.TURNS)

    def wake(self, conversation_id: int) -> None:
        """Something was said in a conversation; cheap and safe to call too often."""
        self.rota.look()

    async def run(self) -> None:
        """Answer until stopped or cancelled; then let the turns under way finish."""
        await self.rota.run()

    async def stop(self, seconds: float | None = None) -> None:
        """Begin no more turns; wait for those under way, but not longer than that."""
        await self.rota.stop(seconds)

    async def _take_turn(self, conversation_id: int) -> None:
        """Answer the next message, if there is one to answer now."""
        job = await self._transactions.write(
            lambda session: self._take(session, conversation_id), redoable=True
        )
        if job is None:
            self._wakeups.notify(conversation_id, [Work.DELIVERY])
            return
        try:
            turn = await self._ask_rasa(job)
        except (TurnBroken, TurnFailed) as failure:
            await self._fail(job, str(failure))
            return
        except RasaAway:
            await asyncio.sleep(AWAY_SECONDS)
            return
        await self._transactions.write(
            lambda session: turns.finish(
                session, job.message_id, turn.replies, turn.understanding, turn.language
            )
        )
        self._wakeups.notify(conversation_id, [Work.DELIVERY])

    def _take(self, session: Session, conversation_id: int) -> turns.Job | None:
        if not self._claims.confirm(session, Work.TURNS, conversation_id):
            return None
        return turns.begin(session, conversation_id)

    async def _ask_rasa(self, job: turns.Job) -> Turn:
        return await self._rasa.take_turn(
            conversation=conversation_key(job.conversation_id),
            message_id=str(job.message_id),
            language=job.language,
            text=job.text,
            # Danger comes first: a message too long to be understood may tell of a fire.
            command=job.command or self._call_for(job) or command_for(job),
        )

    def _call_for(self, job: turns.Job) -> str | None:
        return REQUEST_HUMAN if self._calling.rule_for(job.text) else None

    async def _fail(self, job: turns.Job, error: str) -> None:
        logger.warning("Turn of message %s failed: %s", job.message_id, error)
        if job.attempts + 1 < self._attempts:
            delay = RETRIES.delay(job.attempts)
            await self._transactions.write(
                lambda session: turns.retry_later(session, job.message_id, delay, error)
            )
            self.rota.look_in(delay.total_seconds())
            return
        await self._transactions.write(
            lambda session: turns.give_up(
                session, job.message_id, error, self._apology(job.language)
            )
        )
        self._wakeups.notify(job.conversation_id)


def conversation_key(conversation_id: int) -> str:
    """The name under which Rasa knows a conversation."""
    return f"conversation-{conversation_id}"


def command_for(job: turns.Job) -> str | None:
    """The command that stands for a message with nothing in it to understand."""
    if job.has_attachments and not job.text.strip():
        return ATTACHMENT
    if not job.text.strip():
        return EMPTY_MESSAGE
    if len(job.text) > LONGEST_TEXT:
        return LONG_MESSAGE
    return TYPED_COMMAND if LIKE_A_COMMAND.match(job.text) else None
