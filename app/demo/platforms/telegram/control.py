"""The JSON calls by which a page or a test plays customers and looks at their chats."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from app.demo.platforms.telegram import playing
from app.demo.platforms.telegram.faults import BadFaults, read_faults
from app.demo.platforms.telegram.methods import wait_for_news
from app.demo.platforms.telegram.playing import Impossible
from app.demo.platforms.telegram.world import BotAccount, Customer, Group, Json, World

LONGEST_WAIT_SECONDS = 25.0
DETAILS = ("last_name", "username", "language_code", "phone")
Handler = Callable[[Request], Awaitable[Any]]


class NobodyThere(LookupError):
    """There is no such customer, bot or file."""


def control_routes(world: World) -> list[BaseRoute]:
    """All calls; their paths begin with `/control`."""
    desk = Control(world)
    routes: list[tuple[str, str, Handler]] = [
        ("GET", "/customers", desk.list_customers),
        ("POST", "/customers", desk.add_customer),
        ("GET", "/customers/{id:int}/chat", desk.show_chat),
        ("POST", "/customers/{id:int}/messages", desk.send),
        ("POST", "/customers/{id:int}/files", desk.send_file),
        ("POST", "/customers/{id:int}/presses", desk.press),
        ("POST", "/customers/{id:int}/edits", desk.edit),
        ("POST", "/customers/{id:int}/state", desk.change_state),
        ("POST", "/updates", desk.push_update),
        ("GET", "/files/{file_id}", desk.show_file),
        ("GET", "/faults", desk.show_faults),
        ("PUT", "/faults", desk.set_faults),
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
        except NobodyThere as problem:
            return JSONResponse({"error": str(problem)}, 404)
        except (Impossible, BadFaults, ValueError, KeyError, TypeError) as problem:
            return JSONResponse({"error": str(problem)}, 400)
        finally:
            await request.close()  # the files of a form
        return result if isinstance(result, Response) else JSONResponse(result)

    return answer


class Control:
    """The handlers, one a call."""

    def __init__(self, world: World) -> None:
        self._world = world

    def _bot(self) -> BotAccount:
        return next(iter(self._world.bots.values()))

    def _customer(self, request: Request) -> Customer:
        number = request.path_params["id"]
        if number not in self._world.customers:
            raise NobodyThere(f"There is no customer {number}.")
        return self._world.customers[number]

    async def list_customers(self, _: Request) -> Any:
        """Everybody who can be played, and the bot."""
        customers = [
            {**one.user, "phone": one.phone, "blocks": one.blocks,
             "deactivated": one.deactivated, "has_started": one.has_started}
            for one in self._world.customers.values()
            if not isinstance(one, Group)
        ]  # fmt: skip
        return {"bot": self._bot().user, "customers": customers}

    async def add_customer(self, request: Request) -> Any:
        """Make a customer, with `first_name` and any of the details."""
        given = await request.json()
        details = {name: str(given[name]) for name in DETAILS if name in given}
        customer = self._world.add_customer(str(given["first_name"]), **details)
        return {**customer.user, "phone": customer.phone}

    async def show_chat(self, request: Request) -> Any:
        """A chat, at once or when it looks different from `version`."""
        bot, customer = self._bot(), self._customer(request)
        known = int(request.query_params.get("version", -1))
        wait = min(float(request.query_params.get("wait", 0)), LONGEST_WAIT_SECONDS)
        end = time.monotonic() + wait
        while bot.versions[customer.id] == known and not self._world.is_closed:
            left = end - time.monotonic()
            if left <= 0:
                break
            await wait_for_news(bot, left)
        messages = bot.chats[customer.id]
        return {"version": bot.versions[customer.id], "messages": messages}

    async def send(self, request: Request) -> Any:
        """``{"text"}``, ``{"contact": "own" | {…}}``, or any other contents of a message."""
        bot, customer, given = self._bot(), self._customer(request), await request.json()
        if "text" in given:
            return playing.say(bot, customer, str(given["text"]))
        if given.get("contact") == "own":
            return playing.share_contact(bot, customer)
        return playing.send(bot, customer, **given)

    async def send_file(self, request: Request) -> Any:
        """A form with `file`, `what` and perhaps `caption` and `media_group_id`."""
        bot, customer = self._bot(), self._customer(request)
        form = await request.form()
        upload, what = form["file"], str(form.get("what", "document"))
        if not isinstance(upload, UploadFile):
            raise Impossible("'file' must be a file.")
        folder = playing.FOLDERS.get(what, "documents")
        file = self._world.add_file(
            await upload.read(), upload.filename or what, upload.content_type or "", folder
        )
        more = {name: form.get(name) for name in ("caption", "media_group_id")}
        return playing.send_file(self._world, bot, customer, what, file, **more)

    async def press(self, request: Request) -> Any:
        """``{"message_id", "data"}``; answers with the query's id."""
        given = await request.json()
        query_id = playing.press(
            self._bot(), self._customer(request), int(given["message_id"]), str(given["data"])
        )
        return {"query_id": query_id}

    async def edit(self, request: Request) -> Any:
        """``{"message_id", "text"}``."""
        given = await request.json()
        return playing.edit(
            self._bot(), self._customer(request), int(given["message_id"]), str(given["text"])
        )

    async def change_state(self, request: Request) -> Any:
        """``{"blocks": bool}`` or ``{"deactivated": bool}``."""
        customer, given = self._customer(request), await request.json()
        if "blocks" in given:
            playing.block(self._bot(), customer, bool(given["blocks"]))
        customer.deactivated = bool(given.get("deactivated", customer.deactivated))
        return {"blocks": customer.blocks, "deactivated": customer.deactivated}

    async def push_update(self, request: Request) -> Any:
        """An update as it is; its number is filled in."""
        given = await request.json()
        given.pop("update_id", None)
        return {"update_id": self._bot().new_update(**given)["update_id"]}

    async def show_file(self, request: Request) -> Any:
        """A file's content, for the page."""
        file = self._world.files.get(request.path_params["file_id"])
        if file is None:
            raise NobodyThere("There is no such file.")
        headers = {"Content-Security-Policy": "sandbox", "X-Content-Type-Options": "nosniff"}
        return Response(file.content, media_type=file.type or None, headers=headers)

    async def show_faults(self, _: Request) -> Any:
        """What goes wrong on purpose."""
        return self._world.faults.values

    async def set_faults(self, request: Request) -> Any:
        """Replace what goes wrong on purpose."""
        self._world.faults = read_faults(await request.json())
        return self._world.faults.values

    async def report(self, _: Request) -> Json:
        """Calls and refusals counted, what is pending, and messages whose outcome is unclear."""
        bot = self._bot()
        return {
            "calls": dict(bot.calls),
            "refusals": dict(bot.refusals),
            "pending": len(bot.updates),
            "unanswered": sum(answer is None for answer in bot.queries.values()),
            "unclear": bot.unclear,
        }
