"""Sees whether the number and the token work, and says in one sentence what is wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from pywa.errors import WhatsAppError

from integrations.channels.whatsapp.client import PROOF, CloudApi
from integrations.channels.whatsapp.outcomes import reason_of
from integrations.channels.whatsapp.router import PATH
from integrations.channels.whatsapp.settings import Template, WhatsAppSettings

APPROVED = "APPROVED"
TOKEN_REFUSED = (0, 190)
NOT_PERMITTED = (3, 10, *range(200, 300))
UNKNOWN_OBJECT = (33, 100)
ACCOUNT_UNKNOWN = (
    "Set BOTTEGA_WHATSAPP_BUSINESS_ACCOUNT_ID to have the subscription and the templates checked."
)


@dataclass(frozen=True)
class Connection:
    """What a check found: one sentence, and what is still to be done."""

    works: bool
    sentence: str
    to_do: Sequence[str] = ()


async def check_connection(settings: WhatsAppSettings, *, subscribe: bool = False) -> Connection:
    """Ask the platform for the number, and for the rest where the account is known.

    Args:
        subscribe: have the account's messages delivered to the app, if they are not yet.
    """
    api = CloudApi(settings)
    try:
        number = await api.number()
        to_do = [
            webhook_step(settings),
            await _about_subscription(api, settings, subscribe=subscribe),
            *await _about_templates(api, settings),
        ]
    except Exception as problem:
        return Connection(False, explain(problem, settings))
    finally:
        await api.close()
    return Connection(True, _found(number), [step for step in to_do if step])


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
    if not settings.templates:
        return ["No template is set: after 24 hours of silence nothing can be sent."]
    if not settings.business_account_id:
        return []
    known = await api.templates(settings.business_account_id)
    return [_about(template, known) for template in settings.templates.values()]


def _about(template: Template, known: Sequence[Mapping[str, Any]]) -> str:
    """What is wrong with a template; nothing if it is approved."""
    for one in known:
        if one.get("name") == template.name and one.get("language") == template.language:
            if one.get("status") == APPROVED:
                return ""
            return f"The template {template.name} ({template.language}) is {one.get('status')}."
    return f"The account has no template {template.name} in the language {template.language}."


def explain(problem: Exception, settings: WhatsAppSettings) -> str:
    """One sentence on why the platform could not be used, without the token."""
    if isinstance(problem, WhatsAppError):
        return _explain_answer(problem, settings)
    if isinstance(problem, httpx.HTTPError):
        return (
            f"{settings.api_url} cannot be reached ({type(problem).__name__}): "
            "look whether this machine may open connections to it."
        )
    return f"{settings.api_url} does not answer as the Cloud API does; look at its address."


def _explain_answer(problem: WhatsAppError, settings: WhatsAppSettings) -> str:
    if PROOF in problem.message:
        return (
            "The app secret does not belong to the token's app: copy it from the app's basic "
            "settings. With a wrong one every delivery is refused."
        )
    if problem.code in TOKEN_REFUSED:
        return (
            "The token is not accepted or has expired: make one for a system user, which does "
            "not expire, in the business settings."
        )
    if problem.code in NOT_PERMITTED:
        return (
            "The token lacks a permission: give the system user whatsapp_business_messaging and "
            "whatsapp_business_management, and the WhatsApp account as an asset."
        )
    if problem.code in UNKNOWN_OBJECT:
        return (
            f"There is no number with the id {settings.phone_number_id}, or the token may not see "
            "it: the id stands below the number in the app's WhatsApp settings."
        )
    return f"WhatsApp answered: {reason_of(problem)}."
