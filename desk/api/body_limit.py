"""Refuses requests that are too large, in the API's own words, before they fill the memory."""

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from desk.api.errors import TOO_LARGE


class BodyLimit:
    """ASGI middleware: at most so many bytes of body, declared or streamed.

    Args:
        most: for every request.
        most_with_files: for those to paths that end as `with_files` says.
    """

    def __init__(
        self, app: ASGIApp, most: int, most_with_files: int = 0, with_files: str = "/reply"
    ) -> None:
        self._app = app
        self._most = most
        self._most_with_files = max(most, most_with_files)
        self._with_files = with_files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._most_with_files if scope["path"].endswith(self._with_files) else self._most
        if _declared(scope) > most:
            await TOO_LARGE.response()(scope, receive, send)
        else:
            await self._app(scope, _counted(receive, most), send)


def _counted(receive: Receive, most: int) -> Receive:
    seen = 0

    async def count() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > most:
            raise HTTPException(TOO_LARGE.status)
        return message

    return count


def _declared(scope: Scope) -> int:
    written = Headers(scope=scope).get("content-length", "0")
    return int(written) if written.isascii() and written.isdigit() else 0
