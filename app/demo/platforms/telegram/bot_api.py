"""The Bot API over HTTP: `/bot<token>/<method>` and `/file/bot<token>/<path>`."""

import asyncio
import inspect
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from app.demo.platforms.telegram.methods import METHODS, SETTING_UP
from app.demo.platforms.telegram.refusals import CutConnection, Refusal, too_many
from app.demo.platforms.telegram.rules import LARGEST_UPLOAD
from app.demo.platforms.telegram.world import BotAccount, Json, World

UNAUTHORIZED = Refusal(401, "Unauthorized")
NOT_FOUND = Refusal(404, "Not Found")
MOST_TO_SHOW = 120


def bot_api(world: World) -> Starlette:
    """The Bot API's application."""

    async def call(request: Request) -> Response:
        try:
            bot = find_bot(world, request)
            name = request.path_params["method"].lower()
            return await _answer(world, bot, name, request)
        except Refusal as refusal:
            return JSONResponse(refusal.body, refusal.code)
        except CutConnection:
            return Cut()
        finally:
            await request.close()  # the files of a form

    async def download(request: Request) -> Response:
        try:
            find_bot(world, request)
        except Refusal as refusal:
            return JSONResponse(refusal.body, refusal.code)
        path = request.path_params["path"]
        file = next((one for one in world.files.values() if one.path == path), None)
        if file is None:
            return JSONResponse(NOT_FOUND.body, 404)
        return Response(file.content, media_type="application/octet-stream")

    return Starlette(
        routes=[
            Route("/bot{token}/{method}", call, methods=["GET", "POST"]),
            Route("/file/bot{token}/{path:path}", download),
        ]
    )


class Cut(Response):
    """Begins an answer and never ends it: the server closes the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})


def find_bot(world: World, request: Request) -> BotAccount:
    """The bot whose token is in the address.

    Raises:
        Refusal: 401, or 404 for what cannot be a token.
    """
    token = request.path_params["token"]
    if token in world.bots:
        return world.bots[token]
    raise UNAUTHORIZED if ":" in token else NOT_FOUND


async def _answer(world: World, bot: BotAccount, name: str, request: Request) -> Response:
    if name not in METHODS:
        raise NOT_FOUND
    given = await arguments(request)
    bot.calls[name] += 1
    try:
        result = await _call(world, bot, name, given)
    except Refusal as refusal:
        bot.refusals[refusal.description] += 1
        raise
    return JSONResponse({"ok": True, "result": result})


async def _call(world: World, bot: BotAccount, name: str, given: Json) -> Any:
    """Make a call, with what is meant to go wrong before and after it."""
    if name in SETTING_UP:
        return METHODS[name](world, bot, given)
    faults = world.faults
    if faults.happens(faults.lost_calls):
        _note_unclear(bot, name, given, None)
        raise CutConnection
    if faults.happens(faults.too_many):
        raise too_many(1)
    if faults.happens(faults.broken):
        _note_unclear(bot, name, given, None)
        raise Refusal(502, "Bad Gateway")
    result = METHODS[name](world, bot, given)
    result = await result if inspect.isawaitable(result) else result
    if faults.happens(faults.lost_answers):
        _note_unclear(bot, name, given, result)
        raise CutConnection
    if faults.happens(faults.late_answers):
        _note_unclear(bot, name, given, result)
        await asyncio.sleep(faults.late_seconds)
    return result


def _note_unclear(bot: BotAccount, name: str, given: Json, result: Any) -> None:
    """Write down that the bot cannot know what became of a message; the platform does."""
    if name.startswith("send"):
        bot.unclear.append(
            {
                "method": name,
                "chat_id": given.get("chat_id"),
                "text": str(given.get("text") or given.get("caption") or "")[:MOST_TO_SHOW],
                "arrived": result is not None,
            }
        )


async def arguments(request: Request) -> Json:
    """A call's arguments, however they are given.

    Raises:
        Refusal
    """
    announced = request.headers.get("content-length", "0")
    if announced.isdigit() and int(announced) > LARGEST_UPLOAD + 1024 * 1024:
        raise Refusal(413, "Request Entity Too Large")
    given: Json = dict(request.query_params)
    if request.method == "GET":
        return given
    if request.headers.get("content-type", "").startswith("application/json"):
        try:
            body = await request.json()
        except ValueError:
            raise Refusal(400, "Bad Request: can't parse request JSON object") from None
        return given | body if isinstance(body, dict) else given
    return given | dict(await request.form(max_part_size=LARGEST_UPLOAD))
