"""What is done after an update was acknowledged: nothing of it holds anything up or matters."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from telegram import Bot
from telegram.error import TelegramError

MOST_UNDER_WAY = 500


class BotAftercare:
    """Answers pressed buttons and takes spent ones away, in the background.

    Both only please the eye: a query that stays unanswered stops turning by itself, and a button
    that is pressed again is understood as stale. So failures are not tried again.
    """

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._under_way: set[asyncio.Task[Any]] = set()

    def answer(self, query_id: str) -> None:
        """Tell the customer's client that its button was pressed."""
        self._begin(self._bot.answer_callback_query(query_id))

    def put_away(self, chat_id: int, message_id: int) -> None:
        """Take the buttons of an answered question away."""
        self._begin(self._bot.edit_message_reply_markup(chat_id=chat_id, message_id=message_id))

    def stop(self) -> None:
        """Drop what is under way."""
        for task in list(self._under_way):
            task.cancel()

    async def idle(self) -> None:
        """Wait until nothing is under way."""
        while self._under_way:
            await asyncio.gather(*self._under_way, return_exceptions=True)

    def _begin(self, call: Coroutine[Any, Any, Any]) -> None:
        if len(self._under_way) >= MOST_UNDER_WAY:
            call.close()
            return
        task = asyncio.create_task(_quietly(call))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)


async def _quietly(call: Coroutine[Any, Any, Any]) -> None:
    try:
        await call
    except TelegramError:
        return
