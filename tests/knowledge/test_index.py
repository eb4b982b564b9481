"""The index: incremental, swapped in one step while serving, tied to its encoder."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge.build import build_index, update_index
from knowledge.dense import DenseSide
from knowledge.documents import Document, DocumentError
from knowledge.encoder import Encoder
from knowledge.index import IndexMismatch, KnowledgeIndex, LiveIndex
from knowledge.search import KnowledgeSearch
from knowledge.settings import FieldWeights, SearchSettings
from knowledge.store import IndexMissing, current_version, publish
from tests.knowledge.shop import LIPSTICK, RETURNS, SHIPPING, SHOP, WARRANTY

SETTINGS = SearchSettings()


def open_index(root: Path, encoder: Encoder) -> KnowledgeIndex:
    return KnowledgeIndex.open(root, encoder, SETTINGS)


def test_what_is_built_is_found_again(tmp_path: Path, encoder: Encoder) -> None:
    built = build_index(SHOP, encoder, tmp_path)
    index = open_index(tmp_path, encoder)
    assert {document.key for document in index} == {document.key for document in SHOP}
    assert len(index) == built.documents == built.encoded == len(SHOP)
    assert index.find("answer/shipping-cost/it") == SHIPPING
    assert index.find("answer/shipping-cost/fr") is None


def test_a_changed_text_alone_is_encoded_again(tmp_path: Path, encoder: Encoder) -> None:
    build_index(SHOP, encoder, tmp_path)
    built = update_index(tmp_path, encoder, [replace(WARRANTY, text="Tre anni.")])
    assert (built.encoded, built.rewritten, built.documents) == (1, 1, len(SHOP))
    assert open_index(tmp_path, encoder).find(WARRANTY.key) == replace(WARRANTY, text="Tre anni.")


def test_a_changed_date_is_stored_without_encoding(tmp_path: Path, encoder: Encoder) -> None:
    build_index(SHOP, encoder, tmp_path)
    built = update_index(tmp_path, encoder, [replace(WARRANTY, level="claimed")])
    assert (built.encoded, built.rewritten) == (0, 1)


def test_an_empty_index_finds_nothing_until_it_is_filled(tmp_path: Path, encoder: Encoder) -> None:
    build_index([], encoder, tmp_path)
    search = KnowledgeSearch(open_index(tmp_path, encoder), encoder)
    assert search.search("spedizione", "it") == []
    assert search.answer("spedizione", "it").hit is None
    assert search.similar(["P-1"]) == []
    update_index(tmp_path, encoder, [SHIPPING])
    assert len(open_index(tmp_path, encoder)) == 1


def test_removed_documents_are_gone(tmp_path: Path, encoder: Encoder) -> None:
    build_index(SHOP, encoder, tmp_path)
    update_index(tmp_path, encoder, remove=[SHIPPING.key, "answer/never-was/it"])
    index = open_index(tmp_path, encoder)
    assert len(index) == len(SHOP) - 1
    assert index.find(SHIPPING.key) is None


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_step_by_step_or_at_once_the_index_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, encoder: Encoder, data: st.DataObject
) -> None:
    root = tmp_path_factory.mktemp("index")
    expected = {document.key: document for document in SHOP}
    build_index(SHOP, encoder, root / "steps")
    for _ in range(data.draw(st.integers(1, 3))):
        changed = data.draw(st.sampled_from(SHOP))
        text = data.draw(st.sampled_from(["nuovo testo", "spedizione gratuita", ""]))
        removed = data.draw(st.sampled_from(SHOP)).key
        update_index(root / "steps", encoder, [replace(changed, text=text)], [removed])
        expected[changed.key] = replace(changed, text=text)
        expected.pop(removed, None)
    build_index(expected.values(), encoder, root / "once")
    assert _found(root / "steps", encoder) == _found(root / "once", encoder)


def _found(root: Path, encoder: Encoder) -> list[tuple[str, float]]:
    search = KnowledgeSearch(open_index(root, encoder), encoder)
    queries = ["quanto costa la spedizione", "phon da viagio", "garanzia", "return a product"]
    hits = [hit for query in queries for hit in search.search(query, "it", limit=20)]
    return sorted((hit.document.key + hit.document.text, round(hit.score, 5)) for hit in hits)


def test_an_index_of_another_encoder_is_refused(tmp_path: Path, encoder: Encoder) -> None:
    build_index(SHOP, encoder, tmp_path)
    other = _Renamed(encoder, "v2")
    with pytest.raises(
        IndexMismatch, match=r"made with .* version .*run `bottega knowledge index`"
    ):
        open_index(tmp_path, other)


def test_building_with_another_encoder_encodes_everything(tmp_path: Path, encoder: Encoder) -> None:
    build_index(SHOP, encoder, tmp_path)
    other = _Renamed(encoder, "v2")
    assert build_index(SHOP, other, tmp_path).encoded == len(SHOP)
    assert len(open_index(tmp_path, other)) == len(SHOP)


def test_other_field_weights_encode_everything(tmp_path: Path, encoder: Encoder) -> None:
    build_index(SHOP, encoder, tmp_path)
    weights = replace(SETTINGS, dense_fields=FieldWeights(1.0, 2.0, 0.0))
    assert build_index(SHOP, encoder, tmp_path, settings=weights).encoded == len(SHOP)


class _Renamed:
    """The same vectors under another version."""

    def __init__(self, encoder: Encoder, version: str) -> None:
        self.name, self.dim, self.version = encoder.name, encoder.dim, version
        self.encode = encoder.encode


def test_no_index_says_what_to_run(tmp_path: Path, encoder: Encoder) -> None:
    with pytest.raises(IndexMissing, match="run `bottega knowledge index`"):
        open_index(tmp_path, encoder)


@pytest.mark.parametrize(
    ("documents", "problem"),
    [
        ([SHIPPING, replace(SHIPPING, source="b.csv:2")], "Two documents are called answer/ship"),
        ([replace(SHIPPING, data={"x": object()})], "its data cannot be stored"),
    ],
)
def test_documents_that_cannot_be_indexed_are_refused(
    tmp_path: Path, encoder: Encoder, documents: list[Document], problem: str
) -> None:
    with pytest.raises(DocumentError, match=problem):
        build_index(documents, encoder, tmp_path)


def test_a_build_that_fails_leaves_the_old_version(tmp_path: Path, encoder: Encoder) -> None:
    build_index(SHOP, encoder, tmp_path)
    with pytest.raises(DocumentError):
        update_index(tmp_path, encoder, [replace(RETURNS, data={"x": object()})])
    assert open_index(tmp_path, encoder).find(RETURNS.key) == RETURNS
    assert not list((tmp_path / "versions").glob("*.draft"))


def test_old_versions_are_removed(tmp_path: Path, encoder: Encoder) -> None:
    for text in "abcd":
        build_index([replace(SHIPPING, text=text)], encoder, tmp_path)
    assert [path.name for path in sorted((tmp_path / "versions").iterdir())] == [
        "00000003",
        "00000004",
    ]


def test_the_index_is_swapped_while_it_serves(tmp_path: Path, encoder: Encoder) -> None:
    build_index(SHOP, encoder, tmp_path)
    live = LiveIndex(tmp_path, encoder, SETTINGS)
    search = KnowledgeSearch(live, encoder)
    texts, failures, stop = set(), [], threading.Event()

    def ask() -> None:
        while not stop.is_set():
            try:
                (hit,) = search.search("quanto dura la garanzia", "it", ("answer",), 1)
                texts.add(hit.document.text)
            except Exception as error:  # the test reports whatever a reader met
                failures.append(error)

    with ThreadPoolExecutor(3) as readers:
        for _ in range(3):
            readers.submit(ask)
        try:
            for years in range(3, 9):
                update_index(tmp_path, encoder, [replace(WARRANTY, text=f"{years} anni.")])
            live.refresh()
            assert search.search("garanzia", "it", limit=1)[0].document.text == "8 anni."
        finally:
            stop.set()
    assert not failures
    assert texts <= {WARRANTY.text, *(f"{years} anni." for years in range(3, 9))}


def test_a_new_version_is_noticed_without_being_told(tmp_path: Path, encoder: Encoder) -> None:
    build_index(SHOP, encoder, tmp_path)
    live = LiveIndex(tmp_path, encoder, SETTINGS)
    update_index(tmp_path, encoder, remove=[WARRANTY.key])
    deadline = threading.Event()
    for _ in range(200):
        if live.get().find(WARRANTY.key) is None:
            break
        deadline.wait(0.02)
    assert live.get().find(WARRANTY.key) is None


def test_a_version_that_cannot_be_read_does_not_stop_serving(
    tmp_path: Path, encoder: Encoder, caplog: pytest.LogCaptureFixture
) -> None:
    build_index(SHOP, encoder, tmp_path)
    live = LiveIndex(tmp_path, encoder, SETTINGS)
    publish(tmp_path, lambda folder: None)
    live.refresh()
    assert live.get().find(WARRANTY.key) == WARRANTY
    assert "Still serving index 00000001" in caplog.text


def test_untouched_partitions_are_taken_over(tmp_path: Path, encoder: Encoder) -> None:
    build_index(SHOP, encoder, tmp_path)
    before = _vector_files(tmp_path)
    built = update_index(tmp_path, encoder, [replace(LIPSTICK, text="Nuovo.")])
    assert built.rewritten == 1
    assert len(before & _vector_files(tmp_path)) == len(before) - 1


def _vector_files(root: Path) -> set[int]:
    return {path.stat().st_ino for path in current_version(root).rglob("vectors.npy")}


def test_past_the_limit_clusters_find_nearly_what_comparing_all_finds() -> None:
    chance = np.random.default_rng(0)
    centres = chance.standard_normal((40, 32))
    vectors = centres[chance.integers(0, 40, 5000)] + 0.5 * chance.standard_normal((5000, 32))
    unit = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    every = DenseSide.build(unit, SETTINGS)
    clusters = DenseSide.build(unit, replace(SETTINGS, exact_up_to=4999))
    assert every.is_exact
    assert not clusters.is_exact
    shares = [
        len(set(every.nearest(row, 10, None)) & set(clusters.nearest(row, 10, None))) / 10
        for row in unit[:200]
    ]
    assert np.mean(shares) >= 0.97


def test_clusters_survive_saving_and_filtering(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    unit = chance.standard_normal((500, 16)).astype(np.float32)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    chosen = replace(SETTINGS, exact_up_to=10, clusters_searched=1.0)
    DenseSide.build(unit, chosen).save(tmp_path)
    side = DenseSide.load(tmp_path, chosen)
    allowed = np.arange(500) % 2 == 0
    assert not side.is_exact
    assert side.nearest(unit[4], 3, allowed)[0] == 4
    assert all(row % 2 == 0 for row in side.nearest(unit[5], 50, allowed))


def test_a_search_survives_its_files_being_removed(
    open_search: Callable[..., KnowledgeSearch], tmp_path: Path, encoder: Encoder
) -> None:
    search = open_search(SHOP)
    for text in "abc":
        build_index([replace(SHIPPING, text=text)], encoder, tmp_path / "index")
    assert search.search("garanzia", "it", limit=1)[0].document == WARRANTY
