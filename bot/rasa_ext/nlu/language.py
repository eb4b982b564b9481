"""Tells Italian from English; what says nothing of it is in the conversation's language."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.linear_model import LogisticRegression

from bot.rasa_ext.nlu.learner import Learner
from bot.rasa_ext.nlu.pipelines import LANGUAGES, is_listed, is_stop_word
from bot.rasa_ext.nlu.spoken import (
    DEFAULT_LANGUAGE,
    conversation_language,
    labelled_language,
    leaning,
)
from bot.rasa_ext.nlu.telling import Spoken, TellingWords
from bot.rasa_ext.nlu.terms import TermBlocks, TermWeights, char_ngrams

_NAME = "language"
# What is called the same in every language.
_VALUES = frozenset({"person_name", "product", "city", "email"})


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LanguageIdentifier(Learner["LanguageSense"]):
    """Sets `language` ("it" or "en"), learnt from the languages that the intents' metadata give.

    The conversation's language, passed in the message's metadata, counts the more the fewer words
    there are that belong to one language only. Where there are none (names, products, numbers,
    "ok"), it stays: `language_told` is false then. Without labelled training data the dictionaries
    of the two languages decide.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"default_language": DEFAULT_LANGUAGE, "loyalty": 1.0, "vocabulary": 4.0}

    @staticmethod
    def required_packages() -> list[str]:
        return ["sklearn"]

    @classmethod
    def untaught(cls) -> "LanguageSense":
        """No words but those of the dictionaries."""
        return LanguageSense(TellingWords((), {}))

    @classmethod
    def recall(cls, folder: Path, config: dict[str, Any]) -> "LanguageSense":
        """The words and the evidence as trained."""
        return LanguageSense.load(folder)

    def train(self, training_data: TrainingData) -> Resource:
        """Train on the examples whose intent names its language."""
        labelled = [(e.get("text"), labelled_language(e)) for e in training_data.intent_examples]
        labelled = [(text, language) for text, language in labelled if text and language]
        self._learnt = LanguageSense.train(_same_in_all_languages(training_data), labelled)
        with self._model_storage.write_to(self._resource) as folder:
            self._learnt.save(folder)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the language to each message."""
        for message in messages:
            language, told = self.identify(message)
            message.set("language", language, add_to_output=True)
            message.set("language_told", told, add_to_output=True)
        return messages

    def identify(self, message: Message) -> tuple[str, bool]:
        """The language that words or conversation speak for, and whether the words do."""
        known = conversation_language(message)
        expected = known or self._config["default_language"]
        spoken = self._learnt.telling.pick(message.get("text") or "")
        if not spoken.telling:
            return expected, False
        evidence = self._for_english(spoken)
        loyalty = self._config["loyalty"] * (1 + 2 / len(spoken.telling) if known else 0.5)
        english = evidence + (loyalty if expected == "en" else -loyalty) > 0
        return "en" if english else "it", True

    def _for_english(self, spoken: Spoken) -> float:
        owners = list(spoken.telling.values())
        owned = (owners.count("en") - owners.count("it")) / len(owners)
        evidence = self._learnt.evidence
        if evidence:
            return evidence.for_english(spoken.words) + self._config["vocabulary"] * owned
        return leaning(list(spoken.telling)) + owned


def _same_in_all_languages(training_data: TrainingData) -> Iterator[str]:
    """Names, places and products: of the lookup tables, and as annotated in the examples."""
    for table in training_data.lookup_tables:
        if isinstance(table["elements"], list):
            yield from table["elements"]
    for example in training_data.entity_examples:
        for entity in example.get("entities"):
            if entity["entity"] in _VALUES:
                yield example.get("text")[entity["start"] : entity["end"]]


class Evidence:
    """How strongly words speak for English (positive) or Italian (negative), in log odds."""

    def __init__(self, blocks: TermBlocks, slopes: np.ndarray, offset: float) -> None:
        self.blocks, self.slopes, self.offset = blocks, slopes, offset

    @classmethod
    def train(cls, labelled: list[tuple[list[str], str]]) -> "Evidence":
        """Learn from the words of texts and their languages."""
        said = [(words, language == "en") for words, language in labelled if words]
        terms = _terms([words for words, _ in said])
        blocks = TermBlocks(
            {"pieces": TermWeights(rarest=2), "known": TermWeights(), "words": TermWeights()}
        ).fit(terms)
        rule = LogisticRegression(C=10, class_weight="balanced", max_iter=300)
        rule.fit(blocks.weigh(terms), [english for _, english in said])
        return cls(blocks, rule.coef_[0].astype(np.float32), float(rule.intercept_[0]))

    def save(self, folder: Path) -> None:
        """Write the terms and the rule."""
        self.blocks.save(folder, _NAME)
        np.savez(folder / f"{_NAME}.npz", slopes=self.slopes, offset=self.offset)

    @classmethod
    def load(cls, folder: Path) -> "Evidence":
        """Read what `save` wrote."""
        with np.load(folder / f"{_NAME}.npz") as kept:
            return cls(TermBlocks.load(folder, _NAME), kept["slopes"], float(kept["offset"]))

    def for_english(self, words: list[str]) -> float:
        """The log odds of English."""
        return float(self.blocks.weigh(_terms([words])) @ self.slopes) + self.offset


class LanguageSense(NamedTuple):
    """Which words tell a language; the evidence needs examples of both languages."""

    telling: TellingWords
    evidence: Evidence | None = None

    @classmethod
    def train(cls, values: Iterable[str], labelled: list[tuple[str, str]]) -> "LanguageSense":
        """Learn from what is called the same everywhere, and from texts and their languages."""
        telling = TellingWords.learn(values, labelled)
        if {language for _, language in labelled} != set(LANGUAGES):
            return cls(telling)
        said = [(telling.pick(text).words, language) for text, language in labelled]
        return cls(telling, Evidence.train(said))

    def save(self, folder: Path) -> None:
        """Write the words, and the evidence where there is any."""
        about = {
            "trained": self.evidence is not None,
            "values": self.telling.values,
            "heard": self.telling.heard,
        }
        (folder / f"{_NAME}.json").write_text(json.dumps(about, ensure_ascii=False))
        if self.evidence:
            self.evidence.save(folder)

    @classmethod
    def load(cls, folder: Path) -> "LanguageSense":
        """Read what `save` wrote."""
        about = json.loads((folder / f"{_NAME}.json").read_text())
        telling = TellingWords(about["values"], about["heard"])
        return cls(telling, Evidence.load(folder) if about["trained"] else None)


def _terms(texts: list[list[str]]) -> dict[str, list[list[str]]]:
    return {
        "pieces": [char_ngrams(" ".join(words), 1, 4) for words in texts],
        "known": [[_known_in(word) for word in words] for words in texts],
        "words": texts,
    }


def _known_in(word: str) -> str:
    """Which dictionaries list a word, and in which language it is one of the commonest."""
    listed = [language for language in LANGUAGES if is_listed(word, language)]
    common = [f"{language}!" for language in LANGUAGES if is_stop_word(word, language)]
    return "+".join([*listed, *common]) or "-"
