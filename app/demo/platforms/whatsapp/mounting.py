"""The local WhatsApp inside the demo's app: the page at `/demo/whatsapp/`."""

from fastapi import FastAPI

from app.demo.platforms.whatsapp.platform import WhatsAppPlatform
from app.demo.platforms.whatsapp.players import add_players

PAGE = "/demo/whatsapp"


def mount_whatsapp(app: FastAPI, here: str) -> WhatsAppPlatform:
    """Serve the platform with the customers of the demo in it.

    Args:
        here: the address under which the app reaches itself.
    """
    platform = WhatsAppPlatform()
    platform.subscribe(f"{here}/whatsapp/webhook")
    add_players(platform.world)
    app.mount(f"{PAGE}/api", platform.api)
    app.mount(PAGE, platform.page)
    return platform
