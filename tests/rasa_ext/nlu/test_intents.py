"""The intent classifier on a little shop of its own: what it acts on and what it does not."""

from pathlib import Path

import numpy as np
import pytest
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.training_data.message import Message

from bot.rasa_ext.nlu.concepts import ConceptBook, concepts_of, read_concepts
from bot.rasa_ext.nlu.entities.component import PatternEntities
from bot.rasa_ext.nlu.entities.finding import FOUND
from bot.rasa_ext.nlu.intents.component import FALLBACK, IntentClassifier
from bot.rasa_ext.nlu.intents.preamble import wanted_first
from bot.rasa_ext.report.pipeline import training_data
from tests.rasa_ext.nlu.conftest import loaded_again, made

_SAID = {
    "track": ("where is my {}", "has my {} been sent", "when does my {} arrive"),
    "cancel": ("cancel my {}", "please stop the {} I bought", "I no longer want the {}"),
    "buy": ("I want to buy a {}", "do you sell a {}", "show me a {}"),
    "return": ("I want to send back the {}", "how do I return a {}", "the {} does not fit, return"),
    "price": ("how much is the {}", "what does a {} cost", "price of the {}"),
    "broken": ("my {} is broken", "the {} does not work", "there is a crack in my {}"),
    "warranty": ("is there a warranty on the {}", "how long is a {} covered", "{} guarantee"),
}
_THINGS = ("lamp", "chair", "kettle", "sofa", "clock")
LABELLED = [
    (said.format(thing), intent)
    for intent, sayings in _SAID.items()
    for said in sayings
    for thing in _THINGS
]
SOFA = "where is my big sofa"
SETTINGS = {"networks": 1, "hidden": 24, "epochs": 4}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("intents")


@pytest.fixture(scope="module")
def classifier(folder: Path) -> IntentClassifier:
    component = made(IntentClassifier, folder, **SETTINGS)
    component.train(training_data(LABELLED))
    return component


def read(classifier: IntentClassifier, text: str) -> Message:
    message = Message({"text": text})
    classifier.process([message])
    return message


def intent_of(classifier: IntentClassifier, text: str) -> str:
    return read(classifier, text).get("intent")["name"]


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("where is my big sofa", "track"),
        ("cancel the lamp please", "cancel"),
        ("do you sell a mirror", "buy"),
        ("how much is the sofa", "price"),
        ("the clock is broken", "broken"),
    ],
)
def test_known_matters(classifier: IntentClassifier, text: str, intent: str) -> None:
    assert intent_of(classifier, text) == intent


@pytest.mark.parametrize("text", ["", "  ", "zxqv wkj pfff", "👍", "qual è la capitale del Perù"])
def test_unknown_matters_fall_back(classifier: IntentClassifier, text: str) -> None:
    assert intent_of(classifier, text) == FALLBACK


@pytest.mark.parametrize(
    "preamble", ["Hold on, before that: a question, ", "No aspetta, dimmi prima "]
)
def test_who_asks_to_be_heard_first_is_read_without_these_words(
    classifier: IntentClassifier, preamble: str
) -> None:
    plain, asked = (read(classifier, text) for text in (SOFA, f"{preamble}{SOFA}"))
    assert plain.get("intent")["name"] != FALLBACK
    assert asked.get("intent") == plain.get("intent")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("anzi no, prima dimmi se spedite in Svizzera", "se spedite in Svizzera"),
        ("Un attimo, prima volevo sapere quanto dura", "quanto dura"),
        ("sì però prima mi spiega il reso?", "il reso?"),
        ("aspe’, ma prima una domanda: siete aperti?", "siete aperti?"),
        ("wait, first tell me whether you ship", "whether you ship"),
        ("hold on, can you tell me first how long it takes", "how long it takes"),
        ("I’d like to know first if it works", "if it works"),
        ("prima di darti la mail dimmi a che serve", None),
        ("aspetta, prima ti do il cap", None),
        ("no, prima il cognome: Rossi Mario", None),
        ("mi interessa ma prima vorrei sapere di più", None),
        ("first tell me", None),
        ("aspetta, prima ho una domanda!", None),
    ],
)
def test_what_is_asked_first(text: str, wanted: str | None) -> None:
    found = wanted_first(Message({"text": text}))
    assert (found and found.get("text")) == wanted


