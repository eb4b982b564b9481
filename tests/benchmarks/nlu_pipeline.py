"""The shipped pipeline of config.yml, trained on any data, without a model file."""

import tempfile
from pathlib import Path
from typing import Any

import yaml
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.loading import load_data
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.common import class_from_module_path

ROOT = Path(__file__).parents[2]
FALLBACK = "nlu_fallback"


class Pipeline:
    """The components of config.yml in their order."""

    def __init__(self, config: Path = ROOT / "config.yml") -> None:
        self._settings = yaml.safe_load(config.read_text())["pipeline"]
        self._folder = tempfile.TemporaryDirectory()
        self._components: list[Any] = []

    def train(self, data: TrainingData) -> "Pipeline":
        """Train every component; what one leaves with the examples the next ones find there."""
        storage = LocalModelStorage(Path(self._folder.name))
        context = ExecutionContext(GraphSchema({}))
        self._components = []
        for number, settings in enumerate(self._settings):
            component = _create(settings, storage, Resource(f"part{number}"), context)
            if hasattr(component, "train"):
                component.train(data)
            if hasattr(component, "process_training_data"):
                component.process_training_data(data)
            self._components.append(component)
        return self

    def read(self, text: str, language: str | None = None) -> Message:
        """One message as the assistant reads it in service."""
        message = Message({"text": text, "metadata": {"language": language}})
        for component in self._components:
            component.process([message])
        return message


def _create(settings: dict[str, Any], *rest: Any) -> Any:
    kind = class_from_module_path(settings["name"])
    given = {key: value for key, value in settings.items() if key != "name"}
    return kind.create({**kind.get_default_config(), **given}, *rest)


def training_data(labelled: list[tuple[str, str]]) -> TrainingData:
    """Training data of texts and intents alone."""
    return TrainingData([Message.build(text=text, intent=intent) for text, intent in labelled])


def shipped_data() -> TrainingData:
    """The assistant's own training data."""
    data = TrainingData()
    for path in sorted((ROOT / "nlu_data").rglob("*.yml")):
        data = data.merge(load_data(str(path)))
    return data


def best_reading(message: Message) -> tuple[str, float]:
    """The likeliest intent and its confidence, whether or not the assistant would act on it."""
    ranking = [r for r in message.get("intent_ranking") if r["name"] != FALLBACK]
    return (ranking[0]["name"], ranking[0]["confidence"]) if ranking else (FALLBACK, 0.0)


def acts_on(message: Message) -> bool:
    """Whether the assistant takes the message for something that it knows."""
    return message.get("intent")["name"] not in (FALLBACK, "out_of_scope")
