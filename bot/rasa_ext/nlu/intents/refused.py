"""What is not wanted: "non voglio annullare l'ordine" cancels nothing, though all its words do."""

import re
from pathlib import Path
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.io import dump_obj_as_json_to_file, read_json_file

from bot.rasa_ext.nlu.concepts import concepts_of
from bot.rasa_ext.nlu.intents.component import FALLBACK
from bot.rasa_ext.nlu.learner import Learner
from bot.rasa_ext.nlu.wording import reading, signs

STOP = "stop"
REFUSED = "refused"
_WORDS_FILE = "words.json"
_CLAUSE = re.compile(r"([^.,;:!?\n]+)([.,;:!?\n]*)")
_BUT = re.compile(r"\b(?:ma|pero|bensi|but|only|solo|just)\b")
_NEVER = r"(?!)"
_MOST_BETWEEN = 5


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class RefusalReader(Learner["Refusals"]):
    """Reads a refused wish as `stop`, and keeps in `refused` which wish it was.

    A classifier goes by the words, and the words are those of the wish. Where a "but" follows, what
    is wanted instead is asked (`nlu_fallback`). The intents that can be refused, and with which
    words, are in the file that the setting `refused` names.
    """

    learns_from = ("refused",)

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"refused": None}

    @classmethod
    def untaught(cls) -> "Refusals":
        """No words."""
        return Refusals({})

    @classmethod
    def recall(cls, folder: Path, config: dict[str, Any]) -> "Refusals":
        """The words that the model keeps."""
        return Refusals(read_json_file(folder / _WORDS_FILE))

    def train(self, training_data: TrainingData) -> Resource:
        """Keep the words with the model; nothing is learnt from the examples."""
        words = concepts_of(self._config["refused"], type(self).__name__)
        self._learnt = Refusals(words)
        with self._model_storage.write_to(self._resource) as folder:
            dump_obj_as_json_to_file(folder / _WORDS_FILE, words)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Put what a refused wish means before the wish."""
        for message in messages:
            wish = message.get("intent") or {}
            instead = self._learnt.instead_of(wish.get("name"), message.get("text") or "")  # type: ignore[union-attr]
            if instead:
                intent = {"name": instead, "confidence": wish["confidence"]}
                ranking = [intent, *message.get("intent_ranking", [])]
                message.set("intent", intent, add_to_output=True)
                message.set("intent_ranking", ranking, add_to_output=True)
                message.set(REFUSED, wish["name"], add_to_output=True)
        return messages


class Refusals:
    """Finds the refusal of a wish in a text."""

    def __init__(self, words: dict[str, str]) -> None:
        """Take the words of nlu_data/refused.txt; all but its first four lines are by intent."""
        intents = dict(words)
        ways, forbidding, between, wanted = (
            _any_of(intents.pop(name, ""))
            for name in ("refusing", "forbidding", "between", "wanted")
        )
        self._wanted = re.compile(rf"\b{wanted}\b")
        linked = rf"\b{ways}\s+(?:{between}\s+){{0,{_MOST_BETWEEN}}}?"
        straight = rf"\b{forbidding}\s+(?:\w{{2}}\s+)?"
        self._refusals = {
            intent: re.compile(rf"(?:{linked}|{straight}){_any_of(phrases)}\b(.*)")
            for intent, phrases in intents.items()
        }

    def instead_of(self, intent: str | None, text: str) -> str | None:
        """How a text that was read as an intent is to be read, where it refuses that."""
        refusal = self._refusals.get(intent or "")
        if refusal is None:
            return None
        for clause, end in _CLAUSE.findall(reading(text)):
            words = " ".join(signs(clause))
            found = None if "?" in end else refusal.search(self._wanted.sub("…", words))
            if found:
                return FALLBACK if _BUT.search(found[1]) else STOP
        return None


def _any_of(phrases: str) -> str:
    """A pattern for one of the words, stems and phrases, the longest first."""
    spelt = sorted((" ".join(phrase.split()) for phrase in phrases.split(",")), key=len)
    patterns = [re.escape(phrase).replace(r"\*", r"\w*") for phrase in reversed(spelt) if phrase]
    return f"(?:{'|'.join(patterns)})" if patterns else _NEVER
