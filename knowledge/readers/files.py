"""Which reader reads which file, and a folder as the sum of its files."""

from collections.abc import Callable
from pathlib import Path

from knowledge.documents import Document
from knowledge.readers.about import put_about, read_about
from knowledge.readers.answers_csv import read_answers_csv
from knowledge.readers.markdown import read_markdown
from knowledge.readers.pdf import read_pdf
from knowledge.readers.sections import ReadError
from knowledge.readers.web import read_html

_READERS: dict[str, Callable[[Path, str], list[Document]]] = {
    ".csv": read_answers_csv,
    ".tsv": read_answers_csv,
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".html": read_html,
    ".htm": read_html,
    ".pdf": read_pdf,
}
SUFFIXES = frozenset(_READERS)
_LANGUAGES = ("it", "en")


def read_path(path: Path, language: str = "it") -> list[Document]:
    """The documents of one file or folder. `faq.en.md` and `en/faq.md` are English.

    What a file `faq.md.about.yml` beside says holds for all documents of `faq.md`.
    """
    if path.is_dir():
        return read_folder(path, language)
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise ReadError(path, 0, f"cannot read {path.suffix!r}; use {', '.join(sorted(SUFFIXES))}.")
    return put_about(reader(path, _language_of(path, language)), read_about(path))


def read_folder(folder: Path, language: str = "it") -> list[Document]:
    """The documents of every readable file below the folder, in the order of their names."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not paths:
        raise ReadError(folder, 0, f"no file here ends in {', '.join(sorted(SUFFIXES))}.")
    return [document for path in paths for document in read_path(path, language)]


def _language_of(path: Path, default: str) -> str:
    named = [*path.name.split(".")[1:-1], path.parent.name]
    return next((part for part in named if part in _LANGUAGES), default)
