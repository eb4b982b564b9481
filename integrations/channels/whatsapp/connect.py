"""Sees whether the number and the token work, and says in one sentence what is wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from integrations.channels.whatsapp.approval import describe
from integrations.channels.whatsapp.client import CloudApi
from integrations.channels.whatsapp.explaining import explain, explain_account
from integrations.channels.whatsapp.router import PATH
from integrations.channels.whatsapp.settings import WhatsAppSettings

NO_TEMPLATE = "No template is set: after 24 hours of silence nothing can be sent."
ACCOUNT_UNKNOWN = (
    "Set BOTTEGA_WHATSAPP_BUSINESS_ACCOUNT_ID to have the subscription and the templates checked."
)


@dataclass(frozen=True)
class Connection:
    """What a check found: one sentence, what is still to be done, a sentence for each template."""

    works: bool
    sentence: str
    to_do: Sequence[str] = ()
    templates: Sequence[str] = ()


async def check_connection(settings: WhatsAppSettings, *, subscribe: bool = False) -> Connection:
    """Ask the platform for the number, and for the rest where the account is known.

    Args:
        subscribe: have the account's messages delivered to the app, if they are not yet.
    """
    api, explained = CloudApi(settings), explain
    try:
        number = await api.number()
        explained = explain_account
        to_do = [
            webhook_step(settings),
            await _about_subscription(api, settings, subscribe=subscribe),
            "" if settings.templates else NO_TEMPLATE,
        ]
        templates = await _about_templates(api, settings)
    except Exception as problem:
        return Connection(False, explained(problem, settings))
    finally:
        await api.close()
    return Connection(True, _found(number), [step for step in to_do if step], templates)


def _found(number: Mapping[str, Any]) -> str:
    shown, name = number.get("display_phone_number"), number.get("verified_name")
    return f"WhatsApp knows the number {shown} as “{name}”, and the token may use it."


def webhook_step(settings: WhatsAppSettings) -> str:
    """What to enter where the webhook is registered."""
    if not settings.public_url.startswith("https://"):
        return (
            f"WhatsApp delivers to https:// addresses only, and the public address is "
            f"{settings.public_url or 'not set'!r}: set BOTTEGA_PUBLIC_URL."
        )
    return (
        f"Register {settings.public_url.rstrip('/')}{PATH} as the callback URL of the app, with "
        f"the verify token {settings.verify_token}, and subscribe it to the fields “messages” and "
        "“user_preferences”."
    )


async def _about_subscription(api: CloudApi, settings: WhatsAppSettings, *, subscribe: bool) -> str:
    """What is missing for messages to be delivered; nothing if they are."""
    account = settings.business_account_id
    if not account:
        return ACCOUNT_UNKNOWN
    if subscribe:
        await api.subscribe(account)
    if await api.subscribers(account):
        return ""
    return (
        f"No app gets the messages of the account {account}: "
        "run bottega connect-whatsapp --subscribe."
    )


async def _about_templates(api: CloudApi, settings: WhatsAppSettings) -> list[str]:
    if not (settings.templates and settings.business_account_id):
        return []
    return describe(settings, await api.templates(settings.business_account_id))
