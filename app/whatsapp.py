"""WhatsApp in this app: the number in the settings, or in the demo one on a local platform."""

import hashlib
import hmac
from datetime import timedelta

from actions.phrases import Phrases
from app.settings import Settings
from crm.db import Database
from integrations.channels.whatsapp import WhatsApp, WhatsAppSettings, read_templates
from integrations.wakeups import Wakeups

LOCAL_API = "/demo/whatsapp/api"
LOCAL_TEMPLATES = "reply.it=answer_ready, reply.en=answer_ready"
EVERYWHERE = ("0.0.0.0", "::", "")  # noqa: S104 - a comparison
REFUSALS = {
    "too_large": "utter_file_too_large",
    "type_not_allowed": "utter_file_type_not_allowed",
    "empty": "utter_file_not_available",
    "not_available": "utter_file_not_available",
}


def open_whatsapp(
    settings: Settings, database: Database, phrases: Phrases, wakeups: Wakeups
) -> WhatsApp | None:
    """The company's number, if there is one.

    Raises:
        BadWhatsAppSettings
    """
    whatsapp = whatsapp_settings(settings)
    if whatsapp is None:
        return None
    megabytes = settings.attachment_megabytes
    return WhatsApp(
        settings=whatsapp,
        database=database,
        announce=wakeups.notify,
        attachments=settings.folder / "attachments",
        opener=lambda language: phrases.text("utter_open_list", language),
        refusal=lambda reason, language: phrases.text(
            REFUSALS[reason], language, megabytes=megabytes
        ),
        proof_lasts=timedelta(minutes=settings.verified_minutes),
    )


def whatsapp_settings(settings: Settings) -> WhatsAppSettings | None:
    """What the channel has to know; None where no number is set.

    Raises:
        BadWhatsAppSettings
    """
    if not is_configured(settings):
        return local_settings(settings) if settings.demo else None
    return WhatsAppSettings(
        token=settings.whatsapp_token,
        phone_number_id=settings.whatsapp_phone_number_id,
        app_secret=settings.whatsapp_app_secret,
        verify_token=settings.whatsapp_verify_token or derived_word(settings),
        business_account_id=settings.whatsapp_business_account_id,
        templates=read_templates(settings.whatsapp_templates),
        public_url=settings.url,
        api_url=settings.whatsapp_api_url,
        attachment_bytes=attachment_bytes(settings),
    )


def is_configured(settings: Settings) -> bool:
    """Whether anything is set that only a number of one's own needs."""
    own = (settings.whatsapp_token, settings.whatsapp_phone_number_id, settings.whatsapp_app_secret)
    return any(own)


def derived_word(settings: Settings) -> str:
    """A verify token that stays the same as long as the app's key does."""
    key = settings.key.encode()
    return hmac.new(key, b"whatsapp verify token", hashlib.sha256).hexdigest()[:32]


def local_settings(settings: Settings) -> WhatsAppSettings:
    """The demo's number, on the platform that this app serves itself."""
    from app.demo.platforms import whatsapp as platform  # noqa: PLC0415 - only in the demo

    return WhatsAppSettings(
        token=platform.LOCAL_NUMBER.token,
        phone_number_id=platform.LOCAL_NUMBER.phone_number_id,
        app_secret=platform.LOCAL_NUMBER.app_secret,
        verify_token=platform.LOCAL_VERIFY_TOKEN,
        business_account_id=platform.LOCAL_NUMBER.account_id,
        templates=read_templates(LOCAL_TEMPLATES),
        public_url=settings.url,
        api_url=here(settings) + LOCAL_API,
        attachment_bytes=attachment_bytes(settings),
    )


def here(settings: Settings) -> str:
    """The address under which this app reaches itself."""
    host = "127.0.0.1" if settings.host in EVERYWHERE else settings.host
    return f"http://{host}:{settings.port}"


def attachment_bytes(settings: Settings) -> int:
    """The largest file that customers may send."""
    return settings.attachment_megabytes * 1024 * 1024
