"""Who may work on a conversation: this process alone, or whichever process has claimed it."""

import asyncio
import logging
import os
import secrets
import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from sqlalchemy import Select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.workers.transactions import Transactions
from crm.conversation import claims
from crm.conversation.models import Work

logger = logging.getLogger(__name__)

LEASE_SECONDS = 10.0


class Claims(Protocol):
    """Gives out conversations to work on, and takes them back."""

    async def take(
        self, work: Work, waiting: Select[int], limit: int, busy: Collection[int]
    ) -> list[int]:
        """Up to `limit` conversations that wait, none of those that this process is busy with."""
        ...

    def watch(self, work: Work, conversation_id: int, task: asyncio.Task[Any]) -> None:
        """Have a task cancelled when its conversation is lost to another process."""
        ...

    def confirm(self, session: Session, work: Work, conversation_id: int) -> bool:
        """Whether it is still ours: asked in the transaction that acts upon it."""
        ...

    async def give_back(self, work: Work, conversation_id: int) -> None:
        """Have done with a conversation for now."""
        ...

    async def run(self) -> None:
        """Keep what is held until cancelled."""
        ...


def claims_for(transactions: Transactions) -> Claims:
    """On SQLite everything is this process's own; on PostgreSQL there may be others."""
    if transactions.database.is_sqlite:
        return OwnClaims(transactions)
    return LeasedClaims(transactions)


class OwnClaims:
    """The only process: nothing has to be written down."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def take(
        self, work: Work, waiting: Select[int], limit: int, busy: Collection[int]
    ) -> list[int]:
        """Look into the log."""
        query = waiting.limit(limit + len(busy))
        found = await self._transactions.read(lambda session: session.scalars(query).all())
        return [conversation_id for conversation_id in found if conversation_id not in busy][:limit]

    def watch(self, work: Work, conversation_id: int, task: asyncio.Task[Any]) -> None:
        """Nobody else can take it."""

    def confirm(self, session: Session, work: Work, conversation_id: int) -> bool:
        """Always."""
        return True

    async def give_back(self, work: Work, conversation_id: int) -> None:
        """Nothing was written down."""

    async def run(self) -> None:
        """Nothing has to be kept."""
        await asyncio.Event().wait()


@dataclass
class _Lease:
    """What is held here, as long as this process's own clock says that it is good."""

    until: float
    task: asyncio.Task[Any] | None = None


class LeasedClaims:
    """One of several processes: holds conversations by leases and renews them while it works.

    The lease ends here a little earlier than in the database, because here it counts from before
    the database was asked; a process that cannot renew stops working in time.
    """

    def __init__(
        self, transactions: Transactions, seconds: float = LEASE_SECONDS, holder: str = ""
    ) -> None:
        self._transactions = transactions
        self._seconds = seconds
        self._leases: dict[claims.Held, _Lease] = {}
        self.holder = holder or f"{os.getpid()}-{secrets.token_hex(6)}"

    async def take(
        self, work: Work, waiting: Select[int], limit: int, busy: Collection[int]
    ) -> list[int]:
        """Claim what nobody else has."""
        began = time.monotonic()
        lease = timedelta(seconds=self._seconds)
        not_these = list(busy)  # as of now: what is given back meanwhile is there the next time
        taken = await self._transactions.write(
            lambda session: claims.claim(
                session, work, waiting, self.holder, lease, limit, not_these
            ),
            redoable=True,
        )
        for conversation_id in taken:
            self._leases[work, conversation_id] = _Lease(began + self._seconds)
        return taken

    def watch(self, work: Work, conversation_id: int, task: asyncio.Task[Any]) -> None:
        """Remember whom to stop."""
        self._leases[work, conversation_id].task = task

    def confirm(self, session: Session, work: Work, conversation_id: int) -> bool:
        """Ask the database, by its clock."""
        return claims.is_held(session, work, conversation_id, self.holder)

    async def give_back(self, work: Work, conversation_id: int) -> None:
        """Let others have it at once."""
        self._leases.pop((work, conversation_id), None)
        await self._transactions.write(
            lambda session: claims.release(session, work, conversation_id, self.holder),
            redoable=True,
        )

    async def run(self) -> None:
        """Renew in good time, until cancelled."""
        while True:
            await asyncio.sleep(self._seconds / 4)
            await self.renew()

    async def renew(self) -> None:
        """Renew everything; stop the work on what is lost or may be lost before the next time."""
        held = set(self._leases)
        if not held:
            return
        began = time.monotonic()
        kept = await self._renewed(held)
        if kept is not None:
            for key in held & self._leases.keys():
                self._leases[key].until = began + self._seconds if key in kept else 0.0
        in_danger = time.monotonic() + self._seconds / 2
        for key, lease in self._leases.items():
            if lease.until < in_danger:
                _stop(key, lease)

    async def _renewed(self, held: set[claims.Held]) -> set[claims.Held] | None:
        """What the database says is still ours; None while it is away."""
        lease = timedelta(seconds=self._seconds)
        try:
            async with asyncio.timeout(self._seconds / 4):
                return await self._transactions.write(
                    lambda session: claims.renew(session, self.holder, lease, held),
                    redoable=True,
                )
        except (SQLAlchemyError, TimeoutError) as problem:
            logger.warning("Claims could not be renewed: %s", type(problem).__name__)
            return None


def _stop(key: claims.Held, lease: _Lease) -> None:
    if lease.task is not None and not lease.task.done():
        logger.warning("Conversation %s (%s) is left to another process.", key[1], key[0])
        lease.task.cancel()
