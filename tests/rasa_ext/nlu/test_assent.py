"""A clouded yes is no yes."""

from pathlib import Path

import pytest
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.rasa_ext.nlu.intents.assent import AssentGuard
from bot.rasa_ext.nlu.intents.component import FALLBACK
from tests.rasa_ext.nlu.conftest import loaded_again, made

WORDS = {"doubts": "nlu_data/doubts.txt"}


@pytest.fixture
def guard(tmp_path: Path) -> AssentGuard:
    component = made(AssentGuard, tmp_path, **WORDS)
    component.train(TrainingData())
    return component


def passed(guard: AssentGuard, text: str, intent: str = "affirm") -> str:
    read = {"name": intent, "confidence": 0.9}
    message = Message({"text": text, "intent": read, "intent_ranking": [read]})
    guard.process([message])
    assert message.get("intent") == message.get("intent_ranking")[0]
    assert message.get("intent_ranking")[-1] == read
    return message.get("intent")["name"]


@pytest.mark.parametrize(
    "text",
    [
        "sì",
        "sì grazie",
        "certo, procedi pure",
        "va bene così",
        "ma certo!",
        "perché no",
        "non c'è problema",
        "sì, annullalo",
        "yes please",
        "yes, cancel it",
        "no problem, go ahead",
        "👍",
    ],
)
def test_a_plain_yes_passes(guard: AssentGuard, text: str) -> None:
    assert passed(guard, text) == "affirm"


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "nn",
        "sì, anzi no",
        "va bene ma domani",
        "ok però prima fammi vedere",
        "sì se arriva entro sabato",
        "forse sì",
        "nun me va",
        "aspetta",
        "sì?",
        "sei sicuro?",
        "eh boh",
        "don't",
        "yes but not now",
        "ok, unless it costs more",
        "let me think",
        "sure, as if",
        "👎",
        "ok 🤔",
    ],
)
def test_a_clouded_yes_is_asked_about(guard: AssentGuard, text: str) -> None:
    assert passed(guard, text) == FALLBACK


def test_an_offer_may_be_taken_with_a_question(guard: AssentGuard) -> None:
    assert passed(guard, "lo prendo, come faccio?", "accept_offer") == "accept_offer"
    assert passed(guard, "lo prendo, anzi no", "accept_offer") == FALLBACK


def test_other_readings_are_left_alone(guard: AssentGuard) -> None:
    assert passed(guard, "no, aspetta", "deny") == "deny"


def test_the_same_after_loading(guard: AssentGuard, tmp_path: Path) -> None:
    again = loaded_again(AssentGuard, tmp_path, **WORDS)
    assert passed(again, "sì ma non oggi") == FALLBACK
    assert passed(again, "sì sì") == "affirm"
