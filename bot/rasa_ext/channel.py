"""The one door into Rasa: an authenticated input channel for the app.

`POST /webhooks/bottega/turns` with ``Authorization: Bearer <secret>`` and
``{"conversation", "message_id", "text" | "command", "language"}``. A text is what a customer
typed and is never a command, whatever it begins with; a command is what a button that the bot
made stands for. Answers 200 with the replies, 401, 400, or 500 when the turn failed: then
nothing of it was kept and the same message may be sent again.
"""

import hmac
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.rasa_ext.action_results import check_schema_once
from bot.rasa_ext.turn_processor import TurnFailed, TurnProcessor, take_turn
from bot.rasa_ext.typed import COMMAND_MARK, as_plain_text

logger = logging.getLogger(__name__)


class BadTurn(ValueError):
    """The request is not of the channel's form."""


class BottegaChannel(InputChannel):
    """Input channel between the app and Rasa."""

    def __init__(self, secret: str) -> None:
        check_schema_once()
        self._secret = secret
        self._processor: TurnProcessor | None = None

    @classmethod
    def name(cls) -> str:
        return "bottega"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> "BottegaChannel":
        """Read the secret shared with the app.

        Raises:
            RasaException: there is none, or it is too short to be one.
        """
        secret = (credentials or {}).get("secret") or ""
        if len(secret) < 16:
            cls.raise_missing_credentials_exception()
        return cls(secret)

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        door = Blueprint("bottega", __name__)

        @door.get("/ready")
        async def ready(request: Request) -> HTTPResponse:
            loaded = request.app.ctx.agent is not None and request.app.ctx.agent.is_ready()
            return response.json({"ready": loaded}, status=200 if loaded else 503)

        @door.post("/turns")
        async def turns(request: Request) -> HTTPResponse:
            if not self._is_ours(request):
                return response.json({"code": "unauthorized"}, status=401)
            try:
                message = read_message(request.json)
            except BadTurn as problem:
                return response.json({"code": "bad_turn", "message": str(problem)}, status=400)
            return await self._answer(request.app.ctx.agent, message)

        return door

    def _is_ours(self, request: Request) -> bool:
        given = request.headers.get("Authorization") or ""
        return hmac.compare_digest(given.encode(), f"Bearer {self._secret}".encode())

    async def _answer(self, agent: Any, message: UserMessage) -> HTTPResponse:
        if not agent or not agent.is_ready():
            return response.json({"code": "not_ready"}, status=503)
        if self._processor is None:
            self._processor = TurnProcessor.around(agent.processor)
        try:
            async with agent.lock_store.lock(message.sender_id):
                turn = await take_turn(self._processor, message)
        except TurnFailed as failure:
            logger.error("The action %s failed; the turn was not kept.", failure)
            return response.json({"code": "action_failed", "action": str(failure)}, status=500)
        except Exception:
            logger.exception("The turn failed and was not kept.")
            return response.json({"code": "turn_failed"}, status=500)
        return response.json(
            {
                "replies": turn.replies,
                "understanding": turn.understanding,
                "actions": turn.actions,
                "language": turn.language,
                "repeated": turn.repeated,
            }
        )


def read_message(body: Any) -> UserMessage:
    """Turn a request body into Rasa's message.

    Raises:
        BadTurn: a field is missing or of the wrong type.
    """
    if not isinstance(body, dict):
        raise BadTurn("The body must be a JSON object.")
    for field in ("conversation", "message_id"):
        if not isinstance(body.get(field), str) or not body[field]:
            raise BadTurn(f"{field!r} must be a non-empty string.")
    command, text = body.get("command"), body.get("text")
    if not isinstance(command if command is not None else text, str):
        raise BadTurn("Give 'text' or 'command' as a string.")
    return UserMessage(
        text=_as_command(command) if command is not None else as_plain_text(text),
        sender_id=body["conversation"],
        input_channel=BottegaChannel.name(),
        message_id=body["message_id"],
        metadata={"message_id": body["message_id"], "language": body.get("language")},
    )


def _as_command(command: str) -> str:
    if not command.startswith(COMMAND_MARK):
        raise BadTurn(f"The command {command!r} must begin with {COMMAND_MARK!r}.")
    return command
