"""Fetches updates by long polling, for a laptop that nobody can call.

Telegram keeps an update until it is asked for one with a higher number. So the number goes up
only after an update is stored, and is kept nowhere else: after a crash Telegram gives again what
was not confirmed, and what was stored already is known by its number.
"""

import asyncio
import logging
from typing import Any

from telegram import Bot
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from integrations.channels.telegram.client import as_seconds, told
from integrations.channels.telegram.intake import TelegramIntake
from integrations.channels.telegram.updates import ALLOWED_UPDATES, NotAnUpdate, update_number

logger = logging.getLogger(__name__)

# The library has a method of its own for this one, which fails over the whole batch where it
# cannot read one update. Telegram does not mind how a method's name is written.
GET_UPDATES = "getupdates"
BATCH = 100
GRACE_SECONDS = 10
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0


class TelegramPoller:
    """Asks for updates and stores them, one after the other."""

    def __init__(self, bot: Bot, intake: TelegramIntake) -> None:
        self._bot = bot
        self._intake = intake
        self._token = intake.settings.token
        self._next: int | None = None
        self._pause = FIRST_PAUSE_SECONDS

    async def run(self) -> None:
        """Poll until cancelled. Whatever goes wrong is tried again, more and more slowly."""
        while True:
            try:
                await self.poll()
                self._pause = FIRST_PAUSE_SECONDS
            except Exception as problem:
                await asyncio.sleep(self._complain(problem))

    async def poll(self) -> int:
        """Ask once, store what comes, and return how many updates came.

        Raises:
            TelegramError: the call failed.
            Exception: an update could not be stored; it and those after it come again.
        """
        updates = await self._ask()
        for update in updates:
            await self._take(update)
        return len(updates)

    async def _ask(self) -> list[Any]:
        seconds = self._intake.settings.poll_seconds
        wanted = {"limit": BATCH, "timeout": seconds, "allowed_updates": list(ALLOWED_UPDATES)}
        if self._next is not None:
            wanted["offset"] = self._next
        updates = await self._bot.do_api_request(
            GET_UPDATES, api_kwargs=wanted, read_timeout=seconds + GRACE_SECONDS
        )
        return updates if isinstance(updates, list) else []

    async def _take(self, update: Any) -> None:
        try:
            number = update_number(update)
        except NotAnUpdate:
            return
        await self._intake.receive(update)
        self._next = number + 1

    def _complain(self, problem: Exception) -> float:
        """Log what went wrong and return the seconds to wait."""
        pause, self._pause = self._pause, min(self._pause * 2, LONGEST_PAUSE_SECONDS)
        match problem:
            case RetryAfter():
                pause = as_seconds(problem.retry_after)
            case Conflict():
                logger.warning(
                    "Telegram: %s Only one program may poll for a bot, and none while a webhook "
                    "is set.", told(problem, self._token))  # fmt: skip
            case InvalidToken():
                pause = LONGEST_PAUSE_SECONDS
                logger.error("Telegram does not accept the bot's token; see docs/telegram.md.")
            case TelegramError():
                logger.info("Telegram does not answer: %s", told(problem, self._token))
            case _:
                logger.error("Updates could not be stored: %s.", type(problem).__name__)
        return pause
