"""One app process's engine for tests: it works step by step, and dies where it is told to."""

import asyncio
from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from app.workers.claiming import claims_for
from app.workers.delivery import DeliveryWorker, Limits
from app.workers.transactions import Transactions
from app.workers.turns import TurnEngine
from crm.conversation.calling import NO_RULES, CallingRules
from crm.conversation.log import Outgoing
from crm.conversation.pace import Rate
from crm.db import Database
from integrations.channels.port import Channel
from integrations.rasa_client import RasaClient
from integrations.wakeups import Wakeups
from tests.engine.local_rasa import SECRET

APOLOGY = "scusa, qualcosa è andato storto"
AT_FULL_SPEED = Limits(overall=Rate(1e6, 1000), chat=Rate(1e6, 1000), attempts=3)


class Crash(BaseException):
    """The process is dead: nothing of it happens any more. What was committed stays."""


class MortalTransactions(Transactions):
    """Dies before or after one of its commits, and is dead from then on."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.steps_to_live: int | None = None

    async def write(self, work: Callable[[Session], Any], *, redoable: bool = False) -> Any:
        """Commit, if it lives to see it."""
        self._step()
        result = await super().write(work, redoable=redoable)
        self._step()
        return result

    async def read(self, work: Callable[[Session], Any]) -> Any:
        """Look, if it lives to do so."""
        self._step()
        return await super().read(work)

    def _step(self) -> None:
        if self.steps_to_live is None:
            return
        if self.steps_to_live == 0:
            raise Crash
        self.steps_to_live -= 1


class AppProcess:
    """The workers of one app process over a database, without the web application."""

    def __init__(
        self,
        database: Database,
        rasa_url: str,
        channel: Channel,
        limits: Limits = AT_FULL_SPEED,
        *,
        timeout: float = 5.0,
        attempts: int = 3,
        calling: CallingRules = NO_RULES,
    ) -> None:
        self.transactions = MortalTransactions(database)
        self.claims = claims_for(self.transactions)
        self.wakeups = Wakeups()
        self.rasa = RasaClient(rasa_url, SECRET, timeout)
        self.turns = TurnEngine(
            database,
            self.rasa,
            self.wakeups,
            lambda language: Outgoing(APOLOGY),
            calling=calling,
            attempts=attempts,
            transactions=self.transactions,
            claims=self.claims,
        )
        self.deliveries = DeliveryWorker(
            database,
            channel,
            self.wakeups,
            limits,
            transactions=self.transactions,
            claims=self.claims,
        )

    async def work(self) -> int:
        """Answer what waits, send what waits; how many pieces of work that were.

        Raises:
            Crash: it died over it.
        """
        return await self.turns.rota.once() + await self.deliveries.rota.once()

    async def bury(self) -> None:
        """Let go of its connections, once all that it had begun has died."""
        await self.turns.stop()
        await self.deliveries.stop()
        await self.rasa.close()
        self.transactions.close()


async def run_for(app: AppProcess, until: Callable[[], bool], seconds: float = 60.0) -> None:
    """Have it work as it does in the product until something is so.

    Raises:
        TimeoutError: it did not become so.
    """
    tasks = [asyncio.create_task(app.turns.run()), asyncio.create_task(app.deliveries.run())]
    try:
        async with asyncio.timeout(seconds):
            while not await asyncio.to_thread(until):
                await asyncio.sleep(0.02)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
