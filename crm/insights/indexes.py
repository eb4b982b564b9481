"""Indexes by time, so that a month of figures does not read years of messages.

Those that name more than what is looked for hold all that a figure counts: the rows themselves,
with their long texts, are not read.
"""

from sqlalchemy import Index

from crm.conversation.models import Conversation, ConversationEvent, Message
from crm.event.models import Signal
from crm.offer.models import OfferEvent
from crm.order.models import Order, OrderLine

BY_TIME = (
    Index(
        "ix_message_said",
        Message.at,
        Message.role,
        Message.conversation_id,
        Message.intent,
        Message.mood,
    ),
    Index("ix_conversation_event_at", ConversationEvent.at),
    Index("ix_offer_event_at", OfferEvent.at),
    Index("ix_conversation_mode_updated_at", Conversation.mode, Conversation.updated_at),
    Index("ix_order_history", Order.customer_id, Order.status, Order.placed_at, Order.total),
    Index("ix_order_line_goods", OrderLine.order_id, OrderLine.sku),
    Index("ix_signal_at_kind", Signal.at, Signal.kind),
)
