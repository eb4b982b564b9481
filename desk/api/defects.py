"""Answers a defect of the product itself, and logs where it is without the data it broke on."""

import logging
import traceback

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from desk.api.errors import BROKEN

logger = logging.getLogger(__name__)


class Defects:
    """ASGI middleware: what nobody expected becomes an answer, and the connection stays open.

    The message of an exception is not logged: a database's holds the values of the query.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def watch(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception as problem:
            where = "".join(traceback.format_tb(problem.__traceback__))
            logger.error("%s in the staff API\n%s", type(problem).__name__, where)
            if begun:
                raise
            await BROKEN.response()(scope, receive, send)
