"""What the components that learn have in common: how Rasa makes, stores and finds them again."""

import hashlib
from abc import abstractmethod
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage

from bot.rasa_ext.nlu.fingerprint import source_fingerprint

Learnt = TypeVar("Learnt")
_Self = TypeVar("_Self", bound="Learner[Any]")


class Learner(GraphComponent, Generic[Learnt]):
    """A component that reads messages by what it learnt, and keeps that with the model."""

    # The settings that name files to learn from: Rasa itself would not notice other contents.
    learns_from: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        learnt: Learnt | None = None,
    ) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._learnt = learnt

    @classmethod
    @abstractmethod
    def recall(cls, folder: Path, config: dict[str, Any]) -> Learnt:
        """What the training left in the model's folder."""

    @classmethod
    def untaught(cls) -> Learnt | None:
        """What it goes by before any training."""
        return None

    @classmethod
    def create(
        cls: type[_Self],
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> _Self:
        """A component before its training."""
        return cls(config, model_storage, resource, cls.untaught())

    @classmethod
    def load(
        cls: type[_Self],
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> _Self:
        """A component as its training left it."""
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, cls.recall(folder, config))

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Changes with the package's source and with the files that it learns from."""
        digest = hashlib.sha256(source_fingerprint().encode())
        for path in cls._files(config):
            content = path.read_bytes() if path.is_file() else b""
            digest.update(hashlib.sha256(content).digest())
        return digest.hexdigest()

    @classmethod
    def _files(cls, config: dict[str, Any]) -> list[Path]:
        named = [config.get(setting) or [] for setting in cls.learns_from]
        lists = [[names] if isinstance(names, str) else names for names in named]
        return [Path(name) for names in lists for name in names]
