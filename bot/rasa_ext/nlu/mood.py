"""Reads the mood of a message: angry, unhappy, neutral or happy."""

import csv
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.linear_model import LogisticRegression

from bot.rasa_ext.nlu.concepts import ConceptBook, concepts_of
from bot.rasa_ext.nlu.learner import Learner
from bot.rasa_ext.nlu.terms import TermBlocks, TermWeights, char_ngrams, word_ngrams
from bot.rasa_ext.nlu.wording import level, reading, signs

MOODS = ("angry", "unhappy", "neutral", "happy")
# What each mood adds to the score, from -1 to 1.
_VALUES = np.array([-1.0, -0.6, 0.0, 1.0])
_NAME = "mood"
_LOUD = frozenset({"shouted", "?!", ":("})
_LONGEST_READ = 1200
# What turns the words after it round, and how far: "non sono molto contenta".
_NEGATIONS = frozenset({
    "non", "mica", "nemmeno", "neanche", "niente", "nessun", "nessuna", "senza", "not", "never",
    "t", "no", "nothing", "without", "hardly", "isnt", "wasnt", "arent",
})  # fmt: skip
_NEGATED = 4


class MoodData(Exception):
    """The labelled moods cannot be used; the message says which line and why."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class MoodScorer(Learner["MoodReader"]):
    """Sets `mood` (a label) and `mood_score` (-1 furious to 1 delighted).

    It learns from the files of the setting `data`, CSV with the columns text and mood, and takes
    the calm examples of `neutral_intents` for neutral: most of what customers write is.
    """

    learns_from = ("data", "concepts")

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            "data": ["nlu_data/mood/it.csv", "nlu_data/mood/en.csv"],
            "concepts": None,
            "neutral_intents": [],
            "softness": 5.0,
        }

    @staticmethod
    def required_packages() -> list[str]:
        return ["sklearn"]

    @classmethod
    def recall(cls, folder: Path, config: dict[str, Any]) -> "MoodReader":
        """The rule as trained."""
        return MoodReader.load(folder)

    def train(self, training_data: TrainingData) -> Resource:
        """Train on the mood files and on the calm examples of the neutral intents."""
        try:
            labelled = [row for path in self._config["data"] for row in read_moods(Path(path))]
        except (OSError, MoodData) as problem:
            raise InvalidConfigException(
                f"The setting 'data' of MoodScorer names a file that cannot be read: {problem}"
            ) from problem
        labelled += [(text, "neutral") for text in self._calm_texts(training_data)]
        concepts = concepts_of(self._config["concepts"], "MoodScorer")
        self._learnt = MoodReader.train(labelled, concepts, self._config["softness"])
        with self._model_storage.write_to(self._resource) as folder:
            self._learnt.save(folder)
        return self._resource

    def _calm_texts(self, training_data: TrainingData) -> list[str]:
        intents = frozenset(self._config["neutral_intents"])
        examples = (e for e in training_data.intent_examples if e.get("intent") in intents)
        texts = [example.get("text") for example in examples if example.get("text")]
        return [text for text in texts if not _LOUD.intersection(_style(text))]

    def process(self, messages: list[Message]) -> list[Message]:
        """Add mood and score to each message."""
        for message in messages:
            mood, score = self._read(message.get("text") or "")
            message.set("mood", mood, add_to_output=True)
            message.set("mood_score", score, add_to_output=True)
        return messages

    def _read(self, text: str) -> tuple[str, float]:
        if self._learnt is None:
            raise RuntimeError("The mood scorer is not trained.")
        return self._learnt.read(text) if text.strip() else ("neutral", 0.0)


class MoodReader:
    """A logistic rule over words, pieces of words, concepts, emoji and the way of writing."""

    def __init__(
        self, book: ConceptBook, blocks: TermBlocks, slopes: np.ndarray, offsets: np.ndarray
    ) -> None:
        self._book, self._blocks = book, blocks
        self._slopes, self._offsets = slopes, offsets

    @classmethod
    def train(
        cls, labelled: list[tuple[str, str]], concepts: dict[str, str], softness: float
    ) -> "MoodReader":
        """Learn from texts and moods; all four moods must occur."""
        missing = set(MOODS) - {mood for _, mood in labelled}
        if missing:
            raise InvalidConfigException(f"The mood data has no example of {sorted(missing)}.")
        book = ConceptBook(concepts)
        terms = _terms(book, [text for text, _ in labelled])
        blocks = TermBlocks(
            {
                "words": TermWeights(0.7),
                "pieces": TermWeights(0.7, rarest=2),
                "style": TermWeights(1.0),
                "concepts": TermWeights(1.5),
            }
        ).fit(terms)
        rule = LogisticRegression(C=softness, class_weight="balanced", max_iter=500)
        rule.fit(blocks.weigh(terms), [MOODS.index(mood) for _, mood in labelled])
        slopes = np.ascontiguousarray(rule.coef_.T, np.float32)
        return cls(book, blocks, slopes, rule.intercept_.astype(np.float32))

    def read(self, text: str) -> tuple[str, float]:
        """The mood and its score."""
        chances = self.chances([text])[0]
        return MOODS[int(chances.argmax())], round(float(chances @ _VALUES), 4)

    def chances(self, texts: list[str]) -> np.ndarray:
        """The probabilities of the four moods, one row a text."""
        logits = self._blocks.weigh(_terms(self._book, texts)) @ self._slopes + self._offsets
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)

    def save(self, folder: Path) -> None:
        """Write the concepts, the terms and the rule as JSON and plain arrays."""
        (folder / f"{_NAME}.json").write_text(json.dumps(self._book.concepts, ensure_ascii=False))
        self._blocks.save(folder, _NAME)
        np.savez(folder / f"{_NAME}.npz", slopes=self._slopes, offsets=self._offsets)

    @classmethod
    def load(cls, folder: Path) -> "MoodReader":
        """Read what `save` wrote."""
        book = ConceptBook(json.loads((folder / f"{_NAME}.json").read_text()))
        with np.load(folder / f"{_NAME}.npz") as kept:
            return cls(book, TermBlocks.load(folder, _NAME), kept["slopes"], kept["offsets"])


def read_moods(path: Path) -> list[tuple[str, str]]:
    """Texts and moods of one CSV file.

    Raises:
        MoodData: a column is missing or a mood is unknown.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for number, row in enumerate(rows, 2):
        if not row.get("text") or row.get("mood") not in MOODS:
            raise MoodData(f"line {number} of {path} needs a text and a mood of {MOODS}.")
    return [(row["text"], row["mood"]) for row in rows]


