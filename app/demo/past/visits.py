"""Writes one customer's visits into the message log, at times that are past."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from sqlalchemy.orm import Session

from actions.phrases import Phrases, UnknownPhrase
from app.demo.past.script import Exchange
from crm.conversation.models import (
    Conversation,
    ConversationEvent,
    Message,
    Role,
    State,
)
from crm.profile.models import ChannelIdentity, Customer

BOT_SECONDS = 2
UNSURE = ("nlu_fallback", "out_of_scope")


@dataclass
class Visit:
    """A conversation that goes on; `at` is when the last word was said.

    Attributes:
        values: what fills the places in texts.
        answered: what was said with its answer, not yet tied together.
    """

    session: Session
    dice: Random
    phrases: Phrases
    talk: Conversation
    customer: Customer | None
    at: datetime
    values: dict[str, str] = field(default_factory=dict)
    answered: list[tuple[Message, Message]] = field(default_factory=list)

    def turn(self, exchange: Exchange, act: Callable[[Message], None] | None = None) -> Message:
        """The customer says something, the assistant acts and answers; the customer's message."""
        self.pause(0.3, 2.5)
        said = self.say(Role.CUSTOMER, self.dice.choice(exchange.says), read=self.reading(exchange))
        self.at += timedelta(seconds=BOT_SECONDS)
        if act:
            act(said)
        self.answered.append((said, self.say(Role.BOT, exchange.answer)))
        return said

    def end(self) -> None:
        """Store it, each answer tied to what it answers."""
        self.session.flush()
        for said, answer in self.answered:
            answer.reply_to_id = said.id

    def pause(self, least: float, most: float) -> None:
        """Let some minutes pass."""
        self.at += timedelta(minutes=self.dice.uniform(least, most))

    def say(
        self,
        role: Role,
        text: str,
        *,
        read: dict[str, object] | None = None,
        author: str | None = None,
    ) -> Message:
        """Put something said into the log, where nothing is left to be done with it."""
        talk = self.talk
        talk.last_seq += 1
        talk.updated_at = self.at
        if role == Role.CUSTOMER:
            talk.last_customer_at = self.at
        message = Message(
            conversation=talk, seq=talk.last_seq, channel=talk.channel, role=role,
            text=self._worded(text), state=State.HANDLED if role == Role.CUSTOMER else State.READ,
            understanding=read, author=author, at=self.at,
        )  # fmt: skip
        self.session.add(message)
        return message

    def _worded(self, text: str) -> str:
        try:
            return self.phrases.text(text, self.talk.language, **self.values)
        except UnknownPhrase:
            return text.format_map(self.values)

    def reading(self, exchange: Exchange) -> dict[str, object]:
        """What the assistant made of it, as the engine would have written it down."""
        low, high = (0.21, 0.44) if exchange.read in UNSURE else (0.71, 0.99)
        return {
            "intent": {
                "name": exchange.read,
                "confidence": round(self.dice.uniform(low, high), 2),
            },
            "mood": exchange.mood,
            "language": self.talk.language,
            "entities": [],
        }

    def note(self, what: str, actor: str, **details: str) -> None:
        """Write down a change of hands."""
        self.session.add(
            ConversationEvent(
                conversation_id=self.talk.id, what=what, actor=actor, details=details, at=self.at
            )
        )


def open_talk(
    session: Session, identity: ChannelIdentity, language: str, at: datetime
) -> Conversation:
    """A conversation that began then."""
    identity.created_at = at
    talk = Conversation(
        channel=identity.channel,
        identity=identity,
        language=language,
        created_at=at,
        updated_at=at,
        mode_since=at,
        last_seq=0,
    )
    session.add(talk)
    session.flush()
    return talk
