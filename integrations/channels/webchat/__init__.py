"""The web chat: sessions, messages, files, a WebSocket and the widget for any page."""

from integrations.channels.webchat.chat import BadWebChat, WebChat
from integrations.channels.webchat.router import webchat_router

__all__ = ["BadWebChat", "WebChat", "webchat_router"]
