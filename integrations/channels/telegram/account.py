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
from integrations.channels.telegram.aftercare import BotAftercare
from integrations.channels.telegram.channel import TelegramChannel
from integrations.channels.telegram.client import make_bot, told
from integrations.channels.telegram.files import fetch_file
from integrations.channels.telegram.intake import CHANNEL, TelegramIntake
from integrations.channels.telegram.poller import TelegramPoller
from integrations.channels.telegram.settings import Mode, TelegramSettings

logger = logging.getLogger(__name__)


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
        await self._open()
        workers = [asyncio.create_task(self.collector.run())]
        if self.settings.mode == Mode.POLLING:
            workers.append(asyncio.create_task(self.poller.run()))
        try:
            yield
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
            self.aftercare.stop()
            await self.bot.shutdown()

    async def _open(self) -> None:
        """Open the client; Telegram being away is no reason not to start."""
        try:
            await self.bot.initialize()
        except TelegramError as problem:
            logger.warning(
                "Telegram is not ready yet: %s; see docs/telegram.md.",
                told(problem, self.settings.token),
            )


def open_account(
    settings: TelegramSettings,
    database: Database,
    attachments: Path,
    announce: Callable[[int], None],
    proof_lasts: timedelta,
) -> TelegramAccount:
    """Wire an account.

    Args:
        attachments: the folder of files, the same for all channels.
        announce: tells the engine and the desk, in the event loop, of a conversation's news.
        proof_lasts: how long a shared contact proves who somebody is.
    """
    bot = make_bot(settings)
    collector = MediaCollector(
        database,
        CHANNEL,
        lambda record: fetch_file(bot, record, settings.download_bytes),
        attachments,
        settings.download_bytes,
        announce,
    )
    aftercare = BotAftercare(bot)
    intake = TelegramIntake(settings, database, announce, collector, aftercare, proof_lasts)
    return TelegramAccount(
        settings=settings,
        bot=bot,
        channel=TelegramChannel(bot, settings, attachments),
        intake=intake,
        collector=collector,
        aftercare=aftercare,
        poller=TelegramPoller(bot, intake),
    )
