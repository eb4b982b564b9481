"""Telegram takes messages at any time, but not from a bot that its user has blocked."""

from crm.conversation.models import Conversation


def blocked_window(conversation: Conversation, purpose: str) -> str | None:
    """Why nothing can be said in a chat now, if that is known before."""
    return "blocked" if conversation.identity.details.get("blocked_at") else None
