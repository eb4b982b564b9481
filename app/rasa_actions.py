"""The action endpoint: Rasa calls it in the middle of a turn."""

import hmac
import logging

import orjson
from fastapi import APIRouter, Request, Response
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionNotFoundException

from app.http import json_response

logger = logging.getLogger(__name__)
PATH = "/rasa/actions"


def rasa_actions_router(executor: ActionExecutor, secret: str) -> APIRouter:
    """Serve the actions to whoever has the secret that is shared with Rasa."""
    router = APIRouter(include_in_schema=False)
    expected = f"Bearer {secret}".encode()

    @router.post(PATH)
    async def run(request: Request) -> Response:
        given = request.headers.get("authorization", "").encode()
        if not hmac.compare_digest(given, expected):
            return json_response({"code": "unauthorized"}, status=401)
        call = orjson.loads(await request.body())
        # Rasa is told not to send its domain with every call: our actions do not read it. Without
        # any, the executor would ask for it with an HTTP 449.
        call.setdefault("domain", {})
        try:
            result = await executor.run(call)
        except ActionNotFoundException:
            return json_response({"code": "unknown_action"}, status=404)
        except Exception:
            logger.exception("Action %s failed", call.get("next_action"))
            return json_response({"code": "action_failed"}, status=500)
        return json_response(result.model_dump() if result else {})

    return router
