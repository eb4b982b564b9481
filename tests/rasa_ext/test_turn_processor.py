"""A turn is taken whole and once: read from a real tracker, as Rasa keeps it."""

from typing import Any

import pytest
from rasa.core.actions.action import Action
from rasa.core.policies.policy import PolicyPrediction
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.rasa_ext.turn_processor import (
    TurnProcessor,
    _events_since,
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
    turn = _turn_from(_events_since(tracker(), "1"), "it", repeated=True)
    assert turn.replies == [{"text": "Ciao!", "response": "utter_greet"}]
    assert turn.actions == ["action_greet", "action_listen"]
    assert turn.understanding["intent"] == {"name": "greet"}


def test_every_part_of_a_reply_is_kept() -> None:
    turn = _turn_from(_events_since(tracker(), "2"), "it", repeated=True)
    assert turn.replies == [
        {"text": "Ecco", "buttons": [{"title": "A", "payload": "/a"}]},
        {"text": "", "custom": {"cards": [1]}},
    ]


def test_an_unknown_message_was_not_answered() -> None:
    assert _events_since(tracker(), "3") == []


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
