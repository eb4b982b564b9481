"""WhatsApp put together: what the channel needs from the app, and its parts."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, partial
from pathlib import Path

from crm.db import Database, now
from integrations.channels.shared_collector import MediaCollector
from integrations.channels.shared_refusals import RefusalTeller, Words, no_words
from integrations.channels.whatsapp.approval import Approvals
from integrations.channels.whatsapp.channel import WhatsAppChannel
from integrations.channels.whatsapp.client import CloudApi
from integrations.channels.whatsapp.events import CHANNEL
from integrations.channels.whatsapp.explaining import explain_account
from integrations.channels.whatsapp.intake import Intake, Stored
from integrations.channels.whatsapp.media import MediaFetcher
from integrations.channels.whatsapp.render import POINTER
from integrations.channels.whatsapp.settings import WhatsAppSettings


@dataclass(frozen=True)
class WhatsApp:
    """The channel's surroundings, wired by the app.

    Args:
        announce: tells the engine and every listener, in the event loop, of a conversation's news.
        attachments: folder of the files that customers and staff send.
        opener: what stands on the button that opens a list, by language.
        refusal: what to say of a file that is not kept, by reason and language; empty for nothing.
            The reasons are too_large, type_not_allowed, empty and not_available.
        proof_lasts: how long a number on file proves who somebody is.
        clock: what time it is, for the 24 hours.
    """

    settings: WhatsAppSettings
    database: Database
    announce: Callable[[int], None]
    attachments: Path
    opener: Callable[[str], str] = lambda language: POINTER
    refusal: Words = no_words
    proof_lasts: timedelta = timedelta(hours=1)
    clock: Callable[[], datetime] = now

    @cached_property
    def api(self) -> CloudApi:
        """The platform's calls."""
        return CloudApi(self.settings)

    @cached_property
    def channel(self) -> WhatsAppChannel:
        """What the delivery worker sends with."""
        return WhatsAppChannel(
            self.api, self.settings, self.attachments, opener=self.opener, clock=self.clock
        )

    @cached_property
    def approvals(self) -> Approvals:
        """Which templates may be offered."""
        explain = partial(explain_account, settings=self.settings)
        return Approvals(self.settings, self.api.templates, explain)

    @cached_property
    def intake(self) -> Intake:
        """What the webhook stores with."""
        return Intake(self.database, self.proof_lasts, self.settings.attachment_bytes)

    @cached_property
    def collector(self) -> MediaCollector:
        """Fetches files; run it beside the other workers."""
        limit = self.settings.attachment_bytes
        fetcher = MediaFetcher(self.api, limit)
        teller = RefusalTeller(self.database, self.announce, self.refusal, answers=False)
        return MediaCollector(self.database, CHANNEL, fetcher, self.attachments, limit, teller.look)

    def look_after(self, stored: Stored) -> None:
        """Begin whatever may happen after the acknowledgement. From the event loop."""
        for conversation_id in stored.conversations:
            self.announce(conversation_id)
        for message_id in stored.with_files:
            self.collector.collect(message_id)

    async def run(self) -> None:
        """Fetch files until cancelled, those that an earlier process left behind included.

        Which templates are approved is asked for beside it.
        """
        asking = asyncio.create_task(self.approvals.run())
        try:
            await self.collector.run()
        finally:
            asking.cancel()
            await self.close()

    async def close(self) -> None:
        """Leave what is under way to the next start, and give the connections back."""
        self.collector.stop()
        await self.api.close()
