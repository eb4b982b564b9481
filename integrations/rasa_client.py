"""Speaks to Rasa through Bottega's own input channel (`bot/rasa_ext/channel.py`)."""

import asyncio
import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson

from crm.conversation.log import Outgoing

DOOR = "/webhooks/bottega"
# For so long a process that was away is asked last.
AWAY_SECONDS = 2.0


class RasaAway(Exception):
    """Rasa cannot be reached or is not ready; the turn was not begun, or its outcome is unknown.

    Sending the same message again is safe: Rasa does not handle it twice.
    """


class NotBegun(RasaAway):
    """The turn has certainly not begun there: another process may take it at once."""


class TurnBroken(RasaAway):
    """Rasa went away in the middle of the turn, perhaps because of it."""


class TurnFailed(Exception):
    """Rasa was reached and could not finish the turn; nothing of it was kept there."""


@dataclass(frozen=True)
class Turn:
    """What the bot says, how it understood the message, the language in which it goes on."""

    replies: list[Outgoing]
    understanding: dict[str, Any] = field(default_factory=dict)
    language: str | None = None


class RasaClient:
    """Speaks to one or several Rasa processes that share their trackers.

    A conversation stays with one of them, chosen by its name, so that its turns wait for each
    other there; while that one is away the next in the conversation's own order serves it.
    """

    def __init__(self, urls: str | Sequence[str], secret: str, timeout: float) -> None:
        if isinstance(urls, str):
            urls = read_urls(urls)
        self._doors = [_Door(url, secret, timeout) for url in urls]

    async def is_ready(self) -> bool:
        """Whether some Rasa has its model loaded and takes turns."""
        return any(await asyncio.gather(*(door.is_ready() for door in self._doors)))

    async def take_turn(
        self,
        conversation: str,
        message_id: str,
        language: str,
        text: str = "",
        command: str | None = None,
    ) -> Turn:
        """Have one message answered.

        Raises:
            RasaAway: none is reachable and ready.
            TurnBroken: gone in the middle of the turn.
            TurnFailed: an action failed, there was no answer in time, or it makes no sense.
        """
        body: dict[str, str] = {
            "conversation": conversation,
            "message_id": message_id,
            "language": language,
        }
        body |= {"text": text} if command is None else {"command": command}
        for door in self._order(conversation):
            try:
                return read_turn(await door.post(body))
            except NotBegun:
                continue
        raise RasaAway("none is ready")

    def _order(self, conversation: str) -> list["_Door"]:
        """The processes as this conversation prefers them, those that were away just now last."""
        at = time.monotonic()
        return sorted(
            self._doors, key=lambda door: (door.away_until > at, door.weight(conversation))
        )

    async def close(self) -> None:
        """Close the connections."""
        for door in self._doors:
            await door.close()


class _Door:
    """One connection pool to one Rasa process."""

    def __init__(self, url: str, secret: str, timeout: float) -> None:
        self._url = url.rstrip("/")
        self._http = httpx.AsyncClient(
            base_url=self._url + DOOR,
            headers={"Authorization": f"Bearer {secret}"},
            timeout=httpx.Timeout(timeout, connect=2.0),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=32),
            trust_env=False,
        )
        self.away_until = 0.0

    def weight(self, conversation: str) -> bytes:
        """How much a conversation prefers this process: a hash, the same in every app process."""
        name = f"{self._url} {conversation}".encode()
        return hashlib.blake2b(name, digest_size=8).digest()

    async def is_ready(self) -> bool:
        """Whether it takes turns."""
        try:
            return (await self._http.get("/ready", timeout=2.0)).is_success
        except httpx.HTTPError:
            return False

    async def post(self, body: Mapping[str, str]) -> httpx.Response:
        """Hand over a turn.

        Raises:
            NotBegun: not reachable or not ready.
            TurnBroken: gone in the middle of the turn, which may have been finished or not.
            TurnFailed: no answer in time.
        """
        try:
            answer = await self._http.post("/turns", json=body)
        except (httpx.ConnectError, httpx.ConnectTimeout) as problem:
            self._note_away()
            raise NotBegun(type(problem).__name__) from problem
        except httpx.ReadTimeout:
            raise TurnFailed("no answer in time") from None
        except httpx.HTTPError as problem:
            self._note_away()
            raise TurnBroken(type(problem).__name__) from problem
        if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            self._note_away()
            raise NotBegun("not ready")
        self.away_until = 0.0
        return answer

    def _note_away(self) -> None:
        self.away_until = time.monotonic() + AWAY_SECONDS

    async def close(self) -> None:
        await self._http.aclose()


def read_urls(written: str) -> list[str]:
    """The addresses in a setting, separated by commas."""
    return [part.strip() for part in written.split(",") if part.strip()]


def read_turn(answer: httpx.Response) -> Turn:
    """Turn the channel's answer into replies.

    Raises:
        TurnFailed: the answer reports a failure or is not of the channel's form.
    """
    try:
        body = orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        raise TurnFailed(f"status {answer.status_code}, no JSON") from None
    if not answer.is_success:
        raise TurnFailed(str(body.get("action") or body.get("code") or answer.status_code))
    understanding = body["understanding"] | {"actions": body["actions"]}
    replies = [_reply(reply) for reply in body["replies"]]
    return Turn(replies, understanding, body.get("language"))


def _reply(reply: Mapping[str, Any]) -> Outgoing:
    custom = reply.get("custom") or {}
    return Outgoing(
        text=reply.get("text") or "",
        buttons=reply.get("buttons") or (),
        cards=custom.get("cards") or (),
        response=reply.get("response"),
    )
