"""Real components, trained here on the assistant's own data or on a little of another kind."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.rasa_ext.nlu.analyser import SpacyAnalyser
from bot.rasa_ext.nlu.entities.component import PatternEntities
from bot.rasa_ext.nlu.language import LanguageIdentifier
from bot.rasa_ext.report.pipeline import ROOT, create_component, read_training_data

Finder = Callable[..., list[tuple[str, str, str]]]


def loaded_again(kind: type, folder: Path, **settings: Any) -> Any:
    """The component that another one of the kind left in a folder."""
    config = {**kind.get_default_config(), **settings}
    place = LocalModelStorage(folder), Resource("component"), ExecutionContext(GraphSchema({}))
    return kind.load(config, *place)


def made(kind: type, folder: Path, **settings: Any) -> Any:
    """A new component that keeps what it learns in a folder."""
    return create_component({"name": f"{kind.__module__}.{kind.__name__}", **settings}, folder)


@pytest.fixture(scope="session")
def assistant_data() -> TrainingData:
    """The assistant's training data."""
    return read_training_data()


@pytest.fixture(autouse=True)
def in_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings name files from the project's folder on."""
    monkeypatch.chdir(ROOT)


@pytest.fixture(scope="session")
def language_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the trained language identifier keeps what it learnt."""
    return tmp_path_factory.mktemp("language")


@pytest.fixture(scope="session")
def identifier(assistant_data: TrainingData, language_folder: Path) -> LanguageIdentifier:
    """The language identifier, trained on the assistant's data."""
    component = made(LanguageIdentifier, language_folder)
    component.train(assistant_data)
    return component


@pytest.fixture(scope="session")
def entity_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the trained entity extractor keeps what it learnt."""
    return tmp_path_factory.mktemp("entities")


@pytest.fixture(scope="session")
def extractor(assistant_data: TrainingData, entity_folder: Path) -> PatternEntities:
    """The entity extractor, trained on the assistant's data."""
    component = made(PatternEntities, entity_folder)
    component.train(assistant_data)
    return component


@pytest.fixture(scope="session")
def find(extractor: PatternEntities) -> Finder:
    """Finds entities in a text: `(entity, the words, the value)`."""

    def found(text: str, language: str = "it") -> list[tuple[str, str, str]]:
        message = Message({"text": text, "language": language})
        extractor.process([message])
        entities = message.get("entities")
        return [(e["entity"], text[e["start"] : e["end"]], e["value"]) for e in entities]

    return found


@pytest.fixture(scope="session")
def analyser(tmp_path_factory: pytest.TempPathFactory) -> SpacyAnalyser:
    """The analyser, which learns nothing."""
    return made(SpacyAnalyser, tmp_path_factory.mktemp("analyser"))