def test_values_stay_where_they_are(extractor: PatternEntities) -> None:
    message = Message({"text": "aspetta, prima dimmi dov'è EG-15060", "language": "it"})
    extractor.process([message])
    wanted = wanted_first(message)
    assert wanted is not None
    ((start, end),) = [(e["start"], e["end"]) for e in wanted.get(FOUND)]
    assert wanted.get("text")[start:end] == "EG-15060"


def test_a_fallback_names_the_likeliest_reading_next(classifier: IntentClassifier) -> None:
    ranking = read(classifier, "zxqv sofa").get("intent_ranking")
    assert ranking[0]["name"] == FALLBACK
    assert ranking[0]["confidence"] == ranking[1]["confidence"]
    assert ranking[1]["name"] in _SAID


def test_confidences_are_probabilities_in_falling_order(classifier: IntentClassifier) -> None:
    ranking = read(classifier, "where is my lamp").get("intent_ranking")
    confidences = [reading["confidence"] for reading in ranking]
    assert confidences == sorted(confidences, reverse=True)
    assert all(0 <= confidence <= 1 for confidence in confidences)
    assert sum(confidences) <= 1 + 1e-6


def test_the_same_words_always_give_the_same(folder: Path, tmp_path: Path) -> None:
    again = made(IntentClassifier, tmp_path, **SETTINGS)
    again.train(training_data(LABELLED))
    for text in ("where is my lamp", "the kettle costs what", "xyz"):
        first = read(loaded_again(IntentClassifier, folder, **SETTINGS), text)
        second = read(again, text)
        assert first.get("intent")["name"] == second.get("intent")["name"]
        assert np.isclose(first.get("intent")["confidence"], second.get("intent")["confidence"])


def test_the_same_after_loading(classifier: IntentClassifier, folder: Path) -> None:
    again = loaded_again(IntentClassifier, folder, **SETTINGS)
    for text in ("where is my lamp", "return the chair", "zxqv wkj"):
        assert read(again, text).get("intent_ranking") == read(classifier, text).get(
            "intent_ranking"
        )


def test_a_given_threshold_goes_before_the_learnt_one(folder: Path) -> None:
    strict = loaded_again(IntentClassifier, folder, **SETTINGS, threshold=1.0)
    lenient = loaded_again(IntentClassifier, folder, **SETTINGS, threshold=0.0)
    assert intent_of(strict, "where is my lamp") == FALLBACK
    assert intent_of(lenient, "zxqv wkj pfff") != FALLBACK


def test_too_few_intents_for_a_scope_are_still_read(tmp_path: Path) -> None:
    small = made(IntentClassifier, tmp_path, **SETTINGS)
    small.train(training_data([("good morning", "greet"), ("see you", "goodbye")] * 3))
    assert intent_of(small, "good morning to you") == "greet"


def test_one_intent_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfigException, match="two intents"):
        made(IntentClassifier, tmp_path).train(training_data([("ciao", "greet")]))


def test_an_untrained_classifier_says_so(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="not trained"):
        read(made(IntentClassifier, tmp_path), "ciao")


def test_concepts_are_words_stems_and_phrases() -> None:
    book = ConceptBook({"undo": "cancel, annull*, call off, non * più"})
    assert book.find(["annullare", "tutto"]) == [["undo"], []]
    assert book.find(["please", "call", "off"]) == [[], ["undo"], []]
    assert book.find(["non", "lo", "più"])[0] == ["undo"]
    assert book.find(["cancelled"]) == [[]]


def test_a_line_of_concepts_without_a_name_is_named(tmp_path: Path) -> None:
    path = tmp_path / "concepts.txt"
    path.write_text("# remark\nundo: cancel\njust words\n", encoding="utf-8")
    with pytest.raises(ValueError, match="line 3"):
        read_concepts(path)
    with pytest.raises(InvalidConfigException, match="concepts"):
        concepts_of(str(tmp_path / "none.txt"), "IntentClassifier")
