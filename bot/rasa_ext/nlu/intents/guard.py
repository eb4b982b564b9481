"""What the guards behind the classifier share: words that keep a reading from being acted on."""

from pathlib import Path
from typing import Any, ClassVar

from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.io import dump_obj_as_json_to_file, read_json_file

from bot.rasa_ext.nlu.concepts import ConceptBook, concepts_of
from bot.rasa_ext.nlu.intents.component import FALLBACK
from bot.rasa_ext.nlu.learner import Learner
from bot.rasa_ext.nlu.wording import reading, signs

_WORDS_FILE = "words.json"


class Guard(Learner["Words"]):
    """Turns a reading of one of `intents` into `nlu_fallback`, with its confidence.

    The setting that `learns_from` names is the file with the words; what stands there under the
    name `excused` is taken out of a message first.
    """

    excused: ClassVar[str]

    @classmethod
    def untaught(cls) -> "Words":
        """No words."""
        return Words({}, cls.excused)

    @classmethod
    def recall(cls, folder: Path, config: dict[str, Any]) -> "Words":
        """The words that the model keeps."""
        return Words(read_json_file(folder / _WORDS_FILE), cls.excused)

    def train(self, training_data: TrainingData) -> Resource:
        """Keep the words with the model; nothing is learnt from the examples."""
        words = concepts_of(self._config[self.learns_from[0]], type(self).__name__)
        self._learnt = Words(words, self.excused)
        with self._model_storage.write_to(self._resource) as folder:
            dump_obj_as_json_to_file(folder / _WORDS_FILE, words)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Put the fallback before a reading that is stopped."""
        for message in messages:
            intent = message.get("intent") or {}
            read, text = intent.get("name"), message.get("text") or ""
            if read in self._config["intents"] and self.stops(read, text):
                fallback = {"name": FALLBACK, "confidence": intent["confidence"]}
                ranking = [fallback, *message.get("intent_ranking", [])]
                message.set("intent", fallback, add_to_output=True)
                message.set("intent_ranking", ranking, add_to_output=True)
        return messages

    def stops(self, intent: str, text: str) -> bool:
        """Whether a text must not be acted on as this intent."""
        return self._learnt.stand_in(text)  # type: ignore[union-attr]


class Words:
    """Words and phrases, and others that excuse them."""

    def __init__(self, words: dict[str, str], excused: str) -> None:
        """Take kinds of words, and the kind that is looked away from."""
        self._book = ConceptBook({k: v for k, v in words.items() if k != excused})
        phrases = (phrase.split() for phrase in words.get(excused, "").split(","))
        self._excused = sorted(phrases, key=len, reverse=True)

    def stand_in(self, text: str) -> bool:
        """Whether one of the words is in a text, apart from what is excused."""
        return any(self._book.find(self._without_excused(signs(reading(text)))))

    def _without_excused(self, words: list[str]) -> list[str]:
        """The words but for excused phrases; a mark stands in the place of each."""
        left: list[str] = []
        at = 0
        while at < len(words):
            phrase = next((p for p in self._excused if p and words[at : at + len(p)] == p), None)
            left.append(words[at] if phrase is None else "…")
            at += len(phrase) if phrase else 1
        return left
