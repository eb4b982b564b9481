"""What the command line shows: one search as JSON, and a file of questions tried against a FAQ."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from knowledge.build import build_index
from knowledge.documents import Document
from knowledge.encoder import Encoder
from knowledge.index import KnowledgeIndex
from knowledge.material import Example
from knowledge.progress import Progress, silent
from knowledge.readers.answers_csv import read_answers_csv
from knowledge.readers.sections import ReadError, read_text
from knowledge.search import KnowledgeSearch
from knowledge.settings import SearchSettings
from knowledge.train import train_on
from knowledge.words import guess_language

_HEADERS = {"id", "query_id", "queryid", "qid", "id_query"}


@dataclass(frozen=True, slots=True)
class Query:
    """One question of a test file."""

    id: str
    text: str


def read_queries(path: Path) -> list[Query]:
    """`id<TAB>text` on every line; a first line that names the columns is skipped."""
    lines = read_text(path).splitlines()
    queries = [
        _read_query(path, number, line) for number, line in enumerate(lines, 1) if line.strip()
    ]
    if queries and queries[0].id.casefold() in _HEADERS:
        queries = queries[1:]
    if not queries:
        raise ReadError(path, 1, "there is no query; write id<TAB>text on every line.")
    return queries


def evaluate_faq(
    faq: Path,
    queries: Path,
    encoder: Encoder | None = None,
    examples: Sequence[Example] = (),
    settings: SearchSettings | None = None,
    language: str | None = None,
    limit: int = 20,
    progress: Progress = silent,
) -> Iterator[dict[str, Any]]:
    """For each query: its id, the ranked ids, and whether the first would be given as the answer.

    The file is indexed apart, in a folder that is removed in the end. Without an encoder, one is
    trained on the file and the `examples`, as `bottega knowledge train` does for a company.
    Without a language, the questions tell which it is.
    """
    asked = read_queries(queries)
    documents = read_answers_csv(faq, language or _language_of(faq))
    settings = settings or SearchSettings()
    with TemporaryDirectory(prefix="faq-") as folder:
        encoder = encoder or train_on(documents, examples, Path(folder) / "encoder", progress)
        build_index(documents, encoder, Path(folder) / "index", progress, settings)
        index = KnowledgeIndex.open(Path(folder) / "index", encoder, settings)
        search = KnowledgeSearch(index, encoder, settings)
        for query in asked:
            yield _outcome(search, query, documents[0].language, limit)


def describe_search(
    search: KnowledgeSearch, query: str, language: str, level: str = "anonymous", limit: int = 5
) -> dict[str, Any]:
    """The ranked hits of one question with their scores, and whether the bot would answer."""
    answer = search.answer(query, language, level)
    hits = search.search(query, language, limit=limit, level=level)
    return {
        "query": query,
        "language": language,
        "answers": answer.confident,
        "probability": round(answer.probability, 4),
        "answer": answer.hit.document.id if answer.hit and answer.confident else None,
        "ask_back": [] if answer.confident else [found.title for found in answer.alternatives],
        "hits": [_describe(hit.document) | _scores(hit) for hit in hits],
    }


def _outcome(search: KnowledgeSearch, query: Query, language: str, limit: int) -> dict[str, Any]:
    hits = search.search(query.text, language, limit=limit)
    return {
        "query": query.id,
        "ids": [hit.document.id for hit in hits],
        "answers": search.answer(query.text, language).confident,
    }


def _describe(document: Document) -> dict[str, Any]:
    names = ("id", "kind", "language", "title", "source", "url")
    return {name: getattr(document, name) for name in names}


def _scores(hit: Any) -> dict[str, float]:
    return {name: round(getattr(hit, name), 4) for name in ("score", "dense", "lexical", "typo")}


def _read_query(path: Path, number: int, line: str) -> Query:
    name, tab, text = line.partition("\t")
    if not tab or not name.strip() or not text.strip():
        raise ReadError(path, number, "write id<TAB>text, one query a line.")
    return Query(name.strip(), text.split("\t")[0].strip().strip('"').strip())


def _language_of(faq: Path) -> str:
    return guess_language(document.title for document in read_answers_csv(faq))
