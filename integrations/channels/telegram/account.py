"""One bot's account in one app process: everything of the channel, wired and started together."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from telegram import Bot
from telegram.error import TelegramError

from crm.db import Database
from integrations.channels.shared_collector import MediaCollector
from integrations.channels.shared_refusals import RefusalTeller, Words, no_words
from integrations.channels.telegram.aftercare import BotAftercare
from integrations.channels.telegram.channel import TelegramChannel
from integrations.channels.telegram.client import close_bot, make_bot, told
from integrations.channels.telegram.connect import register_webhook
from integrations.channels.telegram.files import fetch_file
from integrations.channels.telegram.intake import CHANNEL, TelegramIntake
from integrations.channels.telegram.poller import TelegramPoller
from integrations.channels.telegram.settings import Mode, TelegramSettings

logger = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 60.0
# Failures in the first moments are those of two programs that start together.
CALM_SECONDS = 3.0


@dataclass(frozen=True)
class TelegramAccount:
    """The channel to send with, the intake for the webhook, and what runs beside them."""

    settings: TelegramSettings
    bot: Bot
    channel: TelegramChannel
    intake: TelegramIntake
    collector: MediaCollector
    aftercare: BotAftercare
    poller: TelegramPoller

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Everything that runs in the background, as long as the block does."""
        is_polling = self.settings.mode == Mode.POLLING
        workers = [
            asyncio.create_task(self.collector.run()),
            asyncio.create_task(self.poller.run() if is_polling else self._register()),
        ]
        try:
            yield
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
            self.aftercare.stop()
            await close_bot(self.bot)

    async def run(self) -> None:
        """Do all that until cancelled."""
        async with self.running():
            await asyncio.Event().wait()

    async def _register(self) -> None:
        """Have Telegram call us; Telegram being away is no reason not to start."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                await register_webhook(self.bot, self.settings)
                return
            except TelegramError as problem:
                told_what = told(problem, self.settings.token)
            if pause > CALM_SECONDS:
                logger.warning(
                    "Telegram does not take our webhook yet: %s; see docs/telegram.md.", told_what
                )
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


def open_account(
    settings: TelegramSettings,
    database: Database,
    attachments: Path,
    announce: Callable[[int], None],
    proof_lasts: timedelta,
    excuse: Callable[[str], str] = lambda language: "",
    refusal: Words = no_words,
) -> TelegramAccount:
    """Wire an account.

    Args:
        attachments: the folder of files, the same for all channels.
        announce: tells the engine and the desk, in the event loop, of a conversation's news.
        proof_lasts: how long a shared contact proves who somebody is.
        excuse: why the bot leaves a group, by language.
        refusal: what to say of a file that is not kept, by reason and language.
    """
    bot = make_bot(settings)
    collector = MediaCollector(
        database,
        CHANNEL,
        lambda record: fetch_file(bot, record, settings.download_bytes),
        attachments,
        settings.download_bytes,
        RefusalTeller(database, announce, refusal).look,
    )
    aftercare = BotAftercare(bot, excuse)
    intake = TelegramIntake(
        settings, database, announce, collector, aftercare, proof_lasts, refusal
    )
    return TelegramAccount(
        settings=settings,
        bot=bot,
        channel=TelegramChannel(bot, settings, attachments),
        intake=intake,
        collector=collector,
        aftercare=aftercare,
        poller=TelegramPoller(bot, intake),
    )
