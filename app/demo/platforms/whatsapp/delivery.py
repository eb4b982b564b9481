"""Brings what happens to the company's webhook: verified first, signed, in batches, until taken."""

import asyncio
import contextlib
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from app.demo.platforms.whatsapp.world import Happening, Json, World

SIGNATURE_HEADER = "X-Hub-Signature-256"
ANSWER_SECONDS = 20.0
AT_ONCE = 16
LONGEST_PAUSE_SECONDS = 30.0
VERIFY_AGAIN_SECONDS = 0.5
LOOK_AGAIN_SECONDS = 0.05


@dataclass
class Webhook:
    """Where the company wants to be told."""

    url: str
    verify_token: str
    is_verified: bool = False
    last_error: str = ""


class Deliveries:
    """The webhook's calls. Begun by the first happening, ended by `close`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.webhook: Webhook | None = None
        self._task: asyncio.Task[None] | None = None
        self._calls: set[asyncio.Task[None]] = set()
        self._places = asyncio.Semaphore(AT_ONCE)

    def look(self) -> None:
        """Bring whatever is pending. From the event loop."""
        is_idle = self._task is None or self._task.done()
        if is_idle and self.webhook and self._world.pending and not self._world.is_closed:
            self._task = asyncio.create_task(self._run(self.webhook))

    @property
    def under_way(self) -> int:
        """Deliveries that were begun and not taken yet."""
        return len(self._calls)

    async def close(self) -> None:
        """Stop; what was not taken is lost."""
        tasks = [*self._calls, *([self._task] if self._task else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _verify(self, client: httpx.AsyncClient, webhook: Webhook) -> bool:
        """Ask the webhook to repeat a word, as the platform does when one is registered."""
        challenge = str(secrets.randbelow(10**9))
        query = {
            "hub.mode": "subscribe",
            "hub.challenge": challenge,
            "hub.verify_token": webhook.verify_token,
        }
        try:
            answer = await client.get(webhook.url, params=query)
        except httpx.HTTPError as problem:
            webhook.last_error = type(problem).__name__
            return False
        webhook.is_verified = answer.status_code == 200 and answer.text == challenge
        webhook.last_error = "" if webhook.is_verified else f"not verified: {answer.status_code}"
        return webhook.is_verified

    async def _run(self, webhook: Webhook) -> None:
        async with httpx.AsyncClient(trust_env=False, timeout=ANSWER_SECONDS) as client:
            while not webhook.is_verified and not await self._verify(client, webhook):
                await asyncio.sleep(VERIFY_AGAIN_SECONDS)
            while self._world.pending or self._calls:
                batch = self._take_batch()
                if batch:
                    await self._places.acquire()
                    self._begin(client, webhook, batch)
                else:
                    await self._rest()

    async def _rest(self) -> None:
        """Until something happens, and a little while at most: what is delayed may be due."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._world.news.wait(), LOOK_AGAIN_SECONDS)

    def _take_batch(self) -> list[Happening]:
        """Some of what is due, in its order."""
        faults, at = self._world.faults, time.monotonic()
        due = [one for one in self._world.pending if one.due <= at]
        batch = due[: 1 + faults.one_of(max(faults.largest_batch, 1))]
        for one in batch:
            self._world.pending.remove(one)
        return batch

    def _begin(
        self, client: httpx.AsyncClient, webhook: Webhook, batch: Sequence[Happening]
    ) -> None:
        delivery = delivery_of(self._world, batch)
        task = asyncio.create_task(self._bring(client, webhook, delivery))
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)

    async def _bring(self, client: httpx.AsyncClient, webhook: Webhook, delivery: Json) -> None:
        faults = self._world.faults
        try:
            if faults.happens(faults.duplicate):
                await self._post(client, webhook, delivery)
            await self._bring_until_taken(client, webhook, delivery)
        finally:
            self._places.release()

    async def _bring_until_taken(
        self, client: httpx.AsyncClient, webhook: Webhook, delivery: Json
    ) -> None:
        pause = self._world.faults.retry_seconds
        for _ in range(self._world.faults.delivery_tries):
            if await self._post(client, webhook, delivery):
                return
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
        self._world.deliveries["given up"] += 1

    async def _post(self, client: httpx.AsyncClient, webhook: Webhook, delivery: Json) -> bool:
        body = json.dumps(delivery).encode()
        headers = {
            SIGNATURE_HEADER: signature(self._world.number.app_secret, body),
            "Content-Type": "application/json",
        }
        status = "no answer"
        with contextlib.suppress(httpx.HTTPError):
            answer = await client.post(webhook.url, content=body, headers=headers)
            status = str(answer.status_code)
        self._world.deliveries[status] += 1
        webhook.last_error = "" if status == "200" else status
        return status == "200"


def signature(secret: str, body: bytes) -> str:
    """What the platform sends along with a body."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def delivery_of(world: World, batch: Sequence[Happening]) -> Json:
    """Several happenings in one delivery: one change each, in one or two entries."""
    changes = [
        {
            "field": one.field,
            "value": {
                "messaging_product": "whatsapp",
                "metadata": world.number.metadata,
                **one.value,
            },
        }
        for one in batch
    ]
    middle = len(changes) // 2
    return {
        "object": "whatsapp_business_account",
        "entry": [
            {"id": world.number.account_id, "changes": part}
            for part in (changes[:middle], changes[middle:])
            if part
        ],
    }
