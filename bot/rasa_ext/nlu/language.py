"""Tells Italian from English, with the conversation's language as the first guess."""

import json
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.linear_model import LogisticRegression

from bot.rasa_ext.nlu.fingerprint import source_fingerprint
from bot.rasa_ext.nlu.pipelines import LANGUAGES, in_dictionary, is_stop_word
from bot.rasa_ext.nlu.spoken import (
    DEFAULT_LANGUAGE,
    conversation_language,
    labelled_language,
    leaning,
    words_of,
)
from bot.rasa_ext.nlu.terms import TermBlocks, TermWeights, char_ngrams

_NAME = "language"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LanguageIdentifier(GraphComponent):
    """Sets `language` ("it" or "en"), learnt from the languages that the intents' metadata give.

    The conversation's language, passed in the message's metadata, counts the more the fewer words
    there are: "ok" or a name changes no language, a sentence does. Without labelled training data
    the dictionaries of the two languages decide.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"default_language": DEFAULT_LANGUAGE, "loyalty": 1.0}

    @staticmethod
    def required_packages() -> list[str]:
        return ["sklearn"]

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        return source_fingerprint()

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        evidence: "Evidence | None" = None,
    ) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._evidence = evidence

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "LanguageIdentifier":
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "LanguageIdentifier":
        with model_storage.read_from(resource) as folder:
            about = json.loads((folder / f"{_NAME}.json").read_text())
            evidence = None
            if about["trained"]:
                slopes = np.load(folder / f"{_NAME}.npy")
                evidence = Evidence(TermBlocks.load(folder, _NAME), slopes, about["offset"])
        return cls(config, model_storage, resource, evidence)

    def train(self, training_data: TrainingData) -> Resource:
        """Train on the examples whose intent names its language."""
        labelled = [(e.get("text"), labelled_language(e)) for e in training_data.intent_examples]
        labelled = [(text, language) for text, language in labelled if text and language]
        if {language for _, language in labelled} == set(LANGUAGES):
            self._evidence = Evidence.train(labelled)
        self._persist()
        return self._resource

    def _persist(self) -> None:
        evidence = self._evidence
        about = {"trained": evidence is not None, "offset": evidence.offset if evidence else 0.0}
        with self._model_storage.write_to(self._resource) as folder:
            (folder / f"{_NAME}.json").write_text(json.dumps(about))
            if evidence:
                evidence.blocks.save(folder, _NAME)
                np.save(folder / f"{_NAME}.npy", evidence.slopes)

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the language to each message."""
        for message in messages:
            message.set("language", self.identify(message), add_to_output=True)
        return messages

    def identify(self, message: Message) -> str:
        """The language that the words and the conversation speak for."""
        known = conversation_language(message)
        expected = known or self._config["default_language"]
        words = words_of(message.get("text") or "")
        if not words:
            return expected
        evidence = self._evidence.for_english(words) if self._evidence else leaning(words)
        loyalty = self._config["loyalty"] * (1 + 2 / len(words) if known else 0.5)
        return "en" if evidence + (loyalty if expected == "en" else -loyalty) > 0 else "it"


class Evidence:
    """How strongly words speak for English (positive) or Italian (negative), in log odds."""

    def __init__(self, blocks: TermBlocks, slopes: np.ndarray, offset: float) -> None:
        self.blocks, self.slopes, self.offset = blocks, slopes, offset

    @classmethod
    def train(cls, labelled: list[tuple[str, str]]) -> "Evidence":
        """Learn from texts and their languages."""
        said = [(words_of(text), language == "en") for text, language in labelled]
        said = [(words, english) for words, english in said if words]
        terms = _terms([words for words, _ in said])
        blocks = TermBlocks(
            {"pieces": TermWeights(rarest=2), "known": TermWeights(), "words": TermWeights()}
        ).fit(terms)
        rule = LogisticRegression(C=10, class_weight="balanced", max_iter=300)
        rule.fit(blocks.weigh(terms), [english for _, english in said])
        return cls(blocks, rule.coef_[0].astype(np.float32), float(rule.intercept_[0]))

    def for_english(self, words: list[str]) -> float:
        """The log odds of English."""
        return float(self.blocks.weigh(_terms([words])) @ self.slopes) + self.offset


def _terms(texts: list[list[str]]) -> dict[str, list[list[str]]]:
    return {
        "pieces": [char_ngrams(" ".join(words), 1, 4) for words in texts],
        "known": [[_known_in(word) for word in words] for words in texts],
        "words": texts,
    }


def _known_in(word: str) -> str:
    """Which dictionaries list a word, and in which language it is one of the commonest."""
    listed = [language for language in LANGUAGES if in_dictionary(word, language)]
    common = [f"{language}!" for language in LANGUAGES if is_stop_word(word, language)]
    return "+".join([*listed, *common]) or "-"
