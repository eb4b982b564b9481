"""Speaks to Rasa through Bottega's own input channel (`bot/rasa_ext/channel.py`)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson

from crm.conversation.log import Outgoing

DOOR = "/webhooks/bottega"


class RasaAway(Exception):
    """Rasa cannot be reached or is not ready; the turn was not begun, or its outcome is unknown.

    Sending the same message again is safe: Rasa does not handle it twice.
    """


class TurnFailed(Exception):
    """Rasa was reached and could not finish the turn; nothing of it was kept there."""


@dataclass(frozen=True)
class Turn:
    """What the bot says, in order, and how it understood the message."""

    replies: list[Outgoing]
    understanding: dict[str, Any] = field(default_factory=dict)


class RasaClient:
    """One connection pool to one Rasa process."""

    def __init__(self, url: str, secret: str, timeout: float) -> None:
        self._http = httpx.AsyncClient(
            base_url=url.rstrip("/") + DOOR,
            headers={"Authorization": f"Bearer {secret}"},
            timeout=httpx.Timeout(timeout, connect=2.0),
            limits=httpx.Limits(max_keepalive_connections=32),
            trust_env=False,
        )

    async def is_ready(self) -> bool:
        """Whether Rasa has its model loaded and takes turns."""
        try:
            return (await self._http.get("/ready", timeout=2.0)).is_success
        except httpx.HTTPError:
            return False

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
            RasaAway: not reachable, not ready, or gone in the middle of the turn.
            TurnFailed: an action failed, there was no answer in time, or it makes no sense.
        """
        body: dict[str, str] = {
            "conversation": conversation,
            "message_id": message_id,
            "language": language,
        }
        body |= {"text": text} if command is None else {"command": command}
        try:
            answer = await self._http.post("/turns", json=body)
        except httpx.ReadTimeout:
            raise TurnFailed("no answer in time") from None
        except httpx.HTTPError as problem:
            raise RasaAway(type(problem).__name__) from problem
        if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            raise RasaAway("not ready")
        return read_turn(answer)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()


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
    return Turn([_reply(reply) for reply in body["replies"]], understanding)


def _reply(reply: Mapping[str, Any]) -> Outgoing:
    custom = reply.get("custom") or {}
    return Outgoing(
        text=reply.get("text") or "",
        buttons=reply.get("buttons") or (),
        cards=custom.get("cards") or (),
        response=reply.get("response"),
    )
