"""The local Telegram as web applications: the Bot API, and the page that plays the customer."""

from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route

from app.demo.platforms.telegram.bot_api import bot_api
from app.demo.platforms.telegram.control import control_routes
from app.demo.platforms.telegram.delivery import Deliveries
from app.demo.platforms.telegram.world import BotAccount, World

PAGE = Path(__file__).parent / "page"
STATIC = {
    "index.html": "text/html",
    "chat.css": "text/css",
    "chat.js": "text/javascript",
    "messages.js": "text/javascript",
    "words.js": "text/javascript",
}
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' https: blob: data:; media-src 'self' blob:; "
        "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}

# Not a secret: it opens nothing but the platform that runs beside the demo.
LOCAL_TOKEN = "7000000001:local-platform-token-for-the-demo"  # noqa: S105


class TelegramPlatform:
    """One platform with one bot.

    `api` answers the Bot API's calls and `page` shows the customer's side; mount them anywhere.
    The API's address, as the bot's `api_url`, is the one under which `api` is mounted.

    Args:
        strict_https: refuse webhooks that the real platform could not call.
    """

    def __init__(self, token: str = LOCAL_TOKEN, *, strict_https: bool = False) -> None:
        self.world = World(strict_https=strict_https)
        self.bot: BotAccount = self.world.add_bot(token)
        self._deliveries = Deliveries(self.world)
        self.bot.listeners.append(self._deliveries.look)
        self.api = bot_api(self.world)
        self.page = Starlette(routes=[*control_routes(self.world), *_page_routes()])

    @property
    def alone(self) -> Starlette:
        """Both together, for a server of their own: the API at the root, the page at `/page/`."""
        return Starlette(routes=[Mount("/page", self.page), Mount("/", self.api)])

    def let_go(self) -> None:
        """Let long polls end. Call it when the server begins to stop."""
        self.world.close()

    async def close(self) -> None:
        """Stop bringing updates."""
        self.let_go()
        await self._deliveries.close()


def _page_routes() -> list[Route]:
    async def index(_: Request) -> Response:
        return _static("index.html")

    async def static(request: Request) -> Response:
        name = request.path_params["name"]
        return _static(name) if name in STATIC else Response(status_code=404)

    return [Route("/", index), Route("/{name}", static)]


def _static(name: str) -> Response:
    return FileResponse(PAGE / name, media_type=STATIC[name], headers=HEADERS)
