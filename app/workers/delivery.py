"""Sends what was stored to the platforms: in order within a chat, many chats at once.

One worker a channel, so that a slow platform holds up nobody else. The web chat has none: its
clients fetch what is theirs.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.workers.claiming import Claims, claims_for
from app.workers.pacing import Pacer, pacer_for
from app.workers.retrying import Retries
from app.workers.rota import Rota
from app.workers.transactions import Transactions
from crm.conversation import delivery
from crm.conversation.models import Message, State, Work
from crm.conversation.pace import Rate
from crm.db import Database
from integrations.channels.port import (
    Channel,
    Later,
    Outbound,
    Outcome,
    Refused,
    Sent,
    Unknown,
)
from integrations.wakeups import Wakeups

logger = logging.getLogger(__name__)

RETRIES = Retries(first=1.0, longest=300.0)
# A reply may become several platform messages, each at the platform's pace.
SEND_SECONDS = 180.0
# A chat that must wait longer gives its place to others.
WORTH_A_PLACE_SECONDS = 0.2
# What became of a message is written down even if the database is away for a moment.
WRITE_TRIES = 4
WRITE_AGAIN_SECONDS = 0.5


@dataclass(frozen=True)
class Limits:
    """What a platform allows, over all and in one chat, and how stubborn we are."""

    overall: Rate
    chat: Rate
    attempts: int = 8
    at_once: int = 64


class DeliveryWorker:
    """Sends one channel's queued messages."""

    def __init__(
        self,
        database: Database,
        channel: Channel,
        wakeups: Wakeups,
        limits: Limits,
        *,
        transactions: Transactions | None = None,
        claims: Claims | None = None,
        still_wanted: Callable[[Session, Message], bool] | None = None,
    ) -> None:
        self._transactions = transactions or Transactions(database)
        self._claims = claims or claims_for(self._transactions)
        self._channel = channel
        self._wakeups = wakeups
        self._limits = limits
        self._still_wanted = still_wanted
        self._pacer: Pacer = pacer_for(self._transactions, channel.name, limits.overall)
        self.rota = Rota(
            Work.DELIVERY,
            delivery.waiting(channel.name),
            self._deliver,
            self._claims,
            at_once=limits.at_once,
        )
        wakeups.subscribe(self.wake, Work.DELIVERY)

    def wake(self, conversation_id: int) -> None:
        """Something was said in a conversation; cheap and safe to call too often."""
        self.rota.look()

    async def run(self) -> None:
        """Send until stopped or cancelled; then let the calls under way finish."""
        await self.rota.run()

    async def stop(self, seconds: float | None = None) -> None:
        """Begin no more calls; wait for those under way, but not longer than that."""
        await self.rota.stop(seconds)

    async def _deliver(self, conversation_id: int) -> None:
        """Send a chat's next message. All waiting is done before it is marked and sent."""
        seconds = await self._transactions.read(
            lambda session: delivery.chat_wait(session, conversation_id, self._limits.chat)
        )
        if seconds > WORTH_A_PLACE_SECONDS:
            await self._transactions.write(
                lambda session: delivery.hold(session, conversation_id, seconds)
            )
            self.rota.look_in(seconds)
            return
        await asyncio.sleep(seconds)
        await self._pacer.wait()
        outbound = await self._transactions.write(
            lambda session: self._begin(session, conversation_id)
        )
        if outbound is None:
            return
        outcome = await self._send(outbound)
        await self._note(outbound, outcome)
        self._wakeups.notify(conversation_id, ())

    def _begin(self, session: Session, conversation_id: int) -> Outbound | None:
        if not self._claims.confirm(session, Work.DELIVERY, conversation_id):
            return None
        message = delivery.begin_send(
            session, conversation_id, self._limits.chat, self._still_wanted
        )
        return outbound_of(message) if message else None

    async def _send(self, outbound: Outbound) -> Outcome:
        """Call the platform; whatever goes wrong on the way, nobody knows what became of it."""
        try:
            async with asyncio.timeout(SEND_SECONDS):
                return await self._channel.send(outbound)
        except TimeoutError:
            return Unknown("no answer in time")
        except Exception as problem:
            logger.exception("Channel %s broke its promise not to raise.", self._channel.name)
            return Unknown(type(problem).__name__)

    async def _note(self, outbound: Outbound, outcome: Outcome) -> None:
        for again in range(WRITE_TRIES - 1, -1, -1):
            try:
                await self._transactions.write(
                    lambda session: self._write_down(session, outbound, outcome)
                )
                return
            except OperationalError:
                if not again:
                    raise
                await asyncio.sleep(WRITE_AGAIN_SECONDS)

    def _write_down(self, session: Session, outbound: Outbound, outcome: Outcome) -> None:
        message_id = outbound.message_id
        match outcome:
            case Sent(external_ids):
                delivery.mark_sent(session, message_id, external_ids)
            case Refused(code, reason):
                logger.warning("Message %s was refused: %s", message_id, code)
                delivery.mark_refused(session, message_id, code, reason)
            case Unknown(reason):
                logger.warning("Nobody knows whether message %s was sent.", message_id)
                delivery.mark_unknown(session, message_id, reason)
            case Later(seconds, reason):
                self._put_off(session, message_id, seconds, reason)

    def _put_off(self, session: Session, message_id: int, seconds: float, reason: str) -> None:
        attempts = session.get_one(Message, message_id).attempts
        delay = RETRIES.delay(attempts, at_least=max(seconds, 0.0))
        state = delivery.put_off(session, message_id, delay, reason, self._limits.attempts)
        if state == State.FAILED:
            logger.warning("Message %s was given up after %s tries.", message_id, attempts + 1)


def outbound_of(message: Message) -> Outbound:
    """A stored reply as the channels take it."""
    conversation = message.conversation
    return Outbound(
        message_id=message.id,
        conversation_id=conversation.id,
        address=conversation.identity.external_id,
        role=message.role.value,
        language=conversation.language,
        text=message.text,
        buttons=message.buttons,
        cards=message.cards,
        attachments=message.attachments,
        last_customer_at=conversation.last_customer_at,
        template=message.template,
        details=_details(message),
    )


def _details(message: Message) -> dict[str, Any]:
    """What the channel knows of its user, and what a message that nobody asked for is for."""
    details = message.conversation.identity.details
    return {**details, "purpose": message.purpose} if message.purpose else details
