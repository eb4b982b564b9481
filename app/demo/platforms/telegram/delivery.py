"""Brings updates to webhooks: signed, in each chat's order, again and again until taken."""

import asyncio
import time
from functools import partial

import httpx

from app.demo.platforms.telegram.world import BotAccount, Json, Webhook, World

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name
FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 5.0
ANSWER_SECONDS = 30.0


class Deliveries:
    """The webhook calls of all bots. Begun by the first update, ended by `close`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._tasks: dict[tuple[str, int], asyncio.Task[None]] = {}
        self._client: httpx.AsyncClient | None = None
        self._places: dict[str, asyncio.Semaphore] = {}

    def look(self, bot: BotAccount) -> None:
        """Bring whatever is pending, each chat by itself."""
        if bot.webhook is None or self._world.is_closed:
            return
        for chat_id in {chat_of(update) for update in bot.updates}:
            key = (bot.token, chat_id)
            if key not in self._tasks:
                self._tasks[key] = asyncio.create_task(self._serve(bot, chat_id))
                self._tasks[key].add_done_callback(partial(self._leave, bot, key))

    def _leave(self, bot: BotAccount, key: tuple[str, int], _: asyncio.Task[None]) -> None:
        del self._tasks[key]
        self.look(bot)  # something may have come in the last moment

    async def close(self) -> None:
        """Stop; what was not taken stays pending. The world is closed before."""
        for task in list(self._tasks.values()):
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _serve(self, bot: BotAccount, chat_id: int) -> None:
        pause = FIRST_PAUSE_SECONDS
        while bot.webhook is not None and (update := self._next(bot, chat_id)) is not None:
            if await self._bring(bot, bot.webhook, update):
                pause = FIRST_PAUSE_SECONDS
            else:
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    def _next(self, bot: BotAccount, chat_id: int) -> Json | None:
        """The chat's oldest update, or by mistake the one after it."""
        pending = [update for update in bot.updates if chat_of(update) == chat_id]
        if len(pending) > 1 and self._world.faults.happens(self._world.faults.reorder):
            return pending[1]
        return pending[0] if pending else None

    async def _bring(self, bot: BotAccount, webhook: Webhook, update: Json) -> bool:
        await asyncio.sleep(self._world.faults.delay())
        times = 2 if self._world.faults.happens(self._world.faults.duplicate) else 1
        taken = False
        for _ in range(times):
            taken = await self._post(bot, webhook, update) or taken
        if taken and update in bot.updates:
            bot.updates.remove(update)
        return taken

    async def _post(self, bot: BotAccount, webhook: Webhook, update: Json) -> bool:
        headers = {SECRET_HEADER: webhook.secret} if webhook.secret else {}
        places = self._places.setdefault(bot.token, asyncio.Semaphore(webhook.connections))
        try:
            async with places:
                answer = await self._open().post(webhook.url, json=update, headers=headers)
        except httpx.HTTPError as problem:
            return self._fail(webhook, f"Connection failed: {type(problem).__name__}")
        if answer.is_success:
            return True
        return self._fail(webhook, f"Wrong response from the webhook: {answer.status_code}")

    def _fail(self, webhook: Webhook, why: str) -> bool:
        webhook.last_error, webhook.last_error_at = why, int(time.time())
        return False

    def _open(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = httpx.AsyncClient(trust_env=False, timeout=ANSWER_SECONDS)
        return self._client


def chat_of(update: Json) -> int:
    """The chat that an update belongs to; 0 where there is none."""
    for name in ("message", "edited_message", "my_chat_member"):
        if isinstance(update.get(name), dict):
            return int((update[name].get("chat") or {}).get("id", 0))
    query = update.get("callback_query")
    return int((query.get("from") or {}).get("id", 0)) if isinstance(query, dict) else 0
