"""Runs actions as Rasa's endpoint does, on a message of a stored conversation."""

from datetime import timedelta
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.registry import ACTIONS
from actions.tools import Tools
from actions.turn import Turn
from crm.conversation.hours import OpeningHours
from crm.conversation.log import Incoming, receive
from crm.conversation.models import Conversation
from crm.db import Database
from crm.profile.codes import CodeRules
from tests.crm.moment.company import PHRASES, Person

AN_HOUR = timedelta(hours=1)
RULES = CodeRules(AN_HOUR, attempts=3, lock=AN_HOUR, per_hour=5, verified=AN_HOUR, key=b"key")


class Driver:
    """One customer who writes; each action that answers is called by its name."""

    def __init__(self, database: Database, person: Person, knowledge: Any = None) -> None:
        self._database, self._person = database, person
        self._slots: dict[str, Any] = {"language": "it"}
        self._tools = Tools(database, PHRASES, knowledge, RULES, OpeningHours())
        self._count = 0

    def remember(self, **slots: Any) -> None:
        """Set what earlier messages have left in the dialogue."""
        self._slots |= slots

    def run(
        self, action: str, text: str = "", *, command: str | None = None, intent: str = "",
        mood: str = "neutral", requested: str | None = None, form: str | None = None,
        **entities: str,
    ) -> dict[str, Any]:  # fmt: skip
        """What an action answers to a message: `said`, `slots` and `then`."""
        self._count += 1
        said = {
            "intent": {"name": intent}, "mood": mood, "text": text,
            "entities": [{"entity": name, "value": value} for name, value in entities.items()],
        }  # fmt: skip
        dispatcher = CollectingDispatcher()
        with self._database.writing() as session:
            conversation = session.get_one(Conversation, self._person.conversation_id)
            message = receive(
                session, conversation,
                Incoming(f"d{conversation.id}-{self._count}", text=text, command=command),
            )  # fmt: skip
            slots = {**self._slots, "requested_slot": requested}
            tracker = Tracker("c", slots, said, [], False, None, {"name": form}, "action_listen")
            turn = Turn(session, message, tracker, dispatcher, self._tools)
            next(one for one in ACTIONS if one.action == action)(self._tools).perform(turn)
        return self._result(turn, dispatcher)

    def _result(self, turn: Turn, dispatcher: CollectingDispatcher) -> dict[str, Any]:
        slots = {one["name"]: one["value"] for one in turn.events if one["event"] == "slot"}
        self._slots |= slots
        then = [one["name"] for one in turn.events if one["event"] == "followup"]
        return {
            "said": [one["response"] for one in dispatcher.messages],
            "messages": dispatcher.messages,
            "slots": slots,
            "then": then[-1] if then else None,
        }
