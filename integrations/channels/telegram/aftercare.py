"""What is done after an update was acknowledged: nothing of it holds anything up or matters."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from telegram import Bot
from telegram.error import TelegramError

MOST_UNDER_WAY = 500


class BotAftercare:
    """Answers pressed buttons, takes spent ones away and leaves groups, in the background.

    A query that stays unanswered stops turning by itself, a button that is pressed again is
    understood as stale, a group where we still are is left at its next word. So failures are not
    tried again.

    Args:
        excuse: why the bot leaves a group, by language; empty to leave without a word.
    """

    def __init__(self, bot: Bot, excuse: Callable[[str], str] = lambda language: "") -> None:
        self._bot = bot
        self._excuse = excuse
        self._leaving: set[int] = set()
        self._under_way: set[asyncio.Task[Any]] = set()

    def answer(self, query_id: str) -> None:
        """Tell the customer's client that its button was pressed."""
        self._begin(self._bot.answer_callback_query(query_id))

    def put_away(self, chat_id: int, message_id: int) -> None:
        """Take the buttons of an answered question away."""
        self._begin(self._bot.edit_message_reply_markup(chat_id=chat_id, message_id=message_id))

    def leave(self, chat_id: int, language: str, *, may_speak: bool) -> None:
        """Leave a group or channel, if possible with a word of excuse."""
        self._begin(self._leave(chat_id, self._excuse(language) if may_speak else ""))

    async def _leave(self, chat_id: int, excuse: str) -> None:
        if chat_id in self._leaving:
            return
        self._leaving.add(chat_id)
        try:
            if excuse:
                await _quietly(self._bot.send_message(chat_id, excuse))
            await self._bot.leave_chat(chat_id)
        finally:
            self._leaving.discard(chat_id)

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
