"""What is said about a document beside its text: language, kind, tags, who may read it, when.

A Markdown file says it in its front matter; any file may have it in a file of its own beside it,
`manual.pdf.about.yml` beside `manual.pdf`.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml

from knowledge.documents import Document, DocumentError, level_rank
from knowledge.readers.sections import ReadError, read_text

SUFFIX = ".about.yml"
_DATES = ("valid_from", "valid_until")
_TEXTS = ("language", "kind", "level", "url")
_KNOWN = {"title", "tags", *_DATES, *_TEXTS}


def about_file(path: Path) -> Path:
    """Where the file is that speaks about another one."""
    return path.with_name(path.name + SUFFIX)


def read_about(path: Path) -> dict[str, Any]:
    """What the file beside says; nothing where there is none."""
    beside = about_file(path)
    return parse_about(beside, read_text(beside)) if beside.is_file() else {}


def parse_about(path: Path, text: str, first_line: int = 1) -> dict[str, Any]:
    """The statements of a YAML text that begins at a line of a file.

    Raises:
        ReadError: it is not YAML, or says what nobody understands.
    """
    try:
        about = yaml.safe_load(text) or {}
    except yaml.MarkedYAMLError as error:
        line = (error.problem_mark.line if error.problem_mark else 0) + first_line
        raise ReadError(path, line, f"this is not YAML: {error.problem}.") from None
    unknown = set(about) - _KNOWN if isinstance(about, dict) else {str(about)}
    if unknown:
        wanted = ", ".join(sorted(_KNOWN))
        raise ReadError(
            path, first_line, f"write {wanted} here, not {', '.join(sorted(map(str, unknown)))}."
        )
    return _checked(path, about, first_line)


def put_about(documents: list[Document], about: Mapping[str, Any]) -> list[Document]:
    """The documents with what is said about all of them; their own tags stay."""
    if not about:
        return documents
    values = {name: about[name] for name in (*_TEXTS, *_DATES) if name in about}
    tags = tuple(about.get("tags", ()))
    return [replace(one, **values, tags=(*one.tags, *tags)) for one in documents]


def _checked(path: Path, about: dict[str, Any], line: int) -> dict[str, Any]:
    for name in _DATES:
        value = about.get(name)
        if name in about and (not isinstance(value, date) or isinstance(value, datetime)):
            raise ReadError(path, line, f"{name} {value!r} is no day; write 2026-12-31.")
    if "tags" in about and not isinstance(about["tags"], list):
        raise ReadError(path, line, f"tags {about['tags']!r} are no list; write [one, another].")
    try:
        level_rank(str(about.get("level", "anonymous")))
    except DocumentError as error:
        raise ReadError(path, line, str(error)) from None
    texts = {name: str(about[name]) for name in _TEXTS if name in about}
    return about | texts
