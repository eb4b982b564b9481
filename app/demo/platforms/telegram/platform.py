"""The local Telegram as web applications: the Bot API, and the page that plays the customer."""

from pathlib import Path

from starlette.applications import Starlette

from app.demo.platforms.pages import page_routes, standing_alone
from app.demo.platforms.telegram.bot_api import bot_api
from app.demo.platforms.telegram.control import control_routes
from app.demo.platforms.telegram.delivery import Deliveries
from app.demo.platforms.telegram.world import BotAccount, World

PAGE = Path(__file__).parent / "page"

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
        self.page = Starlette(routes=[*control_routes(self.world), *page_routes(PAGE)])

    @property
    def alone(self) -> Starlette:
        """Both together, for a server of their own: the API at the root, the page at `/page/`."""
        return standing_alone(self.api, self.page)

    def let_go(self) -> None:
        """Let long polls end. Call it when the server begins to stop."""
        self.world.close()

    async def close(self) -> None:
        """Stop bringing updates."""
        self.let_go()
        await self._deliveries.close()
