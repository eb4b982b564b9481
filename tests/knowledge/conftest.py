"""An encoder trained on the small shop, and search over it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from knowledge.build import build_index
from knowledge.documents import Document
from knowledge.encoder import Encoder
from knowledge.index import KnowledgeIndex
from knowledge.search import KnowledgeSearch
from knowledge.settings import SearchSettings
from knowledge.train import Recipe, train_on
from tests.knowledge.shop import EXAMPLES, SHOP


@pytest.fixture(scope="session")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    """A real encoder, small and trained for a second or two."""
    folder = tmp_path_factory.mktemp("encoder") / "small"
    return train_on(SHOP, EXAMPLES, folder, recipe=Recipe(dim=64, steps=150, batch=128))


@pytest.fixture
def open_search(tmp_path: Path, encoder: Encoder) -> Callable[..., KnowledgeSearch]:
    """Search over any documents."""

    def build(documents: list[Document], **settings: object) -> KnowledgeSearch:
        chosen = SearchSettings(**settings)  # type: ignore[arg-type]
        build_index(documents, encoder, tmp_path / "index", settings=chosen)
        index = KnowledgeIndex.open(tmp_path / "index", encoder, chosen)
        return KnowledgeSearch(index, encoder, chosen)

    return build


@pytest.fixture
def search(open_search: Callable[..., KnowledgeSearch]) -> KnowledgeSearch:
    """Search over the small shop."""
    return open_search(SHOP)
