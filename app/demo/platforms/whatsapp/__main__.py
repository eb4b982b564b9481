"""Serves the local WhatsApp alone: `python -m app.demo.platforms.whatsapp --port 8082`."""

import argparse

import uvicorn

from app.demo.platforms.whatsapp.platform import (
    LOCAL_NUMBER,
    LOCAL_VERIFY_TOKEN,
    WhatsAppPlatform,
)
from app.demo.platforms.whatsapp.players import add_players


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(description="A local WhatsApp, to try a bot without account.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8082, help="port to listen on")
    parser.add_argument(
        "--webhook",
        default="http://127.0.0.1:8000/whatsapp/webhook",
        help="address that is told of messages",
    )
    parser.add_argument("--verify-token", default=LOCAL_VERIFY_TOKEN, help="the webhook's word")
    given = parser.parse_args()
    platform = WhatsAppPlatform()
    platform.subscribe(given.webhook, given.verify_token)
    add_players(platform.world)
    number = LOCAL_NUMBER
    print(f"Cloud API  http://{given.host}:{given.port}  (number {number.phone_number_id}, "
          f"token {number.token}, app secret {number.app_secret})")  # fmt: skip
    print(f"Page       http://{given.host}:{given.port}/page/")
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
