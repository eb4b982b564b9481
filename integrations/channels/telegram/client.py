"""The Bot API client: python-telegram-bot, with time-outs of ours and a token that is never told.

The token is part of every address that the client calls. Whatever logs an address or quotes one
in an error message would give it away, so it is struck out of both.
"""

import logging
import os
import re
from typing import Any
from urllib.parse import urlsplit

from telegram import Bot
from telegram.error import TelegramError
from telegram.request import HTTPXRequest

from integrations.channels.telegram.settings import TelegramSettings

# The library's way to ask for durations as timedelta, and not to be warned at every one.
os.environ.setdefault("PTB_TIMEDELTA", "true")

CONNECTIONS = 32
HIDDEN = "<token>"
LOGGERS = ("telegram.Bot", "telegram.ext.ExtBot", "httpx", "httpcore", "httpcore.http11")
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def make_bot(settings: TelegramSettings) -> Bot:
    """The client of the bot's account. `initialize` it before use, `shutdown` it after."""
    hide_in_logs(settings.token)
    api = settings.api_url.rstrip("/")
    return Bot(
        settings.token,
        base_url=f"{api}/bot",
        base_file_url=f"{api}/file/bot",
        request=_request(settings, settings.answer_seconds, CONNECTIONS),
        get_updates_request=_request(settings, settings.poll_seconds + 10, 1),
    )


def _request(settings: TelegramSettings, answer_seconds: float, connections: int) -> HTTPXRequest:
    nearby = urlsplit(settings.api_url).hostname in LOOPBACK
    return HTTPXRequest(
        connection_pool_size=connections,
        connect_timeout=settings.connect_seconds,
        pool_timeout=settings.connect_seconds,
        read_timeout=answer_seconds,
        write_timeout=answer_seconds,
        httpx_kwargs={"trust_env": not nearby},
    )


async def close_bot(bot: Bot) -> None:
    """Give the client's connections back, whether it ever got through to Telegram or not."""
    # The library closes only a client that it has initialized, which needs Telegram's answer.
    for request in bot._request:
        await request.shutdown()


class TokenFilter(logging.Filter):
    """Strikes a token out of log records."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self._token = token

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        if self._token in text:
            record.msg, record.args = text.replace(self._token, HIDDEN), ()
        return True


def hide_in_logs(token: str) -> None:
    """Have the client's and its libraries' loggers never write a token, nor what is said."""
    logging.getLogger("telegram").setLevel(logging.INFO)  # below, it writes whole messages
    for name in LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(one, TokenFilter) and one._token == token for one in logger.filters):
            logger.addFilter(TokenFilter(token))


def told(problem: BaseException, token: str) -> str:
    """An error's message, without the token."""
    text = problem.message if isinstance(problem, TelegramError) else str(problem)
    return re.sub(re.escape(token), HIDDEN, text, flags=re.IGNORECASE)


def as_seconds(duration: Any) -> float:
    """A duration of the library, which may be a timedelta or a number."""
    return float(duration.total_seconds() if hasattr(duration, "total_seconds") else duration)
