"""The web chat's calls over HTTP, under `/webchat`."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import AfterValidator, BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match

from integrations.channels.webchat.attachments import attachment_routes
from integrations.channels.webchat.chat import WebChat
from integrations.channels.webchat.door import sleep_until
from integrations.channels.webchat.errors import MethodRefused, NothingHere
from integrations.channels.webchat.frames import HIGHEST_SEQ
from integrations.channels.webchat.guard import PREFLIGHT, bearer_token, guarded_route
from integrations.channels.webchat.intake import LONGEST_CLIENT_ID, Entry, check, clean, store
from integrations.channels.webchat.sessions import Guest, open_session, recognise
from integrations.channels.webchat.socket import serve_socket
from integrations.channels.webchat.tokens import Pass
from integrations.channels.webchat.view import View, acknowledge, look, offered
from integrations.channels.webchat.widget import widget_routes

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
LONGEST_WAIT_SECONDS = 25.0
LONGEST_TOKEN = 8_000
Text = Annotated[str, AfterValidator(clean)]


class NewSession(BaseModel):
    """Where and in which language a customer opens the chat; a visitor token where one is known."""

    locale: Any = None
    page: Text | None = None
    visitor: Annotated[str, Field(max_length=LONGEST_TOKEN)] | None = None


class NewMessage(BaseModel):
    """A typed text or the payload of a pressed button, under an id that the client chose."""

    client_message_id: Annotated[Text, Field(min_length=1, max_length=LONGEST_CLIENT_ID)]
    text: Text | None = None
    payload: Text | None = None


def webchat_router(chat: WebChat) -> APIRouter:
    """Every route of the web chat."""
    router = APIRouter(
        prefix="/webchat",
        tags=["web chat"],
        route_class=guarded_route(chat),
        strict_content_type=False,
    )
    _add_sessions(router, chat)
    _add_messages(router, chat)
    serve_socket(router, chat)
    router.include_router(attachment_routes(chat))
    router.include_router(widget_routes(chat))
    _add_rest(router)
    return router


def _add_sessions(router: APIRouter, chat: WebChat) -> None:
    @router.post("/sessions", status_code=201)
    async def make_session(request: Request, given: NewSession | None = None) -> dict[str, str]:
        chat.session_limit.take(request.client.host if request.client else "")
        given = given or NewSession()
        pass_, signed = await run_in_threadpool(
            open_session, chat, given.locale, given.page, given.visitor
        )
        return {"session_id": pass_.session_id, **signed.body}


def _add_messages(router: APIRouter, chat: WebChat) -> None:
    async def shown(request: Request) -> Pass:
        return chat.signer.read(bearer_token(request))

    async def whose(request: Request) -> Guest:
        return await run_in_threadpool(recognise, chat, bearer_token(request))

    @router.post("/messages", status_code=202)
    async def send(given: NewMessage, pass_: Annotated[Pass, Depends(shown)]) -> dict[str, int]:
        entry = Entry(given.client_message_id, given.text, given.payload)
        check(entry)
        chat.message_limit.take(pass_.session_id)
        message = await run_in_threadpool(store, chat, pass_, entry)
        chat.announce(pass_.session_id, message.conversation_id)
        return {"seq": message.seq}

    @router.get("/messages")
    async def read(
        guest: Annotated[Guest, Depends(whose)],
        after: Annotated[int, Query(ge=0, le=HIGHEST_SEQ)] = 0,
        wait: Annotated[float, Query(allow_inf_nan=False)] = 0,
    ) -> dict[str, Any]:
        await run_in_threadpool(acknowledge, chat, guest.conversation_id, after)
        view = await wait_for_news(chat, guest, after, min(wait, LONGEST_WAIT_SECONDS))
        return view.body | offered(chat, view)


async def wait_for_news(chat: WebChat, guest: Guest, after: int, seconds: float) -> View:
    """What came after a sequence number; the first thing to come, when there is nothing yet."""
    clock = asyncio.get_running_loop().time
    end = clock() + seconds
    conversation_id = guest.conversation_id
    while True:
        with chat.door.listening(chat.wakeups, guest.pass_.session_id, conversation_id) as heard:
            view = await run_in_threadpool(look, chat, guest.pass_, after)
            left = end - clock()
            if view.messages or left <= 0 or chat.door.is_closed:
                return view
            if view.conversation_id == conversation_id:  # else listen to the new conversation
                await sleep_until(heard, left)
            conversation_id = view.conversation_id


def _add_rest(router: APIRouter) -> None:
    """Answer preflights, unknown paths and wrong methods; these routes come last."""
    served = list(router.routes)

    @router.options("/{path:path}", include_in_schema=False)
    async def preflight() -> Response:
        return Response(status_code=204, headers=PREFLIGHT)

    @router.api_route("/{path:path}", methods=METHODS, include_in_schema=False)
    async def refuse(request: Request) -> Response:
        path = request.url.path
        allowed = methods_at(served, request)
        if allowed:
            raise MethodRefused(path=path, method=request.method, allowed=", ".join(allowed))
        raise NothingHere(path=path)


def methods_at(routes: Sequence[BaseRoute], request: Request) -> list[str]:
    """The methods that some route takes at the request's path."""
    scopes = {method: {**request.scope, "method": method} for method in METHODS}
    return [
        method
        for method, scope in scopes.items()
        if any(route.matches(scope)[0] == Match.FULL for route in routes)
    ]
