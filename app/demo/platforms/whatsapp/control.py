"""The JSON calls by which a page or a test plays customers and looks at their chats."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from app.demo.platforms.whatsapp import playing
from app.demo.platforms.whatsapp.delivery import Deliveries
from app.demo.platforms.whatsapp.errors import GraphError
from app.demo.platforms.whatsapp.faults import BadFaults, changed
from app.demo.platforms.whatsapp.files import new_file
from app.demo.platforms.whatsapp.playing import Impossible
from app.demo.platforms.whatsapp.sending import switch_on
from app.demo.platforms.whatsapp.world import Customer, Json, Presence, World, file_in

LONGEST_WAIT_SECONDS = 25.0
Handler = Callable[[Request], Awaitable[Any]]


class NobodyThere(LookupError):
    """There is no such customer or file."""


def control_routes(world: World, deliveries: Deliveries) -> list[BaseRoute]:
    """All calls; their paths begin with `/control`."""
    desk = Control(world, deliveries)
    routes: list[tuple[str, str, Handler]] = [
        ("GET", "/customers", desk.list_customers),
        ("POST", "/customers", desk.add_customer),
        ("GET", "/customers/{id:int}/chat", desk.show_chat),
        ("POST", "/customers/{id:int}/messages", desk.send),
        ("POST", "/customers/{id:int}/files", desk.send_file),
        ("POST", "/customers/{id:int}/presses", desk.press),
        ("POST", "/customers/{id:int}/reactions", desk.react),
        ("POST", "/customers/{id:int}/state", desk.change_state),
        ("POST", "/happenings", desk.push),
        ("GET", "/files/{file_id}", desk.show_file),
        ("GET", "/faults", desk.show_faults),
        ("PATCH", "/faults", desk.change_faults),
        ("GET", "/report", desk.report),
    ]
    return [
        Route(f"/control{path}", answering(handler), methods=[method])
        for method, path, handler in routes
    ]


def answering(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Answer in JSON, mistakes too."""

    async def answer(request: Request) -> Response:
        try:
            result = await handler(request)
        except (NobodyThere, GraphError) as problem:
            return JSONResponse({"error": str(problem)}, 404)
        except (Impossible, BadFaults, ValueError, KeyError, TypeError) as problem:
            return JSONResponse({"error": str(problem)}, 400)
        return result if isinstance(result, Response) else JSONResponse(result)

    return answer


class Control:
    """The handlers, one a call."""

    def __init__(self, world: World, deliveries: Deliveries) -> None:
        self._world = world
        self._deliveries = deliveries

    def _customer(self, request: Request) -> Customer:
        number = request.path_params["id"]
        if number not in self._world.customers:
            raise NobodyThere(f"There is no customer {number}.")
        return self._world.customers[number]

    async def list_customers(self, _: Request) -> Any:
        """Everybody who can be played, and the company."""
        customers = [shown(one) for one in self._world.customers.values()]
        number = self._world.number
        return {"company": {"name": number.name, "number": number.display}, "customers": customers}

    async def add_customer(self, request: Request) -> Any:
        """Make a customer from ``{"name", "phone", "user_id"}``."""
        given = await request.json()
        details = [str(given.get(name, "")) for name in ("phone", "user_id")]
        return shown(self._world.add_customer(str(given["name"]), *details))

    async def show_chat(self, request: Request) -> Any:
        """A chat, at once or when it looks different from `version`."""
        world, customer = self._world, self._customer(request)
        known = int(request.query_params.get("version", -1))
        end = time.monotonic() + min(float(request.query_params.get("wait", 0)),
                                     LONGEST_WAIT_SECONDS)  # fmt: skip
        while world.versions[customer.id] == known and not world.is_closed:
            left = end - time.monotonic()
            if left <= 0:
                break
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(world.news.wait(), left)
        messages = [one.body for one in world.chats[customer.id]]
        return {"version": world.versions[customer.id], "messages": messages}

    async def send(self, request: Request) -> Any:
        """``{"text"}`` or ``{"type", "content"}``; `hours_ago` for what comes late."""
        customer, given = self._customer(request), await request.json()
        hours_ago = float(given.get("hours_ago", 0))
        if "text" in given:
            said = playing.say(self._world, customer, str(given["text"]), hours_ago)
        else:
            kind, content = str(given["type"]), given["content"]
            said = playing.send(self._world, customer, kind, content, hours_ago=hours_ago)
        return said.body

    async def send_file(self, request: Request) -> Any:
        """A form with `file`, `what` and perhaps `caption`."""
        customer = self._customer(request)
        async with request.form() as form:
            upload, what = form["file"], str(form.get("what", "document"))
            caption = str(form.get("caption") or "")
            if not isinstance(upload, UploadFile):
                raise Impossible("'file' must be a file.")
            content = await upload.read()
            file = new_file(content, upload.content_type or "", upload.filename or what)
        return playing.send_file(self._world, customer, what, file, caption).body

    async def press(self, request: Request) -> Any:
        """``{"message", "choice"}``."""
        given = await request.json()
        message, choice = str(given["message"]), str(given["choice"])
        return playing.press(self._world, self._customer(request), message, choice).body

    async def react(self, request: Request) -> Any:
        """``{"message", "emoji"}``."""
        given = await request.json()
        message, emoji = str(given["message"]), str(given["emoji"])
        return playing.react(self._world, self._customer(request), message, emoji).body

    async def change_state(self, request: Request) -> Any:
        """Any of ``{"presence", "wants_marketing", "phone"}``."""
        customer, given = self._customer(request), await request.json()
        if "presence" in given:
            customer.presence = Presence(given["presence"])
        if customer.presence == Presence.READS:
            switch_on(self._world, customer)
        if "wants_marketing" in given:
            playing.prefer(self._world, customer, wants=bool(given["wants_marketing"]))
        if "phone" in given:
            playing.change_number(self._world, customer, str(given["phone"]))
        return shown(customer)

    async def push(self, request: Request) -> Any:
        """A change as it is: ``{"field", "value"}``."""
        given = await request.json()
        self._world.tell(str(given["field"]), dict(given["value"]))
        return {}

    async def show_file(self, request: Request) -> Any:
        """A file's content, for the page."""
        file = file_in(self._world, request.path_params["file_id"])
        headers = {"Content-Security-Policy": "sandbox", "X-Content-Type-Options": "nosniff"}
        return Response(file.content, media_type=file.type or None, headers=headers)

    async def show_faults(self, _: Request) -> Any:
        """What goes wrong on purpose."""
        return self._world.faults.values

    async def change_faults(self, request: Request) -> Any:
        """Change some of what goes wrong on purpose."""
        self._world.faults = changed(self._world.faults, await request.json())
        return self._world.faults.values

    async def report(self, _: Request) -> Json:
        """Calls, refusals and deliveries counted, what is pending, what is unclear."""
        world, webhook = self._world, self._deliveries.webhook
        return {
            "calls": dict(world.calls),
            "refusals": dict(world.refusals),
            "deliveries": dict(world.deliveries),
            "pending": len(world.pending) + self._deliveries.under_way,
            "unclear": world.unclear,
            "webhook": {"verified": webhook.is_verified, "error": webhook.last_error}
            if webhook
            else None,
        }


def shown(customer: Customer) -> Json:
    """A customer for the page."""
    return {
        "id": customer.id,
        "name": customer.name,
        "phone": customer.phone,
        "user_id": customer.user_id,
        "presence": customer.presence.value,
        "wrote_at": customer.wrote_at,
    }
