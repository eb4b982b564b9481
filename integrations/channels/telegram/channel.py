"""Sends replies through the Bot API, and says what became of each."""

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    KeyboardButton,
    ReplyKeyboardMarkup,
)
from telegram.error import TelegramError

from integrations.channels.port import Later, Outbound, Outcome, Refused, Sent, Unknown
from integrations.channels.telegram.keyboards import Key, Rows
from integrations.channels.telegram.outcomes import Failure, failure_of, is_about_media
from integrations.channels.telegram.pace import Pace
from integrations.channels.telegram.render import Call, Method, render
from integrations.channels.telegram.settings import TelegramSettings

logger = logging.getLogger(__name__)

# A reply of several messages is not broken off for a pause shorter than this.
PATIENCE_SECONDS = 60.0
# Nor is a reply put off, which counts as a try, for what it may well wait for here.
LONGEST_QUEUE_SECONDS = 30.0


class TelegramChannel:
    """The Telegram side of the channel port.

    Args:
        bot: the initialized client.
        attachments: the folder of the files that staff send.
    """

    name = "telegram"

    def __init__(
        self,
        bot: Bot,
        settings: TelegramSettings,
        attachments: Path,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._bot = bot
        self._settings = settings
        self._attachments = attachments
        self._sleep = sleep
        self._over_all = Pace(settings.messages_per_second, int(settings.messages_per_second) or 1)
        self._per_chat = Pace(settings.chat_messages_per_second, settings.chat_burst)

    async def send(self, outbound: Outbound) -> Outcome:
        """Send one reply, as one or several platform messages in order. Never raises."""
        delivery = _Delivery(self, outbound)
        try:
            return await delivery.run()
        except Exception as problem:
            places = "".join(traceback.format_tb(problem.__traceback__))
            logger.error("Sending message %s failed: %s\n%s", outbound.message_id,
                         type(problem).__name__, places)  # fmt: skip
            return delivery.broken_off(Refused("fault", type(problem).__name__))

    def render(self, outbound: Outbound) -> list[Call]:
        """The calls that a reply becomes."""
        return render(outbound, self._settings.public_url)

    def queue_seconds(self, chat_id: int) -> float:
        """How long a message to a chat would have to wait now."""
        return max(self._over_all.wait(), self._per_chat.wait(chat_id))

    async def call(self, chat_id: int, call: Call) -> str | Failure:
        """Make one call, at the pace; the id of the message it became, or why it did not."""
        pause = max(self._over_all.take(), self._per_chat.take(chat_id))
        if pause > 0:
            await self._sleep(pause)
        try:
            return await self._make(chat_id, call)
        except TelegramError as problem:
            return failure_of(problem, self._settings.token)
        except Exception as problem:  # an answer that the library cannot read: it may have arrived
            logger.error("Telegram's answer is not understood: %s", type(problem).__name__)
            return Unknown(f"the answer is not understood: {type(problem).__name__}")

    async def _make(self, chat_id: int, call: Call) -> str | Failure:
        arguments: dict[str, Any] = {"chat_id": chat_id, "reply_markup": _markup(call.rows)}
        if call.method == Method.MESSAGE:
            arguments["text"] = call.text
        else:
            media = await self._media(call)
            if media is None:
                return Refused("file_missing", "the file is no longer here")
            arguments |= _media_arguments(call, media)
        message = await getattr(self._bot, call.method)(**arguments)
        return f"{self._settings.bot_id}:{chat_id}:{message.message_id}"

    async def _media(self, call: Call) -> InputFile | str | None:
        return call.photo or await asyncio.to_thread(self._read, call.file or {})

    def _read(self, file: Mapping[str, Any]) -> InputFile | None:
        """A file of the attachments folder; None when it is not there."""
        path = self._attachments / Path(str(file.get("file"))).name
        try:
            return InputFile(path.read_bytes(), filename=str(file.get("name") or path.name))
        except OSError:
            return None

    async def pause(self, seconds: float) -> None:
        """Wait before a reply goes on."""
        await self._sleep(seconds)


class _Delivery:
    """One reply under way: which parts have arrived, and how long it has waited."""

    def __init__(self, channel: TelegramChannel, outbound: Outbound) -> None:
        self._channel = channel
        self._outbound = outbound
        self._sent: list[str] = []
        self._waited = 0.0

    async def run(self) -> Outcome:
        address = self._outbound.address
        if not address.isascii() or not address.isdigit():
            return Refused("bad_address", "the address is not the number of a Telegram user")
        chat_id = int(address)
        pause = self._channel.queue_seconds(chat_id)
        if pause > LONGEST_QUEUE_SECONDS:
            return Later(pause, "kept back to keep the pace")
        failure = await self._send_all(chat_id, self._channel.render(self._outbound))
        return self.broken_off(failure) if failure else Sent(tuple(self._sent))

    async def _send_all(self, chat_id: int, calls: list[Call]) -> Failure | None:
        for call in calls:
            failure = await self._send_one(chat_id, call)
            if failure is not None and call.instead and is_about_media(failure):
                failure = await self._send_all(chat_id, list(call.instead))
            if failure is not None:
                return failure
        return None

    async def _send_one(self, chat_id: int, call: Call) -> Failure | None:
        while True:
            result = await self._channel.call(chat_id, call)
            if isinstance(result, str):
                self._sent.append(result)
                return None
            if not isinstance(result, Later) or not self._may_wait(result.seconds):
                return result
            self._waited += result.seconds
            await self._channel.pause(result.seconds)

    def _may_wait(self, seconds: float) -> bool:
        """Whether to go on here: a reply of which a part has arrived is not begun anew."""
        return bool(self._sent) and self._waited + seconds <= PATIENCE_SECONDS

    def broken_off(self, failure: Failure) -> Failure:
        """The outcome of a reply that stopped at a failure.

        Once a part has arrived, trying the whole again would say that part twice.
        """
        if not self._sent:
            return failure
        reason = f"after {len(self._sent)} parts: {failure.reason}"
        if isinstance(failure, Refused):
            return Refused(failure.code, reason)
        return Unknown(reason)


def _media_arguments(call: Call, media: InputFile | str) -> dict[str, Any]:
    caption = call.text or None
    if call.method == Method.PHOTO:
        return {"photo": media, "caption": caption}
    return {"document": media, "caption": caption, "disable_content_type_detection": True}


def _markup(rows: Rows) -> InlineKeyboardMarkup | ReplyKeyboardMarkup | None:
    if not rows:
        return None
    if rows[0][0].contact:
        keys = [[KeyboardButton(key.title, request_contact=True) for key in row] for row in rows]
        return ReplyKeyboardMarkup(keys, resize_keyboard=True, one_time_keyboard=True)
    return InlineKeyboardMarkup([[_button(key) for key in row] for row in rows])


def _button(key: Key) -> InlineKeyboardButton:
    if key.url:
        return InlineKeyboardButton(key.title, url=key.url)
    return InlineKeyboardButton(key.title, callback_data=key.token)
