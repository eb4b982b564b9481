"""An answer written on the desk is found by the assistant's search at once (R24)."""

from pathlib import Path

import pytest

from app.knowledge_base import index_folder
from app.settings import Settings
from app.teaching import School
from desk.grouping import group_by_meaning
from desk.lessons import Answer
from knowledge.build import build_index
from knowledge.encoder import Encoder
from knowledge.index import LiveIndex
from knowledge.search import KnowledgeSearch
from knowledge.settings import SearchSettings
from knowledge.train import Recipe, train_on
from tests.knowledge.shop import EXAMPLES, SHOP

QUESTION = "Fate pacchetti regalo per le bomboniere?"
ANSWER = "Sì: li prepariamo in ogni negozio; ordinali con dieci giorni di anticipo."


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    folder = tmp_path_factory.mktemp("encoder") / "small"
    return train_on(SHOP, EXAMPLES, folder, recipe=Recipe(dim=64, steps=150, batch=128))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def test_what_is_taught_is_known_at_once(settings: Settings, encoder: Encoder) -> None:
    build_index(SHOP, encoder, index_folder(settings))
    search = KnowledgeSearch(LiveIndex(index_folder(settings), encoder, SearchSettings()), encoder)
    school = School(settings, search)
    school.teach_answer(Answer("17", QUESTION, ANSWER, "it", also=["bomboniere | confezioni"]))
    hit = search.search("pacchetti regalo bomboniere", "it", kinds=("answer",), limit=1)[0]
    assert (hit.document.title, hit.document.text) == (QUESTION, ANSWER)
    school.teach_answer(Answer("18", "Avete la fila per anziani?", "Sì; chiedi in cassa.", "it"))
    first = search.search("pacchetti regalo bomboniere", "it", kinds=("answer",), limit=1)[0]
    assert first.document.text == ANSWER, "an earlier lesson is not forgotten"


def test_an_answer_may_hold_anything(settings: Settings, encoder: Encoder) -> None:
    text = 'Costa 5 €; "subito";\ne si paga in cassa.'
    build_index(SHOP, encoder, index_folder(settings))
    search = KnowledgeSearch(LiveIndex(index_folder(settings), encoder, SearchSettings()), encoder)
    School(settings, search).teach_answer(Answer("1", "Quanto\ncosta; la carta?", text, "it"))
    found = search.search("quanto costa la carta", "it", limit=1)[0].document
    assert found.title == "Quanto costa; la carta?"
    assert "subito" in found.text and "si paga in cassa" in found.text


def test_questions_of_one_meaning_are_grouped(encoder: Encoder) -> None:
    texts = ["Quanto costa la spedizione?", "che orari avete?", "quanto costa spedire"]
    group = group_by_meaning(encoder, alike=0.5)
    first, second, third = group(texts)
    assert first == third != second
    assert group([]) == []
