"""The webhook: `POST /telegram/webhook`. Nothing is believed without the secret.

Answers 200 when the update is stored, or is nothing to store; Telegram sends it again otherwise.
"""

import hmac
import logging
from typing import Any

import orjson
from fastapi import APIRouter
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from integrations.channels.shared_body import BodyTooLarge, read_body
from integrations.channels.telegram.intake import TelegramIntake
from integrations.channels.telegram.settings import WEBHOOK_PATH
from integrations.channels.telegram.updates import NotAnUpdate

logger = logging.getLogger(__name__)

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name
# Far above the largest update: 4096 characters, their entities, a quoted message.
BODY_LIMIT = 256 * 1024


def telegram_router(intake: TelegramIntake) -> APIRouter:
    """The webhook's route."""
    router = APIRouter(include_in_schema=False)

    @router.post(WEBHOOK_PATH)
    async def webhook(request: Request) -> Response:
        if not is_telegram(request, intake.settings.secret):
            return Response(status_code=403)
        try:
            update = orjson.loads(await read_body(request, BODY_LIMIT))
            return await take(intake, update)
        except BodyTooLarge:
            return Response(status_code=413)
        except (orjson.JSONDecodeError, NotAnUpdate, ClientDisconnect):
            return Response(status_code=400)

    return router


def is_telegram(request: Request, secret: str) -> bool:
    """Whether a request carries the secret; without one of ours nobody does."""
    given = request.headers.get(SECRET_HEADER, "")
    same = hmac.compare_digest(given.encode("utf-8", "surrogateescape"), secret.encode())
    return bool(secret) and same


async def take(intake: TelegramIntake, update: Any) -> Response:
    """Store an update and acknowledge it; what could not be stored is not acknowledged.

    Raises:
        NotAnUpdate
    """
    try:
        await intake.receive(update)
    except NotAnUpdate:
        raise
    except Exception as problem:  # the message may quote what a customer wrote: not logged
        logger.error("An update could not be stored: %s.", type(problem).__name__)
        return Response(status_code=503, headers={"Retry-After": "5"})
    return Response(status_code=200)
