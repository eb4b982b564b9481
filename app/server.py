"""The app process: `python -m app.server`."""

import gc
import logging
import socket
import sys
from collections.abc import Awaitable, Callable
from types import FrameType

import uvicorn

from app.asgi import create_app
from app.errors import EXPECTED
from app.settings import BadSettings, load_settings

# Together less than the supervisor waits before it kills.
REST_SECONDS = 6.0
SHUTDOWN_SECONDS = 5
LONGEST_FRAME = 1_000_000
# Seconds after which a computing thread lets another one run: whoever takes in messages must not
# wait for the bot's actions to finish thinking.
THREAD_TURN_SECONDS = 0.001
LOG_FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"


class Server(uvicorn.Server):
    """Ends gracefully: long polls are let go, turns and deliveries under way are finished.

    The actions of these turns are called over HTTP, so that the door stays open until then.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        let_go: Callable[[], object],
        rest: Callable[[float], Awaitable[None]],
    ) -> None:
        super().__init__(config)
        self._let_go = let_go
        self._rest = rest

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop; called by uvicorn on a signal."""
        self._let_go()
        super().handle_exit(sig, frame)

    def give_up(self) -> None:
        """Stop because what is served here no longer works."""
        self._let_go()
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Finish what is under way, then close the door."""
        await self._rest(REST_SECONDS)
        await super().shutdown(sockets)


def main() -> None:
    """Serve the app until SIGINT or SIGTERM."""
    sys.setswitchinterval(THREAD_TURN_SECONDS)
    try:
        settings = load_settings()
        configure_logging(settings.log_level)
        app = create_app(settings)
    except (BadSettings, *EXPECTED) as problem:
        print(f"bottega: {problem}", file=sys.stderr)
        sys.exit(2)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        ws_max_size=LONGEST_FRAME,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    crew = app.state.crew
    server = Server(config, lambda: [end() for end in app.state.let_go], crew.rest)
    crew.on_death = server.give_up
    leave_what_stays()
    server.run()
    if crew.has_died:
        sys.exit(1)


def leave_what_stays() -> None:
    """Have the garbage collector look no more at what was loaded and stays until the end.

    Else every thread waits a third of a second for each full collection, every few seconds.
    """
    gc.collect()
    gc.freeze()


def configure_logging(level: str) -> None:
    """Log to standard error. Addresses with tokens or searches in them are never logged."""
    logging.basicConfig(level=level.upper(), format=LOG_FORMAT)
    for name in ("httpx", "uvicorn.access", "uvicorn.error", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)


if __name__ == "__main__":
    main()
