"""What the web chat needs from the app around it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from pathlib import Path

from crm.conversation.models import Work
from crm.db import Database
from integrations.channels.webchat.door import Door
from integrations.channels.webchat.limits import RateLimit
from integrations.channels.webchat.tokens import TokenSigner
from integrations.channels.webchat.visitors import SHORTEST_SECRET
from integrations.wakeups import Wakeups

CHANNEL = "webchat"
LONGEST_TEXT = 20_000
FRAMES_PER_MESSAGE = 10


class BadWebChat(ValueError):
    """The web chat is configured in a way that cannot work."""


@dataclass(frozen=True)
class WebChat:
    """The web chat's surroundings and settings, wired by the app.

    Args:
        phrase: the bot's text of a response's name and a language.
        suggestions: what a newcomer may tap on, by language: ``[{"title", "text"}]``.
        attachments: folder for the files that customers send.
        origins: other sites (``https://www.example.it``) that may embed the widget; ``*`` is any.
        visitor_secret: signs the tokens of visitors who are logged in to the surrounding site.

    Raises:
        BadWebChat: the visitor secret is too short to be one.
    """

    database: Database
    wakeups: Wakeups
    key: bytes
    phrase: Callable[[str, str], str]
    attachments: Path
    suggestions: Callable[[str], Sequence[Mapping[str, str]]] = lambda language: ()
    origins: Sequence[str] = ()
    public_url: str = ""
    visitor_secret: str = ""
    session_hours: float = 72
    sessions_per_minute: int = 600
    messages_per_minute: int = 60
    attachment_bytes: int = 8 * 1024 * 1024
    door: Door = field(default_factory=Door, init=False)

    def __post_init__(self) -> None:
        if self.visitor_secret and len(self.visitor_secret.encode()) < SHORTEST_SECRET:
            raise BadWebChat(
                f"The visitor secret has {len(self.visitor_secret.encode())} bytes; "
                f"use at least {SHORTEST_SECRET} random ones."
            )

    @cached_property
    def signer(self) -> TokenSigner:
        """Makes and reads this server's tokens."""
        return TokenSigner(self.key, timedelta(hours=self.session_hours))

    @cached_property
    def session_limit(self) -> RateLimit:
        """New sessions by client address."""
        return RateLimit("sessions from one address", self.sessions_per_minute)

    @cached_property
    def message_limit(self) -> RateLimit:
        """Messages by session."""
        return RateLimit("messages", self.messages_per_minute)

    @cached_property
    def frame_limit(self) -> RateLimit:
        """WebSocket frames by session."""
        return RateLimit("frames", self.messages_per_minute * FRAMES_PER_MESSAGE)

    def announce(self, session_id: str, conversation_id: int) -> None:
        """Tell the engine and every listener that something was stored. From the event loop."""
        self.wakeups.notify(conversation_id, [Work.TURNS])
        self.door.welcome(session_id)

    def stop(self) -> None:
        """Let waiting requests and connections go. Call it when the server begins to stop."""
        self.door.close()
