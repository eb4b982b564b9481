"""Connects a bot's account: checks the token, then registers the webhook or makes way for polling.

Each function returns one sentence for the person at the terminal.
"""

from collections.abc import Awaitable, Callable

from telegram import Bot, User, WebhookInfo
from telegram.error import InvalidToken, NetworkError, TelegramError

from integrations.channels.telegram.client import close_bot, make_bot, told
from integrations.channels.telegram.settings import (
    Mode,
    TelegramSettings,
    check_webhook_address,
)
from integrations.channels.telegram.updates import ALLOWED_UPDATES

WEBHOOK_CONNECTIONS = 40
Work = Callable[[Bot, TelegramSettings], Awaitable[str]]


class TelegramUnreachable(RuntimeError):
    """The bot could not be connected; one sentence that says why and what to do."""


async def connect(settings: TelegramSettings) -> str:
    """Check the token and set the bot up for the mode in the settings.

    Nothing that customers have written meanwhile is dropped.

    Raises:
        TelegramUnreachable, BadTelegramSettings
    """
    if settings.mode == Mode.WEBHOOK and settings.is_official:
        check_webhook_address(settings.public_url)
    return await _with_bot(settings, _connect)


async def disconnect(settings: TelegramSettings) -> str:
    """Remove the webhook; Telegram keeps updates for a day.

    Raises:
        TelegramUnreachable
    """
    return await _with_bot(settings, _disconnect)


async def inspect(settings: TelegramSettings) -> str:
    """How things stand: who the bot is, how updates come, what went wrong last.

    Raises:
        TelegramUnreachable
    """
    return await _with_bot(settings, _inspect)


async def _with_bot(settings: TelegramSettings, work: Work) -> str:
    bot = make_bot(settings)
    try:
        await bot.initialize()
        return await work(bot, settings)
    except InvalidToken:
        raise TelegramUnreachable(
            "Telegram does not know this token; copy it again from BotFather (/mybots, API Token)."
        ) from None
    except TelegramError as problem:
        raise TelegramUnreachable(_explain(problem, settings)) from None
    finally:
        await close_bot(bot)


def _explain(problem: TelegramError, settings: TelegramSettings) -> str:
    reason = told(problem, settings.token)
    if isinstance(problem, NetworkError) and problem.__cause__ is not None:
        return f"{settings.api_url} cannot be reached from here ({reason}); check the network."
    return f"Telegram refused: {reason}."


async def _connect(bot: Bot, settings: TelegramSettings) -> str:
    if settings.mode == Mode.POLLING:
        await bot.delete_webhook(drop_pending_updates=False)
        return (
            f"{_name(bot.bot)} is ready: Bottega will ask Telegram for messages as long as it "
            f"runs. Write to {_link(bot.bot)}."
        )
    await register_webhook(bot, settings)
    return (
        f"{_name(bot.bot)} is ready: Telegram will send messages to {settings.webhook_url}. "
        f"Write to {_link(bot.bot)}."
    )


async def register_webhook(bot: Bot, settings: TelegramSettings) -> None:
    """Have Telegram send updates to us; harmless if it does already.

    Raises:
        TelegramError
    """
    await bot.set_webhook(
        settings.webhook_url,
        secret_token=settings.secret,
        allowed_updates=list(ALLOWED_UPDATES),
        max_connections=WEBHOOK_CONNECTIONS,
        drop_pending_updates=False,
    )


async def _disconnect(bot: Bot, _: TelegramSettings) -> str:
    await bot.delete_webhook(drop_pending_updates=False)
    return f"{_name(bot.bot)} no longer sends messages here; Telegram keeps them for a day."


async def _inspect(bot: Bot, _: TelegramSettings) -> str:
    info = await bot.get_webhook_info()
    waiting = f"{info.pending_update_count} updates are waiting"
    if not info.url:
        return f"{_name(bot.bot)} has no webhook and is there to be polled; {waiting}."
    return f"{_name(bot.bot)} sends messages to {info.url}; {waiting}{_last_error(info)}."


def _last_error(info: WebhookInfo) -> str:
    if not info.last_error_message or info.last_error_date is None:
        return ""
    return f"; the last error, at {info.last_error_date:%H:%M} UTC, was: {info.last_error_message}"


def _name(user: User) -> str:
    return f"The bot @{user.username}"


def _link(user: User) -> str:
    return f"https://t.me/{user.username}"
