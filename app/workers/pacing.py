"""Keeps to what a platform allows in a second, in this process or together with others."""

import asyncio
from datetime import datetime
from typing import Protocol

from app.workers.transactions import Transactions
from crm.conversation.pace import Rate, reserve
from crm.db import now


class Pacer(Protocol):
    """Lets callers through one by one, no faster than allowed."""

    async def wait(self) -> None:
        """Wait for one's turn."""
        ...


def pacer_for(transactions: Transactions, channel: str, rate: Rate) -> Pacer:
    """The only process keeps count itself; several keep count in the database."""
    if transactions.database.is_sqlite:
        return OwnPacer(rate)
    return SharedPacer(transactions, channel, rate)


class OwnPacer:
    """For one process."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._free_at: datetime | None = None

    async def wait(self) -> None:
        """Take the next place and wait for it."""
        at = now()
        seconds = self._rate.wait(self._free_at, at)
        self._free_at = self._rate.spend(self._free_at, at)
        await asyncio.sleep(seconds)


class SharedPacer:
    """For several processes on one PostgreSQL."""

    def __init__(self, transactions: Transactions, channel: str, rate: Rate) -> None:
        self._transactions = transactions
        self._channel = channel
        self._rate = rate

    async def wait(self) -> None:
        """Take the next place and wait for it."""
        seconds = await self._transactions.write(
            lambda session: reserve(session, self._channel, self._rate)
        )
        await asyncio.sleep(seconds)
