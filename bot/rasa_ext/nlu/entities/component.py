"""The entity extractor: patterns for what has a form, lookup tables for what has a name."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.io import dump_obj_as_json_to_file, read_json_file

from bot.rasa_ext.nlu.entities.codes import (
    find_caps,
    find_codici_fiscali,
    find_emails,
    find_order_numbers,
    find_phones,
)
from bot.rasa_ext.nlu.entities.dates import find_dates
from bot.rasa_ext.nlu.entities.finding import FOUND, Finder, Finding, without_overlaps
from bot.rasa_ext.nlu.entities.lexicon import Lexicon, Places
from bot.rasa_ext.nlu.entities.money import find_amounts
from bot.rasa_ext.nlu.entities.names import NameBook
from bot.rasa_ext.nlu.learner import Learner
from bot.rasa_ext.nlu.pipelines import analyse
from bot.rasa_ext.nlu.spoken import DEFAULT_LANGUAGE, language_of
from bot.rasa_ext.nlu.wording import fold

_FORMS: tuple[Finder, ...] = (
    find_emails,
    find_codici_fiscali,
    find_order_numbers,
    find_caps,
    find_phones,
    find_dates,
    find_amounts,
)
_KINDS = {"city": Places}
_KNOWLEDGE_FILE = "lookups.json"
_NAMES = ("given_name", "surname")


@DefaultV1Recipe.register(
    [
        DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR,
        DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER,
    ],
    is_trainable=True,
)
class PatternEntities(Learner[tuple[Finder, ...]], EntityExtractorMixin):
    """Finds entities by form, lookup table and the words around; never two in one place.

    It learns the lookup tables and synonyms of the training data, the annotated phrases of the
    `lookup_entities`, and which words are ordinary and so no names.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"lookup_entities": ["product", "city"], "default_language": DEFAULT_LANGUAGE}

    @classmethod
    def untaught(cls) -> tuple[Finder, ...]:
        """The finders of what has a form."""
        return _FORMS

    @classmethod
    def recall(cls, folder: Path, config: dict[str, Any]) -> tuple[Finder, ...]:
        """The finders of forms and of the names that the model keeps."""
        return _finders(read_json_file(folder / _KNOWLEDGE_FILE), config["lookup_entities"])

    def train(self, training_data: TrainingData) -> Resource:
        """Gather lookup tables, synonyms, annotated phrases and ordinary words."""
        knowledge = {
            "lookups": _lookup_tables(training_data, self._config["lookup_entities"]),
            "synonyms": training_data.entity_synonyms,
            "ordinary": sorted(_ordinary_words(training_data)),
        }
        self._learnt = _finders(knowledge, self._config["lookup_entities"])
        with self._model_storage.write_to(self._resource) as folder:
            dump_obj_as_json_to_file(folder / _KNOWLEDGE_FILE, knowledge)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leave the findings with every example; its annotations stay as they are."""
        for example in training_data.training_examples:
            if example.get("text"):
                example.set(FOUND, self._find(example))
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the entities of each message."""
        for message in messages:
            found = self._find(message) if message.get("text") else []
            message.set(FOUND, found)
            entities = self.add_extractor_name([dict(entity) for entity in found])
            message.set("entities", message.get("entities", []) + entities, add_to_output=True)
        return messages

    def _find(self, message: Message) -> list[dict[str, Any]]:
        language = language_of(message, self._config["default_language"])
        doc = analyse(message.get("text"), language)
        findings = (finding for finder in self._learnt for finding in finder(doc))
        return [_as_entity(finding) for finding in without_overlaps(findings)]


def _finders(knowledge: dict[str, Any], lookup_entities: Iterable[str]) -> tuple[Finder, ...]:
    lookups, synonyms = knowledge["lookups"], knowledge["synonyms"]
    lexicons = [
        _KINDS.get(entity, Lexicon)(entity, lookups[entity], synonyms)
        for entity in lookup_entities
        if lookups.get(entity)
    ]
    given, surnames = (lookups.get(name, []) for name in _NAMES)
    names = NameBook(given, surnames, lookups.get("city", []), knowledge["ordinary"])
    return (*_FORMS, names.find, *(lexicon.find for lexicon in lexicons))


def _as_entity(finding: Finding) -> dict[str, Any]:
    return {
        "entity": finding.entity,
        "start": finding.start,
        "end": finding.end,
        "value": finding.value,
    }


def _lookup_tables(training_data: TrainingData, annotated: Iterable[str]) -> dict[str, list[str]]:
    tables: dict[str, set[str]] = {}
    for table in training_data.lookup_tables:
        if isinstance(table["elements"], list):
            tables.setdefault(table["name"], set()).update(table["elements"])
    for example in training_data.entity_examples:
        for entity in example.get("entities"):
            if entity["entity"] in annotated:
                phrase = example.get("text")[entity["start"] : entity["end"]]
                tables.setdefault(entity["entity"], set()).add(phrase)
    return {name: sorted(elements) for name, elements in tables.items()}


def _ordinary_words(training_data: TrainingData) -> set[str]:
    """The words of the examples that stand outside names of people, in small letters there."""
    words: set[str] = set()
    for example in training_data.intent_examples:
        text = example.get("text")
        for entity in reversed(example.get("entities") or []):
            if entity["entity"] in ("person_name", "email"):
                text = text[: entity["start"]] + text[entity["end"] :]
        words |= {fold(word) for word in text.split() if word.isalpha() and word.islower()}
    return words
