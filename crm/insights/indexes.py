"""Indexes by time, so that a month of figures does not read years of messages."""

from sqlalchemy import Index

from crm.conversation.models import Conversation, ConversationEvent, Message
from crm.offer.models import OfferEvent

BY_TIME = (
    Index("ix_message_at_role", Message.at, Message.role, Message.conversation_id),
    Index("ix_conversation_event_at", ConversationEvent.at),
    Index("ix_offer_event_at", OfferEvent.at),
    Index("ix_conversation_mode_updated_at", Conversation.mode, Conversation.updated_at),
)
