"""Retrieval, measured: quality on paraphrases written apart, speed on a large catalogue.

`python -m tests.benchmarks.retrieval [encoder folder]` prints the table; `--calibrate` fits the
confidence curve on the tuning half and prints it. Nothing is ever chosen on the held-out half.
"""

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from knowledge.build import build_index
from knowledge.confidence import Confidence, Signals, fit_confidence, signals
from knowledge.dense import DenseSide, document_vectors
from knowledge.documents import Document
from knowledge.encoder import Encoder, open_encoder
from knowledge.index import KnowledgeIndex
from knowledge.material import Example, read_examples
from knowledge.progress import Progress, silent
from knowledge.readers.catalogue import read_products, read_questions
from knowledge.search import KnowledgeSearch
from knowledge.settings import SearchSettings
from knowledge.train import Recipe, train_on
from tests.benchmarks.decision import Shop
from tests.knowledge.generated import generate_products

_ROOT = Path(__file__).parents[2]
_FIXTURES = _ROOT / "tests/fixtures/retrieval"
_COMPANY = _ROOT / "app/demo/company"
_NO_ANSWER = "-"
_SIDES = {
    "lexical": {"dense_weight": 0.0, "lexical_weight": 1.0},
    "dense": {"dense_weight": 1.0, "lexical_weight": 0.0},
    "fused": {},
}
_LARGE = 100_000
_CALIBRATION_SEEDS = 2

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Query:
    """One question, in its language, and the document that answers it (`-` for none)."""

    id: str
    language: str
    text: str


def run(encoder_folder: Path | None = None, catalogue: int = _LARGE) -> list[Row]:
    """Every figure as name, value, unit, compared_with."""
    with TemporaryDirectory(prefix="retrieval-") as name:
        folder = Path(name)
        rows, encoder = _encoder_rows(folder, encoder_folder)
        search = _open_search(folder / "answers", _answers(), encoder)
        apart, by_another = read_fixture("heldout"), read_fixture("independent")
        rows += list(_quality_rows(search, apart, "paraphrases written apart"))
        rows += list(_quality_rows(search, by_another, "questions by another author"))
        rows += list(_quality_rows(search, [*apart, *by_another], "both together"))
        rows += list(_answer_rows(search, "heldout"))
        rows += list(_product_rows(_open_search(folder / "products", _products(), encoder)))
        rows += list(_speed_rows(folder / "large", encoder, catalogue))
        rows += list(_beyond_rows(encoder, 2 * catalogue))
    return rows


def read_fixture(name: str) -> list[Query]:
    """The questions of one file."""
    lines = (_FIXTURES / f"{name}.tsv").read_text("utf-8").splitlines()[1:]
    return [Query(*line.split("\t")) for line in lines]


def calibrate() -> Confidence:
    """Fit the curve to the tuning half: on the answers as they are and without their other ways
    to ask, each also without the document that would answer, with encoders of several seeds."""
    outcomes: list[tuple[Signals, bool]] = []
    bare = [replace(document, also=()) for document in _answers()]
    for seed in range(_CALIBRATION_SEEDS):
        for documents in (_answers(), bare):
            with TemporaryDirectory(prefix="calibrate-") as folder:
                outcomes += _calibration_outcomes(Path(folder), documents, seed)
    return fit_confidence(outcomes)


def _calibration_outcomes(
    folder: Path, documents: Sequence[Document], seed: int
) -> Iterator[tuple[Signals, bool]]:
    material = [*documents, *_products()]
    encoder = train_on(material, _examples(), folder / "encoder", recipe=Recipe(seed=seed))
    queries = read_fixture("tuning")
    yield from _outcomes(_open_search(folder / "all", documents, encoder), queries)
    lacking = [document for document in documents if not _is_held_back(document.id)]
    unanswerable = [query for query in queries if _is_held_back(query.id)]
    yield from _outcomes(_open_search(folder / "lacking", lacking, encoder), unanswerable)


def _is_held_back(name: str) -> bool:
    """Every fourth question of the alphabet."""
    ids = sorted({document.id for document in _answers()})
    return name in ids[::4]


def _outcomes(search: KnowledgeSearch, queries: Iterable[Query]) -> Iterator[tuple[Signals, bool]]:
    for query in queries:
        hits = search.search(query.text, query.language, ("answer",), 6)
        if hits:
            yield signals(hits), hits[0].document.id == query.id


@cache
def _answers() -> list[Document]:
    return read_questions(_COMPANY / "questions")


