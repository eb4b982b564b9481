"""One run of one action: what the customer said, what is known, what to answer."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy import select
from sqlalchemy.orm import Session

from actions.tools import Tools
from crm.conversation.models import Conversation, Message, Role
from crm.profile.assurance import level_of
from crm.profile.models import ChannelIdentity, Customer, Level

REQUESTED = "requested_slot"
COMMAND_MARK = "/"


@dataclass
class Turn:
    """What an action works with. It speaks with `say`, remembers with `set`, goes on with `then`.

    Events and responses are collected and handed to Rasa when the action's transaction is
    committed.
    """

    session: Session
    message: Message
    tracker: Tracker
    dispatcher: CollectingDispatcher
    tools: Tools
    events: list[dict[str, Any]] = field(default_factory=list)

    @property
    def conversation(self) -> Conversation:
        return self.message.conversation

    @property
    def identity(self) -> ChannelIdentity:
        return self.conversation.identity

    @property
    def customer(self) -> Customer | None:
        return self.identity.customer

    @property
    def level(self) -> Level:
        return level_of(self.identity)

    @property
    def said(self) -> Mapping[str, Any]:
        """Rasa's reading of the customer's message."""
        said: Mapping[str, Any] = self.tracker.latest_message
        return said

    @property
    def command(self) -> str | None:
        """What the pressed button stands for; a wish that has waited may be one as well."""
        if not (self.said.get("metadata") or {}).get("late"):
            return self.message.command
        return self._words if self._words.startswith(COMMAND_MARK) else None

    @property
    def text(self) -> str:
        """What the customer typed, or the part of it that this is about; empty for a button.

        A button that only tells how a message was meant stands for the words of that message.
        """
        if self.command:
            before = self.previous() if self.entity("said") else None
            return before.text if before else ""
        return self.message.text if self._words.startswith(COMMAND_MARK) else self._words

    @property
    def whole_text(self) -> str:
        """Everything that the customer typed, of which this may be about a part."""
        return "" if self.message.command else self.message.text

    @property
    def _words(self) -> str:
        return str(self.said.get("text") or "")

    @property
    def intent(self) -> str:
        return str((self.said.get("intent") or {}).get("name") or "")

    @property
    def mood(self) -> str:
        return str(self.said.get("mood") or "neutral")

    @property
    def language(self) -> str:
        return str(self.slot("language") or self.conversation.language)

    def entities(self, name: str) -> Iterator[str]:
        """The values of an entity in the message, in order."""
        for entity in self.said.get("entities") or ():
            if entity["entity"] == name:
                yield str(entity["value"])

    def entity(self, name: str) -> str | None:
        """The first value of an entity in the message."""
        return next(self.entities(name), None)

    def entity_as_written(self, name: str) -> str | None:
        """The customer's own words for the first entity of a kind, not what they stand for."""
        for entity in self.said.get("entities") or ():
            if entity["entity"] == name:
                return self.text[entity["start"] : entity["end"]] or str(entity["value"])
        return None

    def previous(self) -> Message | None:
        """The customer's message before this one."""
        query = select(Message).where(
            Message.conversation_id == self.conversation.id,
            Message.role == Role.CUSTOMER,
            Message.seq < self.message.seq,
        )
        return self.session.scalar(query.order_by(Message.seq.desc()).limit(1))

    def spoke_of(self, *intents: str) -> bool:
        """Whether the message before was about this ("and in Rome?" after the hours in Milan)."""
        before = self.previous()
        understood = (before.understanding if before else None) or {}
        return understood.get("intent", {}).get("name") in intents

    def slot(self, name: str) -> Any:
        """A slot's value, with what this action has set already."""
        for event in reversed(self.events):
            if event.get("event") == "slot" and event["name"] == name:
                return event["value"]
        return self.tracker.slots.get(name)

    @property
    def requested(self) -> str | None:
        """The slot that the active form has asked for."""
        requested: str | None = self.tracker.slots.get(REQUESTED)
        return requested

    @property
    def form(self) -> str | None:
        """The form that is active."""
        name: str | None = (self.tracker.active_loop or {}).get("name")
        return name

    def said_before(self) -> list[Mapping[str, Any]]:
        """What the bot said to the message before this one: Rasa's events, oldest first."""
        events = iter(reversed(self.tracker.events))
        for event in events:
            if event.get("event") == "user":
                break
        said: list[Mapping[str, Any]] = []
        for event in events:
            if event.get("event") in ("user", "session_started"):
                break
            if event.get("event") == "bot":
                said.append(event)
        return said[::-1]

    def responses_now(self) -> list[str]:
        """The names of the responses to this message so far."""
        said: list[str] = []
        for event in reversed(self.tracker.events):
            if event.get("event") == "user":
                break
            if event.get("event") == "bot":
                said.append(str((event.get("metadata") or {}).get("utter_action")))
        return said[::-1]

    def responses_before(self) -> list[str]:
        """The names of the responses to the message before this one."""
        names = [(event.get("metadata") or {}).get("utter_action") for event in self.said_before()]
        return [name for name in names if name]

    def say(
        self, response: str, *, cards: Sequence[Mapping[str, Any]] | None = None, **values: Any
    ) -> None:
        """Answer with a response of the domain."""
        extra: dict[str, Any] = {"json_message": {"cards": list(cards)}} if cards else {}
        self.dispatcher.utter_message(response=response, **extra, **values)

    def phrase(self, name: str, **values: object) -> str:
        """A text of the domain in the conversation's language, to be put into another one."""
        return self.tools.phrases.text(name, self.language, **values)

    def set(self, **slots: Any) -> None:
        """Remember values in the dialogue."""
        self.events += [SlotSet(name, value) for name, value in slots.items()]

    def leave_form(self) -> None:
        """Ask for nothing any more."""
        self.events += [ActiveLoop(None), SlotSet(REQUESTED, None)]

    def then(self, action: str) -> None:
        """Go on with another action or form."""
        self.events.append(FollowupAction(action))
