"""Takes one customer message through Rasa: all of it, once, or a clear failure.

Rasa's own processor logs an exception of an action and carries on as if the action had done
nothing. Here a failed action fails the turn and nothing of the turn is stored, so that it can be
tried again; and a message that was already handled is not handled again: what the bot said to it
then is read from the tracker and returned once more.

A message with several wishes is taken as if they had come one after the other. What cannot be
answered yet, because a form asks for something first, waits in a slot until no form asks any more.
"""

from dataclasses import dataclass
from typing import Any

from rasa.core.actions.action import Action, ActionExecutionRejection, create_bot_utterance
from rasa.core.channels.channel import CollectingOutputChannel, OutputChannel, UserMessage
from rasa.core.nlg import NaturalLanguageGenerator
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.shared.core.constants import REQUESTED_SLOT
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    BotUttered,
    Event,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

from bot.rasa_ext.typed import COMMAND_MARK
from bot.rasa_ext.wishes import Part, as_told, parts_of, without_preamble

LANGUAGE_SLOT = "language"
LATER_SLOT = "later_wishes"
THEN_THE_REST = "utter_then_the_rest"
# Questions of forms; of several in one turn only the last still stands.
QUESTION = "utter_ask_"
# Whatever is said then belongs to the description.
DESCRIBED = "ticket_description"
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
        first, *others = await self._parts(message, tracker)
        await self._take(message, first, tracker)
        if tracker.active_loop_name and others and first.family:
            await self._put_off(message, others, tracker)
        else:
            for part in others:
                await self._take(message, part, tracker)
        await self._take_up(message, tracker)
        await self.save_tracker(tracker)

    async def _parts(self, message: UserMessage, tracker: DialogueStateTracker) -> list[Part]:
        text = message.text or ""
        whole = await self.parse_message(message, tracker)
        if text.startswith(COMMAND_MARK):
            return [Part(text, whole)]

        async def parse(piece: str) -> dict[str, Any]:
            return await self.parse_message(_saying(message, piece), tracker)

        undivided = await without_preamble(text, whole, parse)
        requested = tracker.get_slot(REQUESTED_SLOT) if tracker.active_loop_name else None
        if requested == DESCRIBED:
            return [as_told(undivided)]
        is_asked = requested is not None
        return await parts_of(undivided.text, undivided.reading, parse, is_asked=is_asked)

    async def _take(
        self, message: UserMessage, part: Part, tracker: DialogueStateTracker, *, late: bool = False
    ) -> None:
        """Answer one part of the message, or a wish that has waited."""
        said = _saying(message, part.text)
        said.parse_data = part.reading  # type: ignore[assignment]
        said.metadata = {**(message.metadata or {}), "late": late}
        await self._handle_message_with_tracker(said, tracker)
        self._follow_language(tracker)
        tracker = await self.run_action_extract_slots(message.output_channel, tracker)
        await self._run_prediction_loop(message.output_channel, tracker)

    async def _put_off(
        self, message: UserMessage, parts: list[Part], tracker: DialogueStateTracker
    ) -> None:
        """Keep wishes for when the first is done with, and say so."""
        waiting = [*(tracker.get_slot(LATER_SLOT) or ()), *(part.text for part in parts)]
        tracker.update(SlotSet(LATER_SLOT, waiting), self.domain)
        said = await self.nlg.generate(THEN_THE_REST, tracker, message.output_channel.name())
        tracker.update(
            create_bot_utterance({**(said or {}), "utter_action": THEN_THE_REST}), self.domain
        )

    async def _take_up(self, message: UserMessage, tracker: DialogueStateTracker) -> None:
        """Answer the wishes that have waited, as long as no form asks for something."""
        while not tracker.active_loop_name and (waiting := tracker.get_slot(LATER_SLOT)):
            tracker.update(SlotSet(LATER_SLOT, waiting[1:] or None), self.domain)
            said = _saying(message, waiting[0])
            part = Part(waiting[0], await self.parse_message(said, tracker))
            await self._take(message, part, tracker, late=True)

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


def _saying(message: UserMessage, text: str) -> UserMessage:
    """The same message with a part of its text, or with what was said before."""
    return UserMessage(
        text=text,
        output_channel=message.output_channel,
        sender_id=message.sender_id,
        input_channel=message.input_channel,
        message_id=message.message_id,
        metadata=message.metadata,
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
        if isinstance(event, UserUttered) and event.message_id != message_id:
            if turn:
                break
        elif turn or isinstance(event, UserUttered):
            turn.append(event)
    return turn


def _turn_from(events: list[Event], language: str | None, repeated: bool) -> Turn:
    said = [event for event in events if isinstance(event, UserUttered)]
    replies = [_reply(event) for event in events if isinstance(event, BotUttered)]
    actions = [
        event.action_name
        for event in events
        if isinstance(event, ActionExecuted) and event.action_name
    ]
    rejected = {e.action_name for e in events if isinstance(e, ActionExecutionRejected)}
    read = said[0].parse_data
    understanding = {key: read[key] for key in UNDERSTOOD if key in read}
    understanding["rejected"] = sorted(rejected)
    if len(said) > 1:
        understanding["also"] = [part.parse_data["intent"]["name"] for part in said[1:]]
        replies = _once(replies)
    return Turn(replies, understanding, actions, language, repeated)


def _once(replies: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The replies to several parts of a message, without what the later ones make superfluous."""
    kept: list[dict[str, Any]] = []
    is_asked = False
    for reply in reversed(replies):
        is_question = str(reply.get("response", "")).startswith(QUESTION)
        if reply in kept or (is_question and is_asked):
            continue
        is_asked = is_asked or is_question
        kept.append(reply)
    return kept[::-1]


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
