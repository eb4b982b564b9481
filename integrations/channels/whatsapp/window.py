"""The 24 hours after a customer's message in which anything may be said; later, only templates."""

from collections.abc import Callable
from datetime import datetime, timedelta

from crm.conversation.models import Conversation
from crm.db import now
from integrations.channels.whatsapp.opting import MARKETING, refuses_marketing
from integrations.channels.whatsapp.settings import WhatsAppSettings

OPEN_FOR = timedelta(hours=24)
# What is sent in the last minute may arrive after it.
MARGIN = timedelta(minutes=1)


def is_open(last_customer_at: datetime | None, at: datetime) -> bool:
    """Whether free text may be sent at a time; by the time of the message, not of its arrival."""
    return last_customer_at is not None and at < last_customer_at + OPEN_FOR - MARGIN


def template_window(settings: WhatsAppSettings) -> Callable[[Conversation, str], str | None]:
    """Says why something could not be sent now that nobody has asked for; None if it could."""

    def reason(conversation: Conversation, purpose: str) -> str | None:
        if purpose == MARKETING and refuses_marketing(conversation.identity.details):
            return "said_no"
        if is_open(conversation.last_customer_at, now()):
            return None
        has_template = settings.template_for(purpose, conversation.language) is not None
        return None if has_template else "window_closed"

    return reason
