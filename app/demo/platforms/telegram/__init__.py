"""A Telegram of one's own, to try the bot and to test it without an account."""

from app.demo.platforms.telegram.faults import Faults
from app.demo.platforms.telegram.mounting import mount_telegram
from app.demo.platforms.telegram.platform import LOCAL_TOKEN, TelegramPlatform

__all__ = ["LOCAL_TOKEN", "Faults", "TelegramPlatform", "mount_telegram"]