@cache
def _products() -> list[Document]:
    return read_products(_COMPANY / "products")


@cache
def _examples() -> list[Example]:
    return read_examples(_ROOT / "nlu_data")


def _encoder_rows(folder: Path, trained: Path | None) -> tuple[list[Row], Encoder]:
    if trained is not None:
        return [], open_encoder(trained)
    start = time.perf_counter()
    encoder = train_on([*_answers(), *_products()], _examples(), folder / "encoder")
    seconds = time.perf_counter() - start
    return [_row("encoder training", seconds, "s", "180 s")], encoder


def _open_search(
    root: Path, documents: Iterable[Document], encoder: Encoder, progress: Progress = silent
) -> KnowledgeSearch:
    settings = SearchSettings()
    build_index(documents, encoder, root, progress, settings)
    return KnowledgeSearch(KnowledgeIndex.open(root, encoder, settings), encoder, settings)


def _quality_rows(search: KnowledgeSearch, asked: Iterable[Query], label: str) -> Iterator[Row]:
    queries = [query for query in asked if query.id != _NO_ANSWER]
    for side, weights in _SIDES.items():
        one_sided = search.with_settings(replace(SearchSettings(), **weights))
        ranks = np.array([_rank(one_sided, query) for query in queries], dtype=np.float64)
        figures = {
            "success@1": (ranks == 1).mean(),
            "MRR": (1 / ranks).mean(),
            "recall@5": (ranks <= 5).mean(),
        }
        for figure, value in figures.items():
            yield _row(f"{label}, {figure}, {side}", value, "", f"n = {len(queries)}")


def _rank(search: KnowledgeSearch, query: Query) -> float:
    hits = search.search(query.text, query.language, ("answer",), 1000)
    found = [hit.document.id for hit in hits if hit.score > 0]
    return found.index(query.id) + 1 if query.id in found else float("inf")


def _answer_rows(search: KnowledgeSearch, fixture: str) -> Iterator[Row]:
    queries = read_fixture(fixture)
    answers = [(query, search.answer(query.text, query.language)) for query in queries]
    given = [(q, a.hit.document.id) for q, a in answers if a.confident and a.hit]
    off_topic = [query for query in queries if query.id == _NO_ANSWER]
    right = sum(query.id == found for query, found in given)
    yield _row("answers given that are right", right / len(given), "", f"{len(given)} given")
    wrong = sum(query.id == _NO_ANSWER for query, _ in given)
    yield _row("off-topic questions answered", wrong / len(off_topic), "", f"n = {len(off_topic)}")
    asked = len(queries) - len(off_topic)
    yield _row("questions answered at once and right", right / asked, "", f"n = {asked}")


def _product_rows(search: KnowledgeSearch) -> Iterator[Row]:
    lines = (_FIXTURES / "products.tsv").read_text("utf-8").splitlines()[1:]
    for side, weights in _SIDES.items():
        one_sided = search.with_settings(replace(SearchSettings(), **weights))
        shares = [_fitting_share(one_sided, *line.split("\t")) for line in lines]
        yield _row(f"products that fit, first 5, {side}", np.mean(shares), "", f"n = {len(lines)}")


def _fitting_share(search: KnowledgeSearch, language: str, condition: str, query: str) -> float:
    fitting = {document.id for document in _products() if _fits(document, condition)}
    hits = search.search(query, language, ("product",), min(5, len(fitting)))
    return sum(hit.document.id in fitting for hit in hits) / min(5, len(fitting))


def _fits(document: Document, condition: str) -> bool:
    wanted = (part.split("=") for part in condition.split())
    return all(value in _listed(document.data.get(trait)) for trait, value in wanted)


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def _speed_rows(root: Path, encoder: Encoder, count: int) -> Iterator[Row]:
    products = _many_products(count)
    start = time.perf_counter()
    search = _open_search(root, products, encoder)
    label = f"{count:,} products"
    yield _row(f"{label}, index build", time.perf_counter() - start, "s", "encoding included")
    size = sum(path.stat().st_size for path in root.rglob("*") if path.is_file())
    yield _row(f"{label}, index on disk", size / 1e6, "MB", "")
    yield _row(f"{label}, memory after opening", _resident_growth(root, encoder), "MB", "")
    queries = [query.text for query in read_fixture("tuning") if query.language == "it"]
    yield from _latencies(f"{label}, encode", queries, lambda text: encoder.encode([text]), 1)
    yield from _latencies(
        f"{label}, search", queries, lambda text: search.search(text, "it", ("product",), 10), 10
    )
    yield from _decision_rows(label, root.parent, products, search, queries)
    yield from _approximate_rows(label, search, encoder, queries)


