"""HTML split by heading: the words of the page, without scripts, navigation and footers."""

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from knowledge.documents import Document
from knowledge.readers.sections import ReadError, Section, read_text, sections_to_documents

_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_SILENT = {"script", "style", "nav", "footer", "header", "form", "noscript", "template", "svg"}
_BLOCKS = {"p", "li", "td", "th", "dd", "dt", "div", "br", "section", "article", "blockquote"}


def read_html(path: Path, language: str = "it", url: str = "") -> list[Document]:
    """One document for each heading that has text below it; the page's `lang` wins."""
    return html_to_documents(read_text(path), str(path), language, url)


def html_to_documents(
    html: str, source: str, language: str = "it", url: str = ""
) -> list[Document]:
    """The same for a page that was fetched: `source` names it in errors and ids."""
    page = _Page(Path(source).stem)
    page.feed(html)
    page.close()
    sections = list(page.finish())
    if not any(section.text for section in sections):
        raise ReadError(source, 0, "no text was found in this page; is it built by a script?")
    return sections_to_documents(sections, source, page.language or language, {"url": url})


class _Page(HTMLParser):
    """Collects sections while the parser walks through the page."""

    def __init__(self, name: str) -> None:
        super().__init__(convert_charrefs=True)
        self.language = ""
        self._sections = [Section(0, name, 1)]
        self._words: list[str] = []
        self._silent: list[str] = []
        self._heading = ""
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "html":
            self.language = (dict(attrs).get("lang") or "")[:2].lower()
        if tag in _SILENT:
            self._silent.append(tag)
        elif tag in _HEADINGS:
            self._end_paragraph()
            self._heading = tag
        elif tag in _BLOCKS:
            self._end_paragraph()
        self._in_title = tag == "title"

    def handle_endtag(self, tag: str) -> None:
        if self._silent and tag == self._silent[-1]:
            self._silent.pop()
        elif tag == self._heading:
            self._open_section(int(tag[1]))
        elif tag in _BLOCKS:
            self._end_paragraph()
        self._in_title = False

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        if self._in_title:
            self._sections[0].title = " ".join(data.split()) or self._sections[0].title
        else:
            self._words.extend(data.split())

    def finish(self) -> Iterator[Section]:
        """The sections found, each with the text below its heading."""
        self._end_paragraph()
        yield from self._sections

    def _open_section(self, level: int) -> None:
        title, self._words, self._heading = " ".join(self._words), [], ""
        if title:
            self._sections.append(Section(level, title, self.getpos()[0]))

    def _end_paragraph(self) -> None:
        if self._words and not self._heading:
            self._sections[-1].paragraphs.append(" ".join(self._words))
            self._words = []
