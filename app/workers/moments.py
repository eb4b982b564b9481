"""Speaks first where there is a reason to: finds occasions, decides on what is due (R10, R16).

The table of moments is the schedule: what was planned before a restart is there after it, and what
happened meanwhile is found by looking back.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from crm.db import Database, now
from crm.moment.deciding import decide_next, is_any_due, what_is_over, withdraw_what_is_over
from crm.moment.models import Moment, MomentState
from crm.moment.occasions import (
    calls_from_deliveries,
    calls_from_moods,
    calls_from_signals,
    look_back,
    plan,
    unplanned,
)
from crm.moment.saying import Voice

logger = logging.getLogger(__name__)
LOOK_SECONDS = 1.0
SWEEP_SECONDS = 5.0
# In one transaction: customers who write meanwhile wait for it.
AT_ONCE = 5
# A signal is seen at the next look; one whose transaction took long, or that another process was
# writing, at the wide look.
OVERLAP = timedelta(seconds=10)
WIDE_SECONDS = 60.0
WIDE_OVERLAP = timedelta(minutes=10)


class MomentWorker:
    """Plans, withdraws and says; `announce` is told of every conversation that it spoke in."""

    def __init__(
        self, database: Database, voice: Voice, announce: Callable[[int], None] = lambda _: None
    ) -> None:
        self._database = database
        self._voice = voice
        self._announce = announce
        self._since = now() - look_back(voice.moments)
        self._widely_at = self._swept_at = self._since

    async def run(self) -> None:
        """Work until cancelled. What fails is logged and tried again at the next look."""
        while True:
            try:
                for conversation_id in await asyncio.to_thread(self.look):
                    self._announce(conversation_id)
            except SQLAlchemyError as problem:
                logger.warning("Moments wait for the database: %s", type(problem).__name__)
            except Exception:
                logger.exception("Moments could not be looked after; trying again.")
                await asyncio.sleep(LOOK_SECONDS * 10)
            await asyncio.sleep(LOOK_SECONDS)

    def look(self) -> list[int]:
        """Plan and decide what there is now; the conversations in which something was said."""
        at = now()
        self._plan(at)
        if at - self._swept_at > timedelta(seconds=SWEEP_SECONDS):
            self._swept_at = at
            self._sweep(at)
        return self._decide()

    def _plan(self, at: datetime) -> None:
        since = self._since
        is_wide = at - self._widely_at > timedelta(seconds=WIDE_SECONDS)
        if is_wide:
            since = min(since, at - WIDE_OVERLAP)
            self._widely_at = at
        moments = self._voice.moments
        with self._database.reading() as session:
            calls = calls_from_signals(session, moments, since)
            calls += calls_from_moods(session, moments, since)
            if is_wide:
                calls += calls_from_deliveries(session, moments, at - look_back(moments))
            calls = unplanned(session, calls)
        for start in range(0, len(calls), AT_ONCE):
            with self._database.writing() as session:
                plan(session, calls[start : start + AT_ONCE])
        self._since = at - OVERLAP

    def _sweep(self, at: datetime) -> None:
        with self._database.reading() as session:
            over = what_is_over(session, self._voice, at)
        for start in range(0, len(over), AT_ONCE):
            with self._database.writing() as session:
                withdraw_what_is_over(session, self._voice, at, over[start : start + AT_ONCE])

    def _decide(self) -> list[int]:
        spoken: list[int] = []
        while True:
            with self._database.reading() as session:
                if not is_any_due(session, now()):
                    return spoken
            with self._database.writing() as session:
                moment = decide_next(session, self._voice)
                said_in = _said_in(moment)
            if moment is None:
                return spoken  # another process has what is due
            if said_in is not None:
                spoken.append(said_in)


def _said_in(moment: Moment | None) -> int | None:
    is_said = moment is not None and moment.state == MomentState.SENT
    return moment.conversation_id if moment is not None and is_said else None
