"""Nothing but a clear yes counts as one: a clouded yes is asked about again."""

from pathlib import Path
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.io import dump_obj_as_json_to_file, read_json_file

from bot.rasa_ext.nlu.concepts import ConceptBook, concepts_of
from bot.rasa_ext.nlu.intents.component import FALLBACK
from bot.rasa_ext.nlu.learner import Learner
from bot.rasa_ext.nlu.wording import reading, signs

_CONSENT = "consent"
_QUESTION = "?"
_THUMBS_DOWN = frozenset("👎🙅🤔🚫❌🛑✋😕🤷🙄😒🤨")
_DOUBTS_FILE = "doubts.json"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class AssentGuard(Learner["Doubts"]):
    """Turns a clouded reading of one of `intents` into `nlu_fallback`, with its confidence.

    A yes is clouded by a word of refusal, doubt or delay; a reading of the `unquestioned` ones by
    being a question too. What costs something is done on a yes alone: to ask once more is cheap,
    to misread a no is not.
    """

    learns_from = ("doubts",)

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"intents": ["affirm", "accept_offer"], "unquestioned": ["affirm"], "doubts": None}

    @classmethod
    def untaught(cls) -> "Doubts":
        """No words of doubt."""
        return Doubts({})

    @classmethod
    def recall(cls, folder: Path, config: dict[str, Any]) -> "Doubts":
        """The words of doubt that the model keeps."""
        return Doubts(read_json_file(folder / _DOUBTS_FILE))

    def train(self, training_data: TrainingData) -> Resource:
        """Keep the words of doubt with the model; nothing is learnt from the examples."""
        words = concepts_of(self._config["doubts"], "AssentGuard")
        self._learnt = Doubts(words)
        with self._model_storage.write_to(self._resource) as folder:
            dump_obj_as_json_to_file(folder / _DOUBTS_FILE, words)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Put the fallback before a clouded yes."""
        for message in messages:
            intent = message.get("intent") or {}
            text = message.get("text") or ""
            if self._is_clouded(intent.get("name"), text):
                fallback = {"name": FALLBACK, "confidence": intent["confidence"]}
                ranking = [fallback, *message.get("intent_ranking", [])]
                message.set("intent", fallback, add_to_output=True)
                message.set("intent_ranking", ranking, add_to_output=True)
        return messages

    def _is_clouded(self, intent: str | None, text: str) -> bool:
        if intent not in self._config["intents"]:
            return False
        asks = _QUESTION in text and intent in self._config["unquestioned"]
        return asks or self._learnt.cloud(text)


class Doubts:
    """The words that cloud a yes."""

    def __init__(self, words: dict[str, str]) -> None:
        """Take kinds of doubt and their words; what is under `consent` is no doubt."""
        self._doubts = ConceptBook({k: v for k, v in words.items() if k != _CONSENT})
        phrases = (phrase.split() for phrase in words.get(_CONSENT, "").split(","))
        self._consenting = sorted(phrases, key=len, reverse=True)

    def cloud(self, text: str) -> bool:
        """Whether a text is anything less than a plain yes."""
        words = self._without_consent(signs(reading(text)))
        return any(self._doubts.find(words)) or bool(_THUMBS_DOWN.intersection(text))

    def _without_consent(self, words: list[str]) -> list[str]:
        """The words but for phrases of consent; a mark stands in the place of each."""
        left: list[str] = []
        at = 0
        while at < len(words):
            phrase = next((p for p in self._consenting if p and words[at : at + len(p)] == p), None)
            left.append(words[at] if phrase is None else "…")
            at += len(phrase) if phrase else 1
        return left