def _terms(book: ConceptBook, texts: list[str]) -> dict[str, list[list[str]]]:
    texts = [text[:_LONGEST_READ] for text in texts]
    readings = [reading(text) for text in texts]
    words = [signs(text) for text in readings]
    negated = [_negated(some) for some in words]
    pairs = list(zip(words, negated, strict=True))
    return {
        "words": [word_ngrams(some) + _turned(some, where) for some, where in pairs],
        "pieces": [char_ngrams(text) for text in readings],
        "style": [_style(level(text)) for text in texts],
        "concepts": [_concepts(book, some, where) for some, where in pairs],
    }


def _negated(words: list[str]) -> list[bool]:
    """Which words stand shortly behind a negation, with no mark between."""
    negated, left = [], 0
    for word in words:
        negated.append(left > 0 and word not in _NEGATIONS)
        left = _NEGATED if word in _NEGATIONS else left - 1 if word.isalnum() else 0
    return negated


def _turned(words: list[str], negated: list[bool]) -> list[str]:
    return [f"not:{word}" for word, turned in zip(words, negated, strict=True) if turned]


def _concepts(book: ConceptBook, words: list[str], negated: list[bool]) -> list[str]:
    found = zip(book.find(words), negated, strict=True)
    return [f"not:{concept}" if turned else concept for here, turned in found for concept in here]


def _style(text: str) -> list[str]:
    """Shouting, exclamation marks, questions, smileys."""
    letters = [letter for letter in text if letter.isalpha()]
    shouted = len(letters) > 5 and sum(map(str.isupper, letters)) > 0.7 * len(letters)
    found = ["shouted"] * shouted
    found += ["!"] * min(text.count("!"), 3) + ["?"] * min(text.count("?"), 2)
    found += ["?!"] * bool(re.search(r"[?!]{2,}", text))
    found += [":)"] * bool(re.search(r"[:;]-?\)|<3", text))
    return [*found, ":("] if re.search(r":'?-?[(/]", text) else found
