"""What every messaging platform is to the rest of Bottega: it sends, and says what became of it.

Incoming messages go the other way without a port: an adapter verifies them, turns them into
`crm.conversation.log.Incoming`, stores them and only then answers the platform.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True)
class Outbound:
    """A stored reply, to be rendered for the platform. Composed once, the same for all channels.

    Args:
        address: whom to send it to, as the channel identity's external id.
        buttons: ``{"title", "payload"}`` with an opaque token, or ``{"title", "url"}``.
        cards: ``{"title", "subtitle", "image", "url", "buttons"}``.
        attachments: ``{"id", "name", "type", "size", "file"}``.
        last_customer_at: when the customer last wrote, for platforms with a window.
        template: the purpose of the approved template in which it is to be said, if in one.
    """

    message_id: int
    conversation_id: int
    address: str
    role: str
    language: str
    text: str = ""
    buttons: Sequence[Mapping[str, Any]] = ()
    cards: Sequence[Mapping[str, Any]] = ()
    attachments: Sequence[Mapping[str, Any]] = ()
    last_customer_at: datetime | None = None
    template: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Sent:
    """The platform took it, under these ids (one for each platform message it became)."""

    external_ids: Sequence[str]


@dataclass(frozen=True)
class Refused:
    """The platform will never take it; trying again is useless."""

    code: str
    reason: str


@dataclass(frozen=True)
class Later:
    """Certainly not sent; to be tried again, not before `seconds` have passed."""

    seconds: float
    reason: str


@dataclass(frozen=True)
class Unknown:
    """It may or may not have been sent. Not tried again: nobody likes to be told twice."""

    reason: str


Outcome = Sent | Refused | Later | Unknown


class Channel(Protocol):
    """A messaging platform that messages are pushed to."""

    name: str

    async def send(self, outbound: Outbound) -> Outcome:
        """Send one reply, as one or several platform messages in order. Never raises."""
        ...
