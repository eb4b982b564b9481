"""A text split by its headings, and how sections become documents."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from knowledge.documents import Document


class ReadError(ValueError):
    """A file that cannot be read as asked; the message names the file and the line."""

    def __init__(self, path: Path | str, line: int, problem: str) -> None:
        place = f"{path}, line {line}" if line else str(path)
        super().__init__(f"{place}: {problem}")


@dataclass
class Section:
    """A heading (level 1 to 6; 0 for text before the first one), its line, its paragraphs."""

    level: int
    title: str
    line: int
    paragraphs: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The paragraphs, one a line."""
        return "\n".join(self.paragraphs)


def read_text(path: Path) -> str:
    """The content as UTF-8 (with or without a mark), else as Windows-1252."""
    if not path.is_file():
        raise ReadError(path, 0, "there is no such file.")
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def slug(text: str) -> str:
    """ASCII words joined by hyphens: "Perché è così?" gives "perche-e-cosi"."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall(r"[a-z0-9]+", plain)) or "section"


def sections_to_documents(
    sections: Iterable[Section], path: Path | str, language: str, about: Mapping[str, Any]
) -> list[Document]:
    """One document for each section that has text; the headings above it become its tags."""
    documents, seen = [], dict[str, int]()
    for section, above in _with_headings_above(sections):
        if not section.text:
            continue
        name = _unique(f"{slug(Path(str(path)).name.split('.')[0])}#{slug(section.title)}", seen)
        documents.append(
            Document(
                id=name,
                kind=str(about.get("kind", "page")),
                language=language,
                title=section.title,
                text=section.text,
                tags=(*above, *about.get("tags", ())),
                source=f"{path}:{section.line}" if section.line else str(path),
                url=str(about.get("url", "")),
                level=str(about.get("level", "anonymous")),
                valid_from=about.get("valid_from"),
                valid_until=about.get("valid_until"),
            )
        )
    return documents


def _with_headings_above(sections: Iterable[Section]) -> Iterator[tuple[Section, tuple[str, ...]]]:
    open_headings: list[Section] = []
    for section in sections:
        while open_headings and open_headings[-1].level >= section.level:
            open_headings.pop()
        yield section, tuple(heading.title for heading in open_headings)
        if section.level:
            open_headings.append(section)


def _unique(name: str, seen: dict[str, int]) -> str:
    seen[name] = seen.get(name, 0) + 1
    return name if seen[name] == 1 else f"{name}-{seen[name]}"
