"""The message log and the conversations in it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Computed, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db.base import Base, Json, now, words
from crm.db.json_path import TextAt
from crm.profile.models import ChannelIdentity


class Mode(StrEnum):
    """Who answers: the bot, nobody yet, a person, nobody any more."""

    BOT = "bot"
    WAITING = "waiting"
    HUMAN = "human"
    CLOSED = "closed"


class Role(StrEnum):
    """Who says a message."""

    CUSTOMER = "customer"
    BOT = "bot"
    AGENT = "agent"
    SYSTEM = "system"


class State(StrEnum):
    """How far a message has come. Incoming: the first three; outgoing: the rest.

    SENDING is written before a platform is called: found after a crash, it means that nobody
    knows whether the platform got the message (UNKNOWN).
    """

    RECEIVED = "received"
    HANDLED = "handled"
    DEAD = "dead"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SUPPRESSED = "suppressed"


class Work(StrEnum):
    """What a process does for a conversation, one process at a time for each."""

    TURNS = "turns"
    DELIVERY = "delivery"


class Conversation(Base):
    """All that was said with one identity on one channel, and who answers now.

    Everything up to `human_until_seq` was for a person to deal with: the bot neither answers it
    nor says what it had still to say then. `chat_free_at` is when the chat's pace is spent no more.
    """

    __tablename__ = "conversation"

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    identity_id: Mapped[int] = mapped_column(ForeignKey("channel_identity.id"), unique=True)
    language: Mapped[str] = mapped_column(String(2), default="it")
    mode: Mapped[Mode] = mapped_column(words(Mode), default=Mode.BOT, index=True)
    mode_since: Mapped[datetime] = mapped_column(default=now)
    mode_message_id: Mapped[int | None]
    handoff_cause: Mapped[str | None] = mapped_column(String(40))
    handoff_ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id", use_alter=True))
    assignee: Mapped[str | None] = mapped_column(String(80))
    failed_tries: Mapped[int] = mapped_column(default=0)
    last_seq: Mapped[int] = mapped_column(default=0)
    last_customer_at: Mapped[datetime | None]
    human_until_seq: Mapped[int] = mapped_column(default=0, server_default="0")
    chat_free_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, index=True)

    identity: Mapped[ChannelIdentity] = relationship(lazy="joined")


class Message(Base):
    """One thing said. `seq` counts up from 1 within the conversation.

    `template` is the purpose of the approved template in which a platform is to say it.
    `purpose` is set on what the bot says without being asked; see `crm.moment`. The database
    itself takes `intent` and `mood` from `understanding`, so that figures need not read all of it.
    """

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("conversation_id", "seq"),
        UniqueConstraint("channel", "external_id"),
        Index(None, "state", "next_attempt_at"),
        Index(
            "ix_message_to_answer",
            "conversation_id",
            "seq",
            sqlite_where=sql("state IN ('received')"),
            postgresql_where=sql("state IN ('received')"),
        ),
        Index(
            "ix_message_to_send",
            "channel",
            "conversation_id",
            "seq",
            sqlite_where=sql("state IN ('queued', 'sending')"),
            postgresql_where=sql("state IN ('queued', 'sending')"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"))
    seq: Mapped[int]
    channel: Mapped[str] = mapped_column(String(16))
    external_id: Mapped[str | None] = mapped_column(String(200))
    role: Mapped[Role] = mapped_column(words(Role))
    text: Mapped[str] = mapped_column(Text, default="")
    command: Mapped[str | None] = mapped_column(Text)
    buttons: Mapped[list[Any]] = mapped_column(default=list)
    cards: Mapped[list[Any]] = mapped_column(default=list)
    attachments: Mapped[list[Any]] = mapped_column(default=list)
    template: Mapped[str | None] = mapped_column(String(40))
    understanding: Mapped[dict[str, Any] | None] = mapped_column(Json)
    intent: Mapped[str | None] = mapped_column(
        String, Computed(TextAt("understanding", "intent", "name"), persisted=True), deferred=True
    )
    mood: Mapped[str | None] = mapped_column(
        String, Computed(TextAt("understanding", "mood"), persisted=True), deferred=True
    )
    reply_to_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"), index=True)
    state: Mapped[State] = mapped_column(words(State))
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(String(200))
    author: Mapped[str | None] = mapped_column(String(80))
    purpose: Mapped[str | None] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(default=now)

    conversation: Mapped[Conversation] = relationship()


class PlatformMessage(Base):
    """What a platform made of a message: one or several of its own, each with its own state.

    `message_id` is empty while the platform reports on something that nobody has claimed yet: its
    report may come before its answer to the sending.
    """

    __tablename__ = "platform_message"
    __table_args__ = (UniqueConstraint("channel", "external_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    external_id: Mapped[str] = mapped_column(String(200))
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"), index=True)
    state: Mapped[State] = mapped_column(words(State))
    error: Mapped[str | None] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(default=now)


class Claim(Base):
    """Which process works on a conversation and until when, where there are several processes."""

    __tablename__ = "claim"

    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"), primary_key=True)
    work: Mapped[Work] = mapped_column(words(Work), primary_key=True)
    holder: Mapped[str] = mapped_column(String(40), index=True)
    until: Mapped[datetime]


class Pace(Base):
    """When a channel's allowance of messages a second is spent no more, for several processes."""

    __tablename__ = "pace"

    channel: Mapped[str] = mapped_column(String(16), primary_key=True)
    free_at: Mapped[datetime]


class Presence(Base):
    """When one of the staff was last seen at work."""

    __tablename__ = "presence"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    seen_at: Mapped[datetime]


class PressableButton(Base):
    """What a pressed button means; the client only ever sees the token."""

    __tablename__ = "pressable_button"

    token: Mapped[str] = mapped_column(String(32), primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"), index=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"))
    title: Mapped[str] = mapped_column(String(200))
    command: Mapped[str] = mapped_column(Text)


class TurnEffect(Base):
    """What an action did and said in a turn, so that a repeated turn does not do it again."""

    __tablename__ = "turn_effect"

    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), primary_key=True)
    action: Mapped[str] = mapped_column(String(80), primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True)
    result: Mapped[dict[str, Any]]


class ConversationEvent(Base):
    """A change of mode or of hands, kept for the summary, the desk and the audit."""

    __tablename__ = "conversation_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"), index=True)
    what: Mapped[str] = mapped_column(String(40))
    actor: Mapped[str] = mapped_column(String(80))
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[datetime] = mapped_column(default=now)


class ConversationTag(Base):
    """A word that the staff put on a conversation."""

    __tablename__ = "conversation_tag"

    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"), primary_key=True)
    tag: Mapped[str] = mapped_column(String(40), primary_key=True, index=True)
    actor: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(default=now)
