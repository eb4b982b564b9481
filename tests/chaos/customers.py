"""Customers on the three channels, who write and remember what came back."""

import asyncio
import itertools
import random
from dataclasses import dataclass
from typing import Any, Protocol

import httpx

from app.demo.platforms.telegram import LOCAL_TOKEN

AGAIN_SECONDS = 0.5
BOT_ID = LOCAL_TOKEN.partition(":")[0]
# Each has exactly one message as its answer, whatever was said before.
QUESTIONS = ("quanto costa la spedizione?", "chi sei?", "cosa sai fare?", "grazie", "ciao")


class Customer(Protocol):
    """Somebody in one chat."""

    async def write(self, text: str) -> None:
        """Say something; it counts as said once the channel has it."""
        ...

    async def heard(self) -> list[str]:
        """The ids of everything that the bot has said in the chat, as the channel has it."""
        ...


async def patiently(
    client: httpx.AsyncClient, method: str, path: str, **request: Any
) -> dict[str, Any]:
    """Call until there is an answer, as apps do while a server is away."""
    while True:
        try:
            answer = await client.request(method, path, **request)
            if answer.status_code < 500 and answer.status_code != 429:
                answer.raise_for_status()
                body: dict[str, Any] = answer.json()
                return body
        except httpx.TransportError:
            pass
        await asyncio.sleep(AGAIN_SECONDS)


class WebVisitor:
    """On the web chat, over its public contract."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._numbers = itertools.count(1)
        self._headers: dict[str, str] = {}

    async def write(self, text: str) -> None:
        """Send it under an id of its own, again and again until it is taken."""
        if not self._headers:
            session = await patiently(
                self._client, "POST", "/webchat/sessions", json={"locale": "it"}
            )
            self._headers = {"Authorization": f"Bearer {session['token']}"}
        body = {"client_message_id": f"m{next(self._numbers)}", "text": text}
        if random.random() < 0.1:
            await patiently(
                self._client, "POST", "/webchat/messages", json=body, headers=self._headers
            )
        await patiently(self._client, "POST", "/webchat/messages", json=body, headers=self._headers)

    async def heard(self) -> list[str]:
        """What the chat window would show."""
        shown = await patiently(self._client, "GET", "/webchat/messages", headers=self._headers)
        return [one["id"] for one in shown["messages"] if one["role"] == "bot"]


@dataclass
class PlatformCustomer:
    """On one of the local platforms, played over its control calls."""

    client: httpx.AsyncClient
    number: int
    channel: str

    async def write(self, text: str) -> None:
        """Write in the app; the platform delivers it."""
        path = f"/page/control/customers/{self.number}/messages"
        await patiently(self.client, "POST", path, json={"text": text})

    async def heard(self) -> list[str]:
        """What the platform has in the chat."""
        chat = await patiently(self.client, "GET", f"/page/control/customers/{self.number}/chat")
        if self.channel == "telegram":
            return [
                f"{BOT_ID}:{self.number}:{one['message_id']}"
                for one in chat["messages"]
                if one["from"]["is_bot"]
            ]
        return [one["id"] for one in chat["messages"] if not one["mine"]]
