"""Serves the local Telegram alone: `python -m app.demo.platforms.telegram --port 8081`."""

import argparse

import uvicorn

from app.demo.platforms.telegram.platform import LOCAL_TOKEN, TelegramPlatform
from app.demo.platforms.telegram.players import add_players


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(description="A local Telegram, to try a bot without account.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8081, help="port to listen on")
    parser.add_argument("--token", default=LOCAL_TOKEN, help="the bot's token")
    given = parser.parse_args()
    platform = TelegramPlatform(given.token)
    add_players(platform.world)
    print(f"Bot API  http://{given.host}:{given.port}  (token {given.token})")
    print(f"Page     http://{given.host}:{given.port}/page/")
    config = uvicorn.Config(
        platform.alone,
        host=given.host,
        port=given.port,
        log_level="warning",
        timeout_graceful_shutdown=2,
    )
    uvicorn.Server(config).run()


if __name__ == "__main__":
    main()
