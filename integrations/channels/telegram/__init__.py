"""Telegram, through the Bot API."""

from integrations.channels.telegram.account import TelegramAccount, open_account
from integrations.channels.telegram.channel import TelegramChannel
from integrations.channels.telegram.connect import (
    TelegramUnreachable,
    connect,
    disconnect,
    inspect,
)
from integrations.channels.telegram.router import telegram_router
from integrations.channels.telegram.settings import (
    BadTelegramSettings,
    Mode,
    TelegramSettings,
    derived_secret,
)

__all__ = [
    "BadTelegramSettings",
    "Mode",
    "TelegramAccount",
    "TelegramChannel",
    "TelegramSettings",
    "TelegramUnreachable",
    "connect",
    "derived_secret",
    "disconnect",
    "inspect",
    "open_account",
    "telegram_router",
]
