"""Carries out the erasures that customers asked for, and once a day what is past its time."""

import asyncio
import logging
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from crm.db import Database, now
from crm.privacy.erasing import NotErasable, erase
from crm.privacy.models import Erasure
from crm.privacy.outside import Outside
from crm.privacy.person import Marks
from crm.privacy.requests import due_erasures, settle, still_silent, unsettled
from crm.privacy.retention import Line, Periods, retain

logger = logging.getLogger(__name__)
LOOK_SECONDS = 2.0
ITALY = ZoneInfo("Europe/Rome")


class PrivacyWorker:
    """Looks for erasures that are due, and at night for what is past its time."""

    def __init__(self, database: Database, outside: Outside, periods: Periods, hour: int) -> None:
        self._database = database
        self._outside = outside
        self._periods = periods
        self._hour = hour
        self._next = next_night(now(), hour)

    async def run(self) -> None:
        """Work until cancelled. A failure is logged and does not end it."""
        while True:
            try:
                await asyncio.to_thread(self.look)
            except Exception:
                logger.exception("Looking after personal data failed; it is tried again.")
                await asyncio.sleep(LOOK_SECONDS * 10)
            await asyncio.sleep(LOOK_SECONDS)

    def look(self) -> None:
        """Do what is due now."""
        self.erase_due()
        self.settle()
        if now() >= self._next:
            self._next = next_night(now(), self._hour)
            self.retain()

    def erase_due(self) -> int:
        """Erase everybody whose request is due; how many there were."""
        with self._database.reading() as session:
            due = [(entry.id, entry.customer_id) for entry in due_erasures(session)]
        for entry_id, customer_id in due:
            try:
                erase(self._database, self._outside, customer_id, "customer")
                logger.info("Erasure %s is done.", entry_id)
            except NotErasable as gone:
                self._follow(entry_id, gone.merged_into_id)
        return len(due)

    def _follow(self, entry_id: int, merged_into_id: int | None) -> None:
        """Whoever was merged in the meantime is erased as the one that survived."""
        with self._database.writing() as session:
            entry = session.get_one(Erasure, entry_id)
            if merged_into_id is None:
                entry.done_at = now()
            else:
                entry.customer_id = merged_into_id

    def settle(self) -> None:
        """Forget once more what a turn under way may have written after an erasure."""
        with self._database.reading() as session:
            entries = [
                (entry.id, still_silent(session, entry.conversations))
                for entry in unsettled(session)
            ]
        for entry_id, conversations in entries:
            late = self._outside.dialogues.erase(conversations, Marks())
            if late:
                self._outside.dialogues.wipe()
            with self._database.writing() as session:
                settle(session.get_one(Erasure, entry_id))

    def retain(self) -> list[Line]:
        """Remove what is past its time."""
        lines = retain(self._database, self._outside, self._periods)
        removed = {line.kind: line.found for line in lines if line.found}
        logger.info("Past its time and removed: %s", removed or "nothing")
        return lines


def next_night(after: datetime, hour: int, zone: ZoneInfo = ITALY) -> datetime:
    """The next time that it is this hour in the shop."""
    local = after.astimezone(zone)
    today = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    return today if today > local else today + timedelta(days=1)
