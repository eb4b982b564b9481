"""Telegram in this app: the bot in the settings, or in the demo one on a local platform."""

from datetime import timedelta

from actions.phrases import Phrases
from app.settings import Settings
from crm.db import Database
from integrations.channels.telegram import (
    Mode,
    TelegramAccount,
    TelegramSettings,
    derived_secret,
    open_account,
)
from integrations.channels.telegram.settings import LARGEST_DOWNLOAD
from integrations.wakeups import Wakeups

LOCAL_API = "/demo/telegram/api"
REFUSALS = {
    "too_large": "utter_file_too_large",
    "type_not_allowed": "utter_file_type_not_allowed",
    "empty": "utter_file_not_available",
    "not_available": "utter_file_not_available",
}
EVERYWHERE = ("0.0.0.0", "::", "")  # noqa: S104 - a comparison


def open_telegram(
    settings: Settings, database: Database, phrases: Phrases, wakeups: Wakeups
) -> TelegramAccount | None:
    """The account of the bot, if there is one.

    Raises:
        BadTelegramSettings
    """
    telegram = telegram_settings(settings)
    if telegram is None:
        return None
    return open_account(
        telegram,
        database,
        settings.folder / "attachments",
        wakeups.notify,
        timedelta(minutes=settings.verified_minutes),
        lambda language: phrases.text("utter_private_only", language),
        lambda reason, language: phrases.text(
            REFUSALS[reason], language, megabytes=download_bytes(settings) // 1024 // 1024
        ),
    )


def telegram_settings(settings: Settings, **changes: str | Mode) -> TelegramSettings | None:
    """What the channel has to know; None where no bot is set.

    Args:
        changes: a token or a mode other than the settings'.

    Raises:
        BadTelegramSettings
    """
    token = str(changes.get("token", settings.telegram_token))
    if not token:
        return local_settings(settings) if settings.demo else None
    return TelegramSettings(
        token=token,
        mode=Mode(changes.get("mode", settings.telegram_mode)),
        secret=derived_secret(settings.key.encode(), token),
        public_url=settings.url,
        api_url=settings.telegram_api_url,
        download_bytes=download_bytes(settings),
        messages_per_second=settings.telegram_per_second,
        chat_messages_per_second=settings.telegram_chat_per_minute / 60,
        chat_burst=settings.telegram_chat_burst,
    )


def local_settings(settings: Settings) -> TelegramSettings:
    """The demo's bot, on the platform that this app serves itself."""
    from app.demo.platforms.telegram import LOCAL_TOKEN  # noqa: PLC0415 - only in the demo

    host = "127.0.0.1" if settings.host in EVERYWHERE else settings.host
    here = f"http://{host}:{settings.port}"
    return TelegramSettings(
        token=LOCAL_TOKEN,
        mode=Mode.WEBHOOK,
        secret=derived_secret(settings.key.encode(), LOCAL_TOKEN),
        public_url=settings.url,
        called_at=here,
        api_url=here + LOCAL_API,
        download_bytes=download_bytes(settings),
        messages_per_second=settings.telegram_per_second,
        chat_messages_per_second=settings.telegram_chat_per_minute / 60,
        chat_burst=settings.telegram_chat_burst,
    )


def download_bytes(settings: Settings) -> int:
    """The largest file that is fetched: what customers may send, if Telegram gives it."""
    return min(settings.attachment_megabytes * 1024 * 1024, LARGEST_DOWNLOAD)
