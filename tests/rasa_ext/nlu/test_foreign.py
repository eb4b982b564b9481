"""Other companies' matters start nothing that costs."""

from pathlib import Path

import pytest
import yaml
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.rasa_ext.nlu.intents.component import FALLBACK
from bot.rasa_ext.nlu.intents.foreign import ForeignGuard
from bot.rasa_ext.report.pipeline import CONFIG
from tests.rasa_ext.nlu.conftest import loaded_again, made

WORDS = {"foreign": "nlu_data/foreign.txt", "intents": ["cancel_order", "book_appointment"]}


@pytest.fixture
def guard(tmp_path: Path) -> ForeignGuard:
    component = made(ForeignGuard, tmp_path, **WORDS)
    component.train(TrainingData())
    return component


def passed(guard: ForeignGuard, text: str, intent: str) -> str:
    read = {"name": intent, "confidence": 0.9}
    message = Message({"text": text, "intent": read, "intent_ranking": [read]})
    guard.process([message])
    assert message.get("intent") == message.get("intent_ranking")[0]
    assert message.get("intent_ranking")[-1] == read
    return message.get("intent")["name"]


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("annullami il volo per favore", "cancel_order"),
        ("cancel my Spotify plan", "cancel_order"),
        ("mi prenoti dall'oculista?", "book_appointment"),
        ("book us a table for four", "book_appointment"),
    ],
)
def test_another_companys_matter_is_asked_about(
    guard: ForeignGuard, text: str, intent: str
) -> None:
    assert passed(guard, text, intent) == FALLBACK


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("annullami l'ordine", "cancel_order"),
        ("cancel it, I found it cheaper on Amazon", "cancel_order"),
        ("vorrei prenotare una prova trucco per il matrimonio", "book_appointment"),
        ("annulla l'ordine della lampada da tavolo", "cancel_order"),
    ],
)
def test_the_shops_own_matters_pass(guard: ForeignGuard, text: str, intent: str) -> None:
    assert passed(guard, text, intent) == intent


def test_what_costs_nothing_passes(guard: ForeignGuard) -> None:
    assert passed(guard, "ci sono sconti per chi viene in treno?", "ask_promotions") != FALLBACK


def test_the_same_after_loading(guard: ForeignGuard, tmp_path: Path) -> None:
    again = loaded_again(ForeignGuard, tmp_path, **WORDS)
    assert passed(again, "cancel my flight", "cancel_order") == FALLBACK


def test_everything_costly_is_guarded_and_surer() -> None:
    parts = {p["name"].split(".")[-1]: p for p in yaml.safe_load(CONFIG.read_text())["pipeline"]}
    assert parts["ForeignGuard"]["intents"] == parts["IntentClassifier"]["costly"] != []
