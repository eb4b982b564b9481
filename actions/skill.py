"""The base of all custom actions: one transaction, done once however often Rasa calls."""

import asyncio
from abc import abstractmethod
from typing import Any, ClassVar

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.tools import Tools
from actions.turn import Turn
from crm.conversation.effects import once
from crm.conversation.models import Message


class SkillAction(Action):
    """A custom action. Subclasses name it and say what it does in a turn."""

    action: ClassVar[str]

    def __init__(self, tools: Tools) -> None:
        self.tools = tools

    def name(self) -> str:
        return self.action

    @abstractmethod
    def perform(self, turn: Turn) -> None:
        """Do the work: read the turn, change what is to be changed, say and set."""

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Called by Rasa through the action endpoint."""
        return await asyncio.to_thread(self._run_once, dispatcher, tracker)

    def _run_once(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[dict[str, Any]]:
        with self.tools.database.writing(redoable=True) as session:
            message = session.get_one(Message, message_id_of(tracker))
            turn = Turn(session, message, tracker, dispatcher, self.tools)
            result = once(
                session, message.id, self.action, place_in_turn(tracker), lambda: self._do(turn)
            )
        dispatcher.messages[:] = result["responses"]
        events: list[dict[str, Any]] = result["events"]
        return events

    def _do(self, turn: Turn) -> dict[str, Any]:
        self.perform(turn)
        return {"events": turn.events, "responses": list(turn.dispatcher.messages)}


def message_id_of(tracker: Tracker) -> int:
    """The stored message that this turn answers, as the input channel passed it through."""
    return int(tracker.latest_message["metadata"]["message_id"])


def place_in_turn(tracker: Tracker) -> int:
    """How many events this turn has seen; the same at every repetition of the turn.

    A message with several wishes is several events of the customer's, all with its number.
    """
    place = len(tracker.events)
    for count, event in enumerate(reversed(tracker.events)):
        if event.get("event") == "user":
            if (event.get("metadata") or {}).get("message_id") != str(message_id_of(tracker)):
                break
            place = count
    return place
