"""The Cloud API over HTTP: messages, media, the number, the templates."""

import asyncio
import hashlib
import hmac
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from app.demo.platforms.whatsapp.errors import GraphError
from app.demo.platforms.whatsapp.files import MEGABYTE, uploaded
from app.demo.platforms.whatsapp.sending import take_message
from app.demo.platforms.whatsapp.template_pages import template_page
from app.demo.platforms.whatsapp.world import Json, World, file_in

LARGEST_UPLOAD = 101 * MEGABYTE
MOST_TO_SHOW = 120
Call = Callable[[World, Request], Awaitable[Response | Json]]


class CutConnection(Exception):
    """The caller is to get no answer."""


class Cut(Response):
    """Begins an answer and never ends it: the server closes the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})


def graph_api(world: World) -> Starlette:
    """The API's application; `/v25.0/…` as on the real platform."""
    routes: list[tuple[str, str, Call]] = [
        ("POST", "/{version}/{number}/messages", send_message),
        ("POST", "/{version}/{number}/media", upload_media),
        ("GET", "/{version}/{account}/message_templates", list_templates),
        ("GET", "/{version}/{account}/subscribed_apps", list_subscribers),
        ("POST", "/{version}/{account}/subscribed_apps", subscribe),
        ("GET", "/attachments/{file_id}", download),
        ("GET", "/{version}/{object_id}", show_object),
    ]
    return Starlette(
        routes=[
            Route(path, answering(world, call), methods=[method]) for method, path, call in routes
        ]
    )


def answering(world: World, call: Call) -> Callable[[Request], Awaitable[Response]]:
    """Let in who has the token; answer in JSON, refusals too."""

    async def answer(request: Request) -> Response:
        world.calls[call.__name__] += 1
        try:
            _require_token(world, request)
            result = await call(world, request)
        except GraphError as problem:
            world.refusals[str(problem.code)] += 1
            return JSONResponse(problem.body, problem.status)
        except CutConnection:
            return Cut()
        return result if isinstance(result, Response) else JSONResponse(result)

    return answer


def _require_token(world: World, request: Request) -> None:
    given = request.headers.get("authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {world.number.token}".encode()):
        raise GraphError(190, "Invalid OAuth access token - Cannot parse access token")


def _require_number(world: World, request: Request) -> None:
    if request.path_params["number"] != world.number.phone_number_id:
        number = request.path_params["number"]
        raise GraphError(100, f"Object with ID '{number}' does not exist.", subcode=33)


async def send_message(world: World, request: Request) -> Json:
    """Take a message, with what is meant to go wrong before and after it."""
    _require_number(world, request)
    message = await _json(request)
    faults = world.faults
    if faults.happens(faults.lost_calls):
        _note_unclear(world, message, arrived=False)
        raise CutConnection
    if faults.happens(faults.throttled):
        raise GraphError(130429)
    if faults.happens(faults.broken):
        raise GraphError(131000)
    answer = take_message(world, message)
    if faults.happens(faults.lost_answers):
        _note_unclear(world, message, arrived=True)
        raise CutConnection
    if faults.happens(faults.late_answers):
        _note_unclear(world, message, arrived=True)
        await asyncio.sleep(faults.late_seconds)
    return answer


def _note_unclear(world: World, message: Json, *, arrived: bool) -> None:
    """Write down that the company cannot know what became of a message; the platform does."""
    world.unclear.append(
        {
            "to": message.get("to") or message.get("recipient"),
            "tracker": message.get("biz_opaque_callback_data"),
            "text": str((message.get("text") or {}).get("body", ""))[:MOST_TO_SHOW],
            "arrived": arrived,
        }
    )


async def _json(request: Request) -> Json:
    try:
        message = await request.json()
    except ValueError:
        raise GraphError(100, "The body is not JSON.") from None
    if not isinstance(message, dict):
        raise GraphError(100, "The body is not an object.")
    return message


def _check_proof(world: World, request: Request) -> None:
    secret, token = world.number.app_secret.encode(), world.number.token.encode()
    proof = hmac.new(secret, token, hashlib.sha256).hexdigest()
    if request.query_params.get("appsecret_proof", proof) != proof:
        raise GraphError(100, title="Invalid appsecret_proof provided in the API argument")


async def upload_media(world: World, request: Request) -> Json:
    """Keep a file that the company wants to send."""
    _require_number(world, request)
    async with request.form(max_part_size=LARGEST_UPLOAD) as form:
        upload = form.get("file")
        if form.get("messaging_product") != "whatsapp" or not isinstance(upload, UploadFile):
            raise GraphError(100, "The parameters messaging_product and file are required.")
        media_type = upload.content_type or str(form.get("type") or "")
        file = uploaded(await upload.read(), media_type, upload.filename or "")
    world.files[file.id] = file
    return {"id": file.id}


async def show_object(world: World, request: Request) -> Json:
    """The number, or where a file can be fetched."""
    object_id = request.path_params["object_id"]
    if object_id == world.number.phone_number_id:
        _check_proof(world, request)
        return {
            "verified_name": world.number.name,
            "display_phone_number": world.number.display,
            "quality_rating": "GREEN",
            "id": object_id,
        }
    file = file_in(world, object_id)
    return {
        "url": f"{_address(request)}/attachments/{file.id}",
        "mime_type": file.type,
        "sha256": file.checksum,
        "file_size": len(file.content),
        "id": file.id,
        "messaging_product": "whatsapp",
    }


def _address(request: Request) -> str:
    """Where this application is, wherever it is mounted."""
    return f"{request.url.scheme}://{request.url.netloc}{request.scope.get('root_path', '')}"


async def download(world: World, request: Request) -> Response:
    """A file's content."""
    file = file_in(world, request.path_params["file_id"])
    return Response(file.content, media_type=file.type or "application/octet-stream")


def _require_account(world: World, request: Request) -> None:
    if request.path_params["account"] != world.number.account_id:
        raise GraphError(100, "There is no such account.", subcode=33)


async def list_subscribers(world: World, request: Request) -> Json:
    """The apps that are told of the account's messages."""
    _require_account(world, request)
    app = {"whatsapp_business_api_data": {"id": "670843887433847", "name": "Bottega"}}
    return {"data": [app] if world.is_subscribed else []}


async def subscribe(world: World, request: Request) -> Json:
    """Tell the app of the account's messages."""
    _require_account(world, request)
    world.is_subscribed = True
    return {"success": True}


async def list_templates(world: World, request: Request) -> Json:
    """A page of the account's templates."""
    _require_account(world, request)
    version, account = request.path_params["version"], world.number.account_id
    address = f"{_address(request)}/{version}/{account}/message_templates"
    return template_page(world, request.query_params, address)
