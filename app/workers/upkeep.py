"""Keeps profiles up to date: values by news within a minute and for everybody once a day; what own
fields may no longer keep is let go once an hour."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from crm.db import Database, now
from crm.profile.elastic import OwnFields
from crm.profile.elastic_values import forget_old_values
from crm.value.figures import ValueRules
from crm.value.worth import customers_to_revalue, revalue

logger = logging.getLogger(__name__)
LOOK_SECONDS = 30.0
OVERLAP = timedelta(minutes=1)
AT_ONCE = 20
FORGET_EVERY = timedelta(hours=1)


class Upkeep:
    """Works in small transactions, so that nobody waits for it."""

    def __init__(self, database: Database, rules: ValueRules, own_fields: OwnFields) -> None:
        self._database, self._rules, self._own_fields = database, rules, own_fields
        self._looked_at: datetime = now() - OVERLAP
        self._forgot_at: datetime | None = None

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            try:
                await asyncio.to_thread(self.revalue_news)
                while await asyncio.to_thread(self.revalue_old):
                    await asyncio.sleep(0.2)
                await asyncio.to_thread(self.forget_old)
            except SQLAlchemyError as problem:
                logger.error("Profiles were not kept up: %s", type(problem).__name__)
            await asyncio.sleep(LOOK_SECONDS)

    def revalue_news(self) -> int:
        """Those with news since the last look; says how many."""
        looked_at = now()
        with self._database.reading() as session:
            customers = customers_to_revalue(session, self._looked_at - OVERLAP, limit=10_000)
        self._revalue(customers)
        self._looked_at = looked_at
        return len(customers)

    def revalue_old(self) -> int:
        """Some of those whose figures are missing or a day old; says how many."""
        with self._database.reading() as session:
            customers = customers_to_revalue(session)
        self._revalue(customers)
        return len(customers)

    def forget_old(self) -> None:
        """Let go, once an hour, of values that are older than their field keeps them."""
        if self._forgot_at is None or now() - self._forgot_at > FORGET_EVERY:
            with self._database.writing() as session:
                forget_old_values(session, self._own_fields)
            self._forgot_at = now()

    def _revalue(self, customers: Sequence[int]) -> None:
        for start in range(0, len(customers), AT_ONCE):
            with self._database.writing() as session:
                revalue(session, customers[start : start + AT_ONCE], self._rules)
