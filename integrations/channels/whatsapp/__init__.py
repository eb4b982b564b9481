"""WhatsApp through the Cloud API: the webhook, and the channel that sends."""

from integrations.channels.whatsapp.approval import Approvals
from integrations.channels.whatsapp.channel import WhatsAppChannel
from integrations.channels.whatsapp.connect import check_connection
from integrations.channels.whatsapp.router import whatsapp_router
from integrations.channels.whatsapp.settings import (
    BadWhatsAppSettings,
    Template,
    WhatsAppSettings,
    read_templates,
)
from integrations.channels.whatsapp.whatsapp import WhatsApp

__all__ = [
    "Approvals",
    "BadWhatsAppSettings",
    "Template",
    "WhatsApp",
    "WhatsAppChannel",
    "WhatsAppSettings",
    "check_connection",
    "read_templates",
    "whatsapp_router",
]
