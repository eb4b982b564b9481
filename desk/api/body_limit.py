"""Refuses requests that are too large, in the API's own words, before they fill the memory."""

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from desk.api.errors import TOO_LARGE


class BodyLimit:
    """ASGI middleware: at most so many bytes of body, declared or streamed."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif _declared(scope) > self._most:
            await TOO_LARGE.response()(scope, receive, send)
        else:
            await self._app(scope, self._counted(receive), send)

    def _counted(self, receive: Receive) -> Receive:
        seen = 0

        async def count() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._most:
                raise HTTPException(TOO_LARGE.status)
            return message

        return count


def _declared(scope: Scope) -> int:
    written = Headers(scope=scope).get("content-length", "0")
    return int(written) if written.isascii() and written.isdigit() else 0
