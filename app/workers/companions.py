"""Learns what is bought together, at start and every so often, while everything else goes on."""

import asyncio
import logging

from sqlalchemy.exc import SQLAlchemyError

from crm.db import Database
from crm.offer.tastes import purchases
from knowledge.candidates import CandidateFinder
from knowledge.companions import Companions

logger = logging.getLogger(__name__)


class CompanionsWorker:
    """Gives the finder of candidates the companions of the orders there are."""

    def __init__(self, database: Database, finder: CandidateFinder, hours: float) -> None:
        self._database, self._finder, self._seconds = database, finder, hours * 3600

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            try:
                await asyncio.to_thread(self.learn)
            except SQLAlchemyError as problem:
                logger.error("What is bought together was not learnt: %s", type(problem).__name__)
            await asyncio.sleep(self._seconds)

    def learn(self) -> None:
        """Learn from all orders now; the old companions serve meanwhile."""
        with self._database.reading() as session:
            pairs = list(purchases(session))
        self._finder.companions = Companions.learn(pairs)
        logger.info("Companions of %d products learnt.", len(self._finder.companions))
