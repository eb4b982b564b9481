"""The app process: `python -m app.server`."""

import logging
from collections.abc import Callable
from types import FrameType

import uvicorn

from app.asgi import create_app
from app.settings import load_settings

SHUTDOWN_SECONDS = 10
LONGEST_FRAME = 1_000_000
LOG_FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"


class Server(uvicorn.Server):
    """Lets the long polls of the web chat go before it waits for open requests to end."""

    def __init__(self, config: uvicorn.Config, let_go: Callable[[], None]) -> None:
        super().__init__(config)
        self._let_go = let_go

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop; called by uvicorn on a signal."""
        self._let_go()
        super().handle_exit(sig, frame)


def main() -> None:
    """Serve the app until SIGINT or SIGTERM."""
    settings = load_settings()
    configure_logging(settings.log_level)
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        ws_max_size=LONGEST_FRAME,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    Server(config, app.state.webchat.stop).run()


def configure_logging(level: str) -> None:
    """Log to standard error. Addresses with tokens or searches in them are never logged."""
    logging.basicConfig(level=level.upper(), format=LOG_FORMAT)
    for name in ("httpx", "uvicorn.access", "uvicorn.error", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)


if __name__ == "__main__":
    main()
