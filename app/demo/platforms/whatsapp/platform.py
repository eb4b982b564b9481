"""The local WhatsApp as web applications: the Cloud API, and the page that plays the customer."""

from pathlib import Path

from starlette.applications import Starlette

from app.demo.platforms.pages import page_routes, standing_alone
from app.demo.platforms.whatsapp.control import control_routes
from app.demo.platforms.whatsapp.delivery import Deliveries, Webhook
from app.demo.platforms.whatsapp.graph_api import graph_api
from app.demo.platforms.whatsapp.world import ApprovedTemplate, Number, World

PAGE = Path(__file__).parent / "page"

# No secrets: they open nothing but the platform that runs beside the demo.
LOCAL_NUMBER = Number(token="local-platform-token", app_secret="local-platform-secret")  # noqa: S106
LOCAL_VERIFY_TOKEN = "local-platform-word"  # noqa: S105
LOCAL_TEMPLATES = (
    ApprovedTemplate("answer_ready", "it", "Ciao! Ecco la risposta alla tua richiesta: {{1}}"),
    ApprovedTemplate("answer_ready", "en", "Hello! Here is the answer to your request: {{1}}"),
    # A body may not begin with a variable.
    ApprovedTemplate("only_text", "it", "{{1}}", "REJECTED", "INVALID_FORMAT"),
)


class WhatsAppPlatform:
    """One platform with one company's number.

    `api` answers the Cloud API's calls and `page` shows the customers' side; mount them anywhere.
    The address under which `api` is mounted is the company's `api_url`.
    """

    def __init__(self, number: Number = LOCAL_NUMBER) -> None:
        self.world = World(number, LOCAL_TEMPLATES)
        self.deliveries = Deliveries(self.world)
        self.world.listeners.append(self.deliveries.look)
        self.api = graph_api(self.world)
        self.page = Starlette(
            routes=[*control_routes(self.world, self.deliveries), *page_routes(PAGE)]
        )

    def subscribe(self, url: str, verify_token: str = LOCAL_VERIFY_TOKEN) -> None:
        """Register the webhook; it is verified when there is something to deliver."""
        self.deliveries.webhook = Webhook(url, verify_token)

    @property
    def alone(self) -> Starlette:
        """Both together, for a server of their own: the API at the root, the page at `/page/`."""
        return standing_alone(self.api, self.page)

    def let_go(self) -> None:
        """Let long polls end. Call it when the server begins to stop."""
        self.world.close()

    async def close(self) -> None:
        """Deliver no more."""
        self.let_go()
        await self.deliveries.close()
