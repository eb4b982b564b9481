"""What holds for every HTTP call: who may call, how much may be sent, what errors look like."""

import logging
import traceback
from collections.abc import Callable, Coroutine, Mapping, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive

from integrations.channels.webchat.chat import WebChat
from integrations.channels.webchat.errors import (
    BadRequest,
    BodyTooLarge,
    OriginRefused,
    Refused,
    ServerFault,
)

logger = logging.getLogger(__name__)
Handler = Callable[[Request], Coroutine[Any, Any, Response]]

JSON_LIMIT = 512 * 1024
ANY_ORIGIN = "*"
API_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type",
    "Access-Control-Max-Age": "600",
}


def check_origin(chat: WebChat, connection: HTTPConnection) -> None:
    """See that a browser's page may use the chat: our own pages and the allowed sites.

    Raises:
        OriginRefused
    """
    origin = connection.headers.get("origin")
    if origin is None or _is_own(chat, connection, origin):
        return
    allowed = {site.rstrip("/").lower() for site in chat.origins}
    if ANY_ORIGIN not in allowed and origin.lower() not in allowed:
        raise OriginRefused(origin=repr(origin[:100]))


def _is_own(chat: WebChat, connection: HTTPConnection, origin: str) -> bool:
    try:
        host = urlsplit(origin).netloc.lower()
    except ValueError:
        return False
    own = {connection.headers.get("host", "").lower(), urlsplit(chat.public_url).netloc.lower()}
    return bool(host) and host in own


def bearer_token(connection: HTTPConnection) -> str:
    """The token in the Authorization header; empty when there is none."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def cors_headers(request: Request) -> dict[str, str]:
    """Headers that let an allowed page read the answer."""
    origin = request.headers.get("origin")
    if origin is None:
        return {}
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Expose-Headers": "Retry-After",
        "Vary": "Origin",
    }


def guarded_route(chat: WebChat, body_limit: int = JSON_LIMIT) -> type[APIRoute]:
    """A kind of route that checks the origin, limits the body and answers errors in JSON."""

    class GuardedRoute(APIRoute):
        def get_route_handler(self) -> Handler:
            return guard(chat, super().get_route_handler(), body_limit)

    return GuardedRoute


def guard(chat: WebChat, handle: Handler, body_limit: int) -> Handler:
    """Wrap a handler of one call."""

    async def guarded(request: Request) -> Response:
        try:
            check_origin(chat, request)
        except OriginRefused as problem:
            return refusal(problem)
        response = await _answer(handle, request, body_limit)
        response.headers.update(cors_headers(request))
        for name, value in API_HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return guarded


async def _answer(handle: Handler, request: Request, body_limit: int) -> Response:
    try:
        return await handle(Request(request.scope, limited(request, body_limit)))
    except Refused as problem:
        return refusal(problem)
    except RequestValidationError as problem:
        return refusal(BadRequest(problem=explain(problem.errors()[0])))
    except HTTPException as problem:
        cause = problem.__cause__  # FastAPI wraps what happens while it reads a body
        return refusal(cause if isinstance(cause, Refused) else BadRequest(problem=problem.detail))
    except Exception as problem:
        log_fault(f"{request.method} {request.url.path}", problem)
        return refusal(ServerFault())


def limited(request: Request, limit: int) -> Receive:
    """The request's body, which may not be longer than the limit.

    Raises:
        BodyTooLarge: at once where the length is announced, else as soon as it is passed.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limit:
        raise BodyTooLarge(limit=limit)
    received = 0

    async def receive() -> MutableMapping[str, Any]:
        nonlocal received
        message = await request.receive()
        received += len(message.get("body", b""))
        if received > limit:
            raise BodyTooLarge(limit=limit)
        return message

    return receive


def refusal(problem: Refused) -> JSONResponse:
    """The answer to a request that is refused."""
    headers = {**API_HEADERS, **problem.headers}
    return JSONResponse(problem.body, status_code=problem.status, headers=headers)


def explain(error: Mapping[str, Any]) -> str:
    """One sentence on what is wrong with a request's content."""
    if error["type"] == "json_invalid":
        return "The body is not JSON; send an object with Content-Type: application/json."
    place = ".".join(str(part) for part in error["loc"][1:])
    name = f"'{place}'" if place else "The body"
    return f"{name}: {error['msg'][0].lower()}{error['msg'][1:]}."


def log_fault(where: str, problem: BaseException) -> None:
    """Log where something broke, without the message: it may quote what a customer wrote."""
    places = "".join(traceback.format_tb(problem.__traceback__))
    logger.error("%s failed: %s\n%s", where, type(problem).__name__, places)
