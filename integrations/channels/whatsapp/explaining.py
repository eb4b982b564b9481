"""Why the platform could not be used: one sentence with the way out, without the token."""

import httpx
from pywa.errors import WhatsAppError

from integrations.channels.whatsapp.client import PROOF
from integrations.channels.whatsapp.outcomes import reason_of
from integrations.channels.whatsapp.settings import WhatsAppSettings

TOKEN_REFUSED = (0, 190)
NOT_PERMITTED = (3, 10, *range(200, 300))
UNKNOWN_OBJECT = (33, 100)


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


def explain_account(problem: Exception, settings: WhatsAppSettings) -> str:
    """As `explain`, where not the number was asked for but the account."""
    if isinstance(problem, WhatsAppError) and problem.code in UNKNOWN_OBJECT:
        return (
            f"There is no WhatsApp Business Account with the id {settings.business_account_id}, or "
            "the token may not see it: compare BOTTEGA_WHATSAPP_BUSINESS_ACCOUNT_ID with the "
            "business settings."
        )
    return explain(problem, settings)


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
