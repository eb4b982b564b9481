"""PDF: one document a page. Needs the `pypdf` library."""

from importlib import import_module
from pathlib import Path
from typing import Any

from knowledge.documents import Document
from knowledge.readers.sections import ReadError, Section, sections_to_documents


def read_pdf(path: Path, language: str = "it") -> list[Document]:
    """One document for each page with text, titled with its first line."""
    pypdf = _library(path)
    if not path.is_file():
        raise ReadError(path, 0, "there is no such file.")
    try:
        texts = [page.extract_text() for page in pypdf.PdfReader(path).pages]
    except pypdf.errors.PyPdfError as error:
        raise ReadError(path, 0, f"this is not a PDF that can be read ({error}).") from None
    if not any(text.strip() for text in texts):
        raise ReadError(path, 0, "no text was found; a scanned PDF needs text recognition first.")
    sections = [_page(number, text) for number, text in enumerate(texts, 1)]
    return sections_to_documents(sections, path, language, {})


def _library(path: Path) -> Any:
    try:
        return import_module("pypdf")
    except ImportError:
        raise ReadError(path, 0, "reading a PDF needs pypdf: pip install pypdf.") from None


def _page(number: int, text: str) -> Section:
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    title = lines[0] if lines else f"page {number}"
    return Section(1, title, number, lines[1:] or lines)