def _decision_rows(
    label: str,
    folder: Path,
    products: Sequence[Document],
    search: KnowledgeSearch,
    queries: Sequence[str],
) -> Iterator[Row]:
    shop = Shop(folder, products, search)
    yield from _latencies(f"{label}, decide after words", queries, shop.answer, 15)
    yield from _latencies(f"{label}, decide unasked", queries, lambda _: shop.promote(), 15)
    shop.close()


def _many_products(count: int) -> list[Document]:
    models = [document for document in _products() if document.language == "it"]
    return list(generate_products(models, count))


def _beyond_rows(encoder: Encoder, count: int) -> Iterator[Row]:
    """Above the size up to which everything is compared, the index chooses clusters by itself."""
    label = f"{count:,} products"
    settings = SearchSettings()
    if count <= settings.exact_up_to:
        return
    vectors = document_vectors(_many_products(count), encoder, settings.dense_fields, silent)
    queries = [query.text for query in read_fixture("tuning") if query.language == "it"]
    yield from _cluster_rows(label, vectors, settings, encoder, queries)


def _latencies(
    label: str, queries: Sequence[str], ask: Callable[[str], object], limit: float
) -> Iterator[Row]:
    ask(queries[0])
    waits, works = [], []
    for text in queries * 5:
        wait, work = time.perf_counter(), time.thread_time()
        ask(text)
        waits.append((time.perf_counter() - wait) * 1000)
        works.append((time.thread_time() - work) * 1000)
    yield _row(f"{label}, p50", np.percentile(waits, 50), "ms", "")
    yield _row(f"{label}, p99", np.percentile(waits, 99), "ms", f"{limit} ms")
    yield _row(f"{label}, p99 of processor time", np.percentile(works, 99), "ms", f"{limit} ms")


def _approximate_rows(
    label: str, search: KnowledgeSearch, encoder: Encoder, queries: Sequence[str]
) -> Iterator[Row]:
    vectors = np.array(search.index.partitions["product", "it"].dense.vectors)
    settings = replace(SearchSettings(), exact_up_to=0)
    yield from _cluster_rows(label, vectors, settings, encoder, queries)


def _cluster_rows(
    label: str, vectors: Any, settings: SearchSettings, encoder: Encoder, queries: Sequence[str]
) -> Iterator[Row]:
    before, start = _resident(), time.perf_counter()
    clusters = DenseSide.build(vectors, settings)
    if clusters.is_exact:
        raise AssertionError(f"{label} are compared one by one")
    yield _row(f"{label}, clusters build", time.perf_counter() - start, "s", "")
    yield _row(f"{label}, clusters memory", _resident() - before, "MB", "without the vectors")
    asked = encoder.encode(queries)
    shares = [_found_share(clusters, vectors, vector) for vector in asked]
    yield _row(f"{label}, clusters recall@10", np.mean(shares), "", "exact; at least 0.97")
    rows = dict(zip(queries, asked, strict=True))
    yield from _latencies(
        f"{label}, clusters", queries, lambda text: clusters.nearest(rows[text], 50, None), 10
    )


def _found_share(side: DenseSide, vectors: Any, vector: Any) -> float:
    """How many of the ten best it finds; an equal likeness counts as found."""
    exact = np.sort(vectors @ vector)[::-1][9]
    found = np.sort(vectors[side.nearest(vector, 50, None)] @ vector)[::-1][:10]
    return float((found >= exact - 1e-6).mean())


def _resident_growth(root: Path, encoder: Encoder) -> float:
    before = _resident()
    opened = KnowledgeIndex.open(root, encoder, SearchSettings())
    grown = _resident() - before
    return grown if len(opened) else 0.0


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def _row(name: str, value: float, unit: str, compared_with: str) -> Row:
    return {
        "name": name,
        "value": round(float(value), 3),
        "unit": unit,
        "compared_with": compared_with,
    }


def main() -> None:
    """Print the table, or the curve."""
    if "--calibrate" in sys.argv:
        print(calibrate())
        return
    trained = next((Path(word) for word in sys.argv[1:]), None)
    for row in run(trained):
        print(f"{row['name']:60s} {row['value']:>10} {row['unit']:3s} {row['compared_with']}")


if __name__ == "__main__":
    main()
