"""The webhook's two calls: the platform sees that we are there, and delivers.

A delivery is answered with 200 when it is stored and not before; nothing slow happens until then.
"""

import logging
import traceback

import anyio.to_thread
from anyio import CapacityLimiter
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from crm.db import now
from integrations.channels.shared_body import BodyTooLarge, read_body
from integrations.channels.whatsapp.deliveries import (
    NotADelivery,
    parse_delivery,
    read_delivery,
)
from integrations.channels.whatsapp.intake import Stored
from integrations.channels.whatsapp.signature import (
    HEADER,
    is_genuine,
    is_our_word,
    is_well_formed,
)
from integrations.channels.whatsapp.whatsapp import WhatsApp

logger = logging.getLogger(__name__)

PATH = "/whatsapp/webhook"
LARGEST_BODY = 3 * 1024 * 1024
LONGEST_CHALLENGE = 200
# Deliveries do not wait behind other work of the app, and do not starve it.
THREADS = 8
HEADERS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}


def whatsapp_router(whatsapp: WhatsApp) -> APIRouter:
    """The webhook."""
    router = APIRouter(prefix=PATH, include_in_schema=False)
    threads = CapacityLimiter(THREADS)

    @router.get("")
    async def verify(request: Request) -> Response:
        query = request.query_params
        challenge = query.get("hub.challenge", "")
        is_asked = query.get("hub.mode") == "subscribe" and 0 < len(challenge) <= LONGEST_CHALLENGE
        given = query.get("hub.verify_token", "")
        if not is_asked or not is_our_word(whatsapp.settings.verify_token, given):
            return _answer(403)
        return _answer(200, challenge)

    @router.post("")
    async def deliver(request: Request) -> Response:
        signature = request.headers.get(HEADER)
        if not is_well_formed(signature):
            return _answer(401)
        try:
            body = await read_body(request, LARGEST_BODY)
        except BodyTooLarge:
            return _answer(413)
        if not is_genuine(whatsapp.settings.app_secret, body, signature):
            return _answer(403)
        return await _take_in(whatsapp, body, threads)

    return router


async def _take_in(whatsapp: WhatsApp, body: bytes, threads: CapacityLimiter) -> Response:
    try:
        stored = await anyio.to_thread.run_sync(_store, whatsapp, body, limiter=threads)
    except NotADelivery:
        return _answer(400)
    except Exception as problem:  # the platform delivers it again
        places = "".join(traceback.format_tb(problem.__traceback__))
        logger.error("A delivery was not stored: %s\n%s", type(problem).__name__, places)
        return _answer(503)
    whatsapp.look_after(stored)
    return _answer(200)


def _store(whatsapp: WhatsApp, body: bytes) -> Stored:
    delivery = parse_delivery(body)
    events = read_delivery(delivery, whatsapp.settings.phone_number_id, now())
    return whatsapp.intake.store(events)


def _answer(status: int, text: str = "") -> Response:
    return PlainTextResponse(text, status, headers=HEADERS)
