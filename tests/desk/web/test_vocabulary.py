"""The words that count as known, so that only those that nobody taught are shown as strange."""

from types import SimpleNamespace
from typing import Any

import pytest

from app.vocabulary import Vocabulary
from knowledge.documents import Document


class Index(list[Document]):
    version = "1"


@pytest.fixture
def knowledge() -> Any:
    told = Document("1", "answer", "it", "Vendete zorki?", "Sì, gli zorki blu.")
    return SimpleNamespace(index=Index([told]))


@pytest.mark.parametrize(
    "word", ["il", "per", "spedizione", "perché", "perche", "ordini", "giulia", "rovereto", "rossi"]
)
def test_what_the_assistant_learnt_is_known(knowledge: Any, word: str) -> None:
    assert Vocabulary(knowledge).knows(word)


@pytest.mark.parametrize("word", ["bakuchiol", "bomboniere", "xyzzy"])
def test_what_nobody_taught_is_not(knowledge: Any, word: str) -> None:
    assert not Vocabulary(knowledge).knows(word)


def test_documents_teach_words_as_soon_as_they_are_published(knowledge: Any) -> None:
    vocabulary = Vocabulary(knowledge)
    assert vocabulary.knows("zorki")
    assert not vocabulary.knows("bakuchiol")
    answer = Document("2", "answer", "it", "Bakuchiol?", "No.")
    knowledge.index = Index([*knowledge.index, answer])
    knowledge.index.version = "2"
    assert vocabulary.knows("bakuchiol")
