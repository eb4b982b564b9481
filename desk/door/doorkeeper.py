"""The guard of everything under /desk: pages, scripts, downloads and the live connection."""

import asyncio
from urllib.parse import quote, urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from desk.door.signed_in import recognise
from desk.office import Office

COOKIE = "bottega_desk"
OPEN = ("/login", "/sso", "/static/")
SAFE = ("GET", "HEAD", "OPTIONS")
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
        "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
}


class Doorkeeper:
    """Lets in who is signed in, and requests that come from the desk's own pages."""

    def __init__(self, app: ASGIApp, office: Office) -> None:
        self._app = app
        self._office = office

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or connection."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        if _comes_from_elsewhere(connection):
            await _refuse(scope, receive, send, 403, "This request came from another site.")
            return
        path = path_within(scope)
        cookie = connection.cookies.get(COOKIE, "")
        is_page = scope["type"] == "http" and not path.startswith("/_nicegui")
        who = await asyncio.to_thread(recognise, self._office, cookie, is_active=is_page)
        if who is None and not path.startswith(OPEN):
            await _send_away(scope, receive, send, path)
            return
        scope["staff"] = who
        await self._app(scope, receive, _with_headers(send))


def path_within(scope: Scope) -> str:
    """The path below the place where the desk is mounted."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", "")) or "/"


def _comes_from_elsewhere(connection: HTTPConnection) -> bool:
    """Whether another site makes the browser ask: forms, scripts and sockets all name theirs."""
    is_harmless = connection.scope["type"] == "http" and connection.scope["method"] in SAFE
    origin = connection.headers.get("origin")
    if is_harmless or origin is None:
        return False
    return urlsplit(origin).netloc != connection.headers.get("host")


async def _send_away(scope: Scope, receive: Receive, send: Send, path: str) -> None:
    is_page = scope["type"] == "http" and scope["method"] == "GET"
    if is_page and not path.startswith("/_nicegui"):
        query = scope["query_string"].decode("latin-1")
        wanted = quote(f"{path}?{query}" if query else path)
        to = f"{scope.get('root_path', '')}/login?to={wanted}"
        await RedirectResponse(to, 303, HEADERS)(scope, receive, send)
    else:
        await _refuse(scope, receive, send, 401, "Sign in first.")


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, why: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 4401, "reason": why})
    else:
        await PlainTextResponse(why, status, HEADERS)(scope, receive, send)


def _with_headers(send: Send) -> Send:
    async def send_guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return send_guarded
