"""The local Telegram inside the demo's app: the page at `/demo/telegram/`."""

from fastapi import FastAPI

from app.demo.platforms.telegram.platform import TelegramPlatform
from app.demo.platforms.telegram.players import add_players

PAGE = "/demo/telegram"


def mount_telegram(app: FastAPI) -> TelegramPlatform:
    """Serve the platform with the customers of the demo in it."""
    platform = TelegramPlatform()
    add_players(platform.world)
    app.mount(f"{PAGE}/api", platform.api)
    app.mount(PAGE, platform.page)
    return platform
