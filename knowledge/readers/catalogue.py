"""The company's own files: questions with their answers, and products, in both languages (YAML)."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from knowledge.documents import Document
from knowledge.readers.sections import ReadError

_LANGUAGES = ("it", "en")
_TRAITS = ("category", "needs", "for_whom", "skin", "hair")
_WORDS = Path(__file__).with_name("catalogue_words.yml")


def read_questions(folder: Path) -> list[Document]:
    """Two documents of kind `answer` (Italian, English) for each question in the folder's files."""
    return [
        _answer(path, entry, language)
        for path, entry in _entries(folder)
        for language in _spoken(path, entry, "question")
    ]


def read_products(folder: Path) -> list[Document]:
    """Two documents of kind `product` (Italian, English) for each product in the folder's files."""
    return [
        product_document(entry, language, path.name)
        for path, entry in _entries(folder)
        for language in _spoken(path, entry, "name")
    ]


def product_document(product: Mapping[str, Any], language: str, source: str = "") -> Document:
    """One product in one language; its record, in that language, travels in `data`."""
    texts = [_in(product, name, language) for name in ("description", "how_to", "tip")]
    return Document(
        id=str(product["sku"]),
        kind="product",
        language=language,
        title=_in(product, "name", language),
        text="\n".join(text for text in texts if text),
        also=tuple((product.get("synonyms") or {}).get(language, ())),
        tags=tuple(_traits(product, language)),
        source=source,
        url=str(product.get("url", "")),
        data={name: _spoken_in(value, language) for name, value in product.items()},
    )


def _answer(path: Path, entry: Mapping[str, Any], language: str) -> Document:
    return Document(
        id=str(entry["id"]),
        kind="answer",
        language=language,
        title=_in(entry, "question", language),
        text=_in(entry, "answer", language),
        also=tuple((entry.get("also") or {}).get(language, ())),
        tags=tuple(tag.replace("_", " ") for tag in entry.get("tags", ())),
        source=path.name,
        url=str(entry.get("url", "")),
        level=str(entry.get("level", "anonymous")),
        valid_from=entry.get("valid_from"),
        valid_until=entry.get("valid_until"),
        data={"topic": entry.get("topic", "")},
    )


def _entries(folder: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    for path in sorted(folder.glob("*.yml")):
        for entry in _load(path):
            yield path, entry


def _load(path: Path) -> list[Mapping[str, Any]]:
    try:
        entries = yaml.load(path.read_text("utf-8"), Loader=_LOADER) or []  # noqa: S506 - safe
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise ReadError(path, line, f"this is not YAML: {error.problem}.") from None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ReadError(path, 1, "write a list of entries, each beginning with a dash.")
    return entries


def _spoken(path: Path, entry: Mapping[str, Any], name: str) -> list[str]:
    spoken = [language for language in _LANGUAGES if _in(entry, name, language)]
    if not spoken:
        known = entry.get("id") or entry.get("sku") or "without an id"
        raise ReadError(path, 0, f"entry {known}: write its {name} in {' or '.join(_LANGUAGES)}.")
    return spoken


def _in(entry: Mapping[str, Any], name: str, language: str) -> str:
    return str((entry.get(name) or {}).get(language, "")).strip()


def _spoken_in(value: Any, language: str) -> Any:
    """The part of a translated value in one language; any other value as it is."""
    return value[language] if isinstance(value, dict) and language in value else value


def _traits(product: Mapping[str, Any], language: str) -> Iterator[str]:
    for trait in _TRAITS:
        values = product.get(trait) or ()
        for value in [values] if isinstance(values, str) else values:
            words = _catalogue_words().get(trait, {}).get(value, {})
            yield words.get(language, value.replace("_", " "))
    if product.get("brand"):
        yield str(product["brand"])


@cache
def _catalogue_words() -> dict[str, dict[str, dict[str, str]]]:
    words: dict[str, dict[str, dict[str, str]]] = yaml.safe_load(_WORDS.read_text("utf-8"))
    return words


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
