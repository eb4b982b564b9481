"""Markdown split by heading; a YAML front matter may say language, kind, tags, level, dates."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from knowledge.documents import Document
from knowledge.readers.about import parse_about
from knowledge.readers.sections import ReadError, Section, read_text, sections_to_documents

_FENCE = "---"


def read_markdown(path: Path, language: str = "it") -> list[Document]:
    """One document for each heading that has text below it."""
    about, body, first_line = _split_front_matter(path, read_text(path))
    sections = list(_sections(body, first_line, str(about.get("title", path.stem))))
    return sections_to_documents(sections, path, str(about.get("language", language)), about)


def _split_front_matter(path: Path, text: str) -> tuple[dict[str, Any], str, int]:
    lines = text.splitlines()
    if not lines or lines[0].strip() != _FENCE:
        return {}, text, 1
    try:
        end = next(i for i, line in enumerate(lines[1:], 1) if line.strip() == _FENCE)
    except StopIteration:
        raise ReadError(path, 1, "the front matter is not closed; add a line with ---.") from None
    return parse_about(path, "\n".join(lines[1:end]), 2), "\n".join(lines[end + 1 :]), end + 2


def _sections(body: str, first_line: int, title: str) -> Iterator[Section]:
    tokens = MarkdownIt("commonmark").enable("table").parse(body)
    section = Section(0, title, first_line)
    for token, inline in zip(tokens, tokens[1:] + tokens[-1:], strict=True):
        if token.type == "heading_open":
            yield section
            line = first_line + (token.map or [0])[0]
            section = Section(int(token.tag[1]), _plain(inline), line)
        elif token.type in ("paragraph_open", "th_open", "td_open"):
            section.paragraphs.append(_plain(inline))
        elif token.type in ("fence", "code_block"):
            section.paragraphs.append(token.content.strip())
    yield section


def _plain(token: Token) -> str:
    """The words of an inline token without its markup."""
    parts = [_word(child) for child in _children(token)]
    return " ".join("".join(parts).split())


def _children(token: Token) -> Sequence[Token]:
    return token.children or ()


def _word(child: Token) -> str:
    return " " if child.type in ("softbreak", "hardbreak") else child.content
