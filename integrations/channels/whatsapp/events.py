"""What can happen on WhatsApp, as far as it concerns us; read from deliveries, then stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crm.conversation.models import State
from integrations.channels.shared_media import Remote

CHANNEL = "whatsapp"


@dataclass(frozen=True)
class Sender:
    """Who writes: a number, a business-scoped user id, or both. One of them is there.

    Args:
        phone: digits with the country, no plus; missing for who goes by a user name.
        user_id: "IT.13491208655302741918"; missing in older deliveries.
        name: how they call themselves; evidence of nothing.
    """

    phone: str | None = None
    user_id: str | None = None
    name: str = ""


@dataclass(frozen=True)
class Said:
    """A message for the bot or for people.

    Args:
        token: of the button or row that was chosen; its title is in `text`.
        command: what the message stands for where there are no words, or the token is not ours.
    """

    wamid: str
    sender: Sender
    at: datetime
    text: str = ""
    token: str | None = None
    command: str | None = None
    media: Remote | None = None


@dataclass(frozen=True)
class Gesture:
    """Something that wants no answer: a reaction, a message taken back."""

    sender: Sender
    at: datetime
    what: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Progress:
    """How far one of our messages has come. `message_id` is our own, which we sent along."""

    wamid: str
    state: State
    at: datetime
    error: str = ""
    message_id: int | None = None


@dataclass(frozen=True)
class Moved:
    """The same person, under another number and user id."""

    before: Sender
    after: Sender
    at: datetime


@dataclass(frozen=True)
class Preference:
    """Stopped or resumed marketing messages in WhatsApp's own settings."""

    sender: Sender
    at: datetime
    wanted: bool
    words: str


Event = Said | Gesture | Progress | Moved | Preference
