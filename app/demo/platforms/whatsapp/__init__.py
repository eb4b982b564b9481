"""A WhatsApp of one's own, to try the bot and to test it without an account."""

from app.demo.platforms.whatsapp.faults import Faults
from app.demo.platforms.whatsapp.mounting import mount_whatsapp
from app.demo.platforms.whatsapp.platform import (
    LOCAL_NUMBER,
    LOCAL_VERIFY_TOKEN,
    WhatsAppPlatform,
)

__all__ = ["LOCAL_NUMBER", "LOCAL_VERIFY_TOKEN", "Faults", "WhatsAppPlatform", "mount_whatsapp"]
