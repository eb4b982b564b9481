"""The pipeline of a config.yml, trained on any data, without a model file."""

import tempfile
from collections.abc import Iterable
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

ROOT = Path(__file__).parents[3]
NLU_DATA = ROOT / "nlu_data"
CONFIG = ROOT / "config.yml"
FALLBACK = "nlu_fallback"
OUT_OF_SCOPE = "out_of_scope"


class Pipeline:
    """The components of a config.yml in their order."""

    def __init__(self, config: Path = CONFIG) -> None:
        self._settings = yaml.safe_load(config.read_text(encoding="utf-8"))["pipeline"]
        self._components: list[Any] = []

    def train(self, data: TrainingData) -> "Pipeline":
        """Train every component; what one leaves with the examples the next ones find there."""
        self._components = []
        with tempfile.TemporaryDirectory() as folder:
            for number, settings in enumerate(self._settings):
                component = create_component(settings, Path(folder), f"part{number}")
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


def create_component(settings: dict[str, Any], folder: Path, name: str = "component") -> Any:
    """A component as Rasa makes it; what it learns it keeps in the folder under the name."""
    kind = class_from_module_path(settings["name"])
    given = {key: value for key, value in settings.items() if key != "name"}
    storage, context = LocalModelStorage(folder), ExecutionContext(GraphSchema({}))
    config = {**kind.get_default_config(), **given}
    return kind.create(config, storage, Resource(name), context)


def training_data(labelled: Iterable[tuple[str, str]]) -> TrainingData:
    """Training data of texts and intents alone."""
    return TrainingData([Message.build(text=text, intent=intent) for text, intent in labelled])


def read_training_data(folder: Path = NLU_DATA) -> TrainingData:
    """The training data of a folder, in the order of the files' names."""
    data = TrainingData()
    for path in sorted(folder.rglob("*.yml")):
        data = data.merge(load_data(str(path)))
    return data


def best_reading(message: Message) -> tuple[str, float]:
    """The likeliest intent and its confidence, whether or not the assistant would act on it."""
    ranking = [r for r in message.get("intent_ranking") if r["name"] != FALLBACK]
    return (ranking[0]["name"], ranking[0]["confidence"]) if ranking else (FALLBACK, 0.0)


def acts_on(message: Message) -> bool:
    """Whether the assistant takes the message for something that it knows."""
    return message.get("intent")["name"] not in (FALLBACK, OUT_OF_SCOPE)
