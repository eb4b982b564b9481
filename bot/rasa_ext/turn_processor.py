"""Takes one customer message through Rasa: all of it, once, or a clear failure.

Rasa's own processor logs an exception of an action and carries on as if the action had done
nothing. Here a failed action fails the turn and nothing of the turn is stored, so that it can be
tried again; and a message that was already handled is not handled again: what the bot said to it
then is read from the tracker and returned once more.
"""

from dataclasses import dataclass
from typing import Any

from rasa.core.actions.action import Action, ActionExecutionRejection
from rasa.core.channels.channel import CollectingOutputChannel, OutputChannel, UserMessage
from rasa.core.nlg import NaturalLanguageGenerator
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    BotUttered,
    Event,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

LANGUAGE_SLOT = "language"
UNDERSTOOD = ("intent", "intent_ranking", "entities", "language", "mood", "mood_score")


class TurnFailed(Exception):
    """An action of the turn failed; nothing of the turn was stored."""


@dataclass(frozen=True)
class Turn:
    """What came of a message: the replies in order, how it was understood, the actions run, and the
    language in which the conversation goes on.
    """

    replies: list[dict[str, Any]]
    understanding: dict[str, Any]
    actions: list[str]
    language: str | None
    repeated: bool


class TurnProcessor(MessageProcessor):
    """Rasa's processor with whole turns."""

    @classmethod
    def around(cls, processor: MessageProcessor) -> "TurnProcessor":
        """Serve with the model that a stock processor has already loaded."""
        strict = cls.__new__(cls)
        strict.__dict__.update(processor.__dict__)
        return strict

    async def take_turn(self, message: UserMessage) -> Turn:
        """Handle a message, or repeat what was answered when it is known already.

        Raises:
            TurnFailed: an action failed or could not be reached.
        """
        tracker = await self.get_tracker(message.sender_id)
        said = _events_since(tracker, message.message_id)
        if said:
            return _turn_from(said, tracker.get_slot(LANGUAGE_SLOT), repeated=True)
        await self._run_turn(message, tracker)
        said = _events_since(tracker, message.message_id)
        return _turn_from(said, tracker.get_slot(LANGUAGE_SLOT), repeated=False)

    async def _run_turn(self, message: UserMessage, tracker: DialogueStateTracker) -> None:
        """`handle_message`, with the tracker at hand instead of reading it once more."""
        await self._update_tracker_session(tracker, message.output_channel, message.metadata)
        await self._handle_message_with_tracker(message, tracker)
        self._follow_language(tracker)
        tracker = await self.run_action_extract_slots(message.output_channel, tracker)
        await self._run_prediction_loop(message.output_channel, tracker)
        await self.save_tracker(tracker)

    def _follow_language(self, tracker: DialogueStateTracker) -> None:
        said = tracker.latest_message
        language = (said.parse_data.get("language") if said else None) or (
            said.metadata.get("language") if said else None
        )
        if language and language != tracker.get_slot(LANGUAGE_SLOT):
            tracker.update(SlotSet(LANGUAGE_SLOT, language), self.domain)

    async def _run_action(
        self,
        action: Action,
        tracker: DialogueStateTracker,
        output_channel: OutputChannel,
        nlg: NaturalLanguageGenerator,
        prediction: PolicyPrediction,
    ) -> bool:
        return await super()._run_action(
            _FailingAloud(action), tracker, output_channel, nlg, prediction
        )


class _FailingAloud(Action):
    """Runs an action and lets its failure pass the processor's catch-all."""

    def __init__(self, action: Action) -> None:
        self._action = action

    def name(self) -> str:
        return self._action.name()

    def event_for_successful_execution(self, prediction: PolicyPrediction) -> ActionExecuted:
        return self._action.event_for_successful_execution(prediction)

    async def run(self, *args: Any, **kwargs: Any) -> list[Event]:
        try:
            return await self._action.run(*args, **kwargs)
        except ActionExecutionRejection:
            raise
        except Exception as error:
            raise _Unstoppable(self.name()) from error


class _Unstoppable(BaseException):
    """Passes `except Exception`; turned into TurnFailed by the channel's edge."""


def _events_since(tracker: DialogueStateTracker, message_id: str | None) -> list[Event]:
    """The events of one turn: from the customer's message to the next customer's message."""
    turn: list[Event] = []
    for event in tracker.events:
        if isinstance(event, UserUttered):
            if turn:
                break
            if event.message_id == message_id:
                turn.append(event)
        elif turn:
            turn.append(event)
    return turn


def _turn_from(events: list[Event], language: str | None, repeated: bool) -> Turn:
    said = events[0]
    replies = [_reply(event) for event in events if isinstance(event, BotUttered)]
    actions = [
        event.action_name
        for event in events
        if isinstance(event, ActionExecuted) and event.action_name
    ]
    rejected = {e.action_name for e in events if isinstance(e, ActionExecutionRejected)}
    understanding = {key: said.parse_data[key] for key in UNDERSTOOD if key in said.parse_data}
    understanding["rejected"] = sorted(rejected)
    return Turn(replies, understanding, actions, language, repeated)


def _reply(event: BotUttered) -> dict[str, Any]:
    reply: dict[str, Any] = {"text": event.text or ""}
    if event.metadata.get("utter_action"):
        reply["response"] = event.metadata["utter_action"]
    for part in ("buttons", "custom"):
        if event.data.get(part):
            reply[part] = event.data[part]
    return reply


async def take_turn(processor: TurnProcessor, message: UserMessage) -> Turn:
    """Take a turn at the edge, where an action's failure becomes an ordinary exception."""
    message.output_channel = CollectingOutputChannel()
    try:
        return await processor.take_turn(message)
    except _Unstoppable as failure:
        raise TurnFailed(str(failure)) from failure.__cause__
