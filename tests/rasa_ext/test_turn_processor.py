"""A turn is taken whole and once: read from a real tracker, as Rasa keeps it."""

from typing import Any

import pytest
from rasa.core.actions.action import Action
from rasa.core.channels.channel import UserMessage
from rasa.core.policies.policy import PolicyPrediction
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, SlotSet, UserUttered
from rasa.shared.core.slots import AnySlot
from rasa.shared.core.trackers import DialogueStateTracker

from bot.rasa_ext.turn_processor import (
    TurnProcessor,
    _events_since,
    _language_so_far,
    _turn_from,
    _Unstoppable,
)


def tracker() -> DialogueStateTracker:
    """Two turns: a greeting, and a question with two replies."""
    return DialogueStateTracker.from_events(
        "c",
        [
            ActionExecuted("action_listen"),
            UserUttered("ciao", {"name": "greet"}, message_id="1"),
            ActionExecuted("action_greet"),
            BotUttered("Ciao!", metadata={"utter_action": "utter_greet"}),
            ActionExecuted("action_listen"),
            UserUttered("orari?", {"name": "store_info"}, message_id="2"),
            ActionExecuted("action_store_info"),
            BotUttered("Ecco", data={"buttons": [{"title": "A", "payload": "/a"}]}),
            BotUttered("", data={"custom": {"cards": [1]}}),
            ActionExecuted("action_listen"),
        ],
    )


def test_what_was_answered_is_found_again() -> None:
    turn = _turn_from(_events_since(tracker(), "1"), repeated=True)
    assert turn.replies == [{"text": "Ciao!", "response": "utter_greet"}]
    assert turn.actions == ["action_greet", "action_listen"]
    assert turn.understanding["intent"] == {"name": "greet"}


def test_every_part_of_a_reply_is_kept() -> None:
    turn = _turn_from(_events_since(tracker(), "2"), repeated=True)
    assert turn.replies == [
        {"text": "Ecco", "buttons": [{"title": "A", "payload": "/a"}]},
        {"text": "", "custom": {"cards": [1]}},
    ]


def test_an_unknown_message_was_not_answered() -> None:
    assert _events_since(tracker(), "3") == []


def conversation(*events: Any) -> DialogueStateTracker:
    slots = [AnySlot("language", mappings=[{"type": "custom"}], initial_value="it")]
    return DialogueStateTracker.from_events("c", list(events), slots=slots)


def test_a_conversation_starts_in_the_language_it_was_opened_in() -> None:
    opened = UserMessage("ok", metadata={"language": "en"})
    assert _language_so_far(conversation(), opened) == "en"


def test_a_conversation_goes_on_in_the_language_it_came_to() -> None:
    begun = conversation(UserUttered("where is my order?"), SlotSet("language", "en"))
    assert _language_so_far(begun, UserMessage("ok", metadata={"language": "it"})) == "en"


class Breaking(Action):
    def name(self) -> str:
        return "action_breaking"

    async def run(self, *args: Any) -> list:
        raise ValueError("no database")


async def run_breaking() -> None:
    processor = TurnProcessor.__new__(TurnProcessor)
    processor.domain = Domain.from_dict({"actions": ["action_breaking"]})
    prediction = PolicyPrediction.for_action_name(processor.domain, "action_breaking")
    await processor._run_action(Breaking(), tracker(), None, None, prediction)  # type: ignore[arg-type]


def test_a_failing_action_fails_the_turn() -> None:
    import asyncio

    with pytest.raises(_Unstoppable, match="action_breaking"):
        asyncio.run(run_breaking())
