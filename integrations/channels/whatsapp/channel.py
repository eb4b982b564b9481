"""Sends replies through the Cloud API, and says what became of each."""

import asyncio
import logging
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from crm.db import now
from integrations.channels.port import Later, Outbound, Outcome, Refused, Sent, Unknown
from integrations.channels.whatsapp.client import CloudApi
from integrations.channels.whatsapp.events import CHANNEL
from integrations.channels.whatsapp.identities import Recipient, recipient_of
from integrations.channels.whatsapp.opting import MARKETING, refuses_marketing
from integrations.channels.whatsapp.outcomes import Failure, failure_of, silences_account
from integrations.channels.whatsapp.render import POINTER, Piece, render
from integrations.channels.whatsapp.settings import REPLY, WhatsAppSettings
from integrations.channels.whatsapp.templates import DoesNotFit, in_template
from integrations.channels.whatsapp.window import is_open

logger = logging.getLogger(__name__)

# A reply of several messages is not broken off for pauses shorter than this.
PATIENCE_SECONDS = 25.0


class WhatsAppChannel:
    """The WhatsApp side of the channel port.

    Args:
        attachments: the folder of the files that staff send.
        opener: what stands on the button that opens a list, by language.
        clock: what time it is, for the 24 hours.
    """

    name = CHANNEL

    def __init__(
        self,
        api: CloudApi,
        settings: WhatsAppSettings,
        attachments: Path,
        *,
        opener: Callable[[str], str] = lambda language: POINTER,
        clock: Callable[[], datetime] = now,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._api = api
        self._settings = settings
        self._attachments = attachments
        self._opener = opener
        self._clock = clock
        self._sleep = sleep
        self._silent_until = 0.0

    async def send(self, outbound: Outbound) -> Outcome:
        """Send one reply, as one or several platform messages in order. Never raises."""
        sent: list[str] = []
        try:
            return await self._send(outbound, sent)
        except Exception as problem:
            places = "".join(traceback.format_tb(problem.__traceback__))
            logger.error("Sending message %s failed: %s\n%s", outbound.message_id,
                         type(problem).__name__, places)  # fmt: skip
            return broken_off(Refused("fault", type(problem).__name__), sent)

    async def _send(self, outbound: Outbound, sent: list[str]) -> Outcome:
        silence = self._silent_until - time.monotonic()
        if silence > 0:
            return Later(silence, "kept back after the platform asked for less")
        pieces = self._pieces(outbound)
        if isinstance(pieces, Refused):
            return pieces
        recipient = recipient_of(outbound.address, outbound.details)
        for piece in pieces:
            failure = await self._deliver(recipient, piece, outbound.message_id, sent)
            if failure is not None:
                return broken_off(failure, sent)
        return Sent(tuple(sent))

    def _pieces(self, outbound: Outbound) -> list[Piece] | Refused:
        """What to send: anything within the 24 hours, else an approved template or nothing."""
        is_free = is_open(outbound.last_customer_at, self._clock())
        if is_free and outbound.template is None:
            return render(outbound, self._settings.public_url, self._opener(outbound.language))
        purpose = outbound.template or str(outbound.details.get("purpose") or REPLY)
        if purpose == MARKETING and refuses_marketing(outbound.details):
            return Refused("opted_out", "the customer wants no marketing on WhatsApp")
        code = "template" if is_free else "window_closed"
        template = self._settings.template_for(purpose, outbound.language)
        if template is None:
            return Refused(code, f"no template is set for {purpose}.{outbound.language}")
        try:
            return [in_template(outbound, template, self._settings.public_url)]
        except DoesNotFit as problem:
            return Refused(code, str(problem))

    async def _deliver(
        self, recipient: Recipient, piece: Piece, message_id: int, sent: list[str]
    ) -> Failure | None:
        """Send one piece; a reply that has begun waits a little rather than be broken off."""
        patience = PATIENCE_SECONDS
        while True:
            result = await self._try(recipient, piece, message_id)
            if isinstance(result, str):
                sent.append(result)
                return None
            if not isinstance(result, Later) or not sent or result.seconds > patience:
                return result
            patience -= result.seconds
            await self._sleep(result.seconds)

    async def _try(self, recipient: Recipient, piece: Piece, message_id: int) -> str | Failure:
        content: Mapping[str, Any] = piece.content
        if piece.file is not None:
            media_id = await self._upload(piece.file)
            if not isinstance(media_id, str):
                return media_id
            content = {**content, "id": media_id}
        try:
            return await self._api.send(recipient, piece, content, message_id)
        except Exception as problem:
            return self._judge(problem)

    async def _upload(self, file: Mapping[str, Any]) -> str | Failure:
        """The media id of a file of ours. Nothing is shown yet: it can be tried again."""
        try:
            content = await asyncio.to_thread(self._read, file)
        except OSError:
            return Refused("file_missing", "the file is no longer here")
        try:
            return await self._api.upload(content, str(file.get("name")), str(file.get("type")))
        except Exception as problem:
            failure = self._judge(problem)
            return Later(2.0, failure.reason) if isinstance(failure, Unknown) else failure

    def _read(self, file: Mapping[str, Any]) -> bytes:
        return (self._attachments / Path(str(file["file"])).name).read_bytes()

    def _judge(self, problem: Exception) -> Failure:
        failure = failure_of(problem)
        if isinstance(failure, Later) and silences_account(problem):
            self._silent_until = time.monotonic() + failure.seconds
            logger.error("WhatsApp is left alone for %.0f seconds: %s; see docs/whatsapp.md.",
                         failure.seconds, failure.reason)  # fmt: skip
        return failure


def broken_off(failure: Failure, sent: list[str]) -> Failure:
    """The outcome of a reply that stopped at a failure.

    Once a part has arrived, trying the whole again would say that part twice.
    """
    if not sent:
        return failure
    reason = f"after {len(sent)} parts: {failure.reason}"
    if isinstance(failure, Refused):
        return Refused(failure.code, reason)
    return Unknown(reason)
