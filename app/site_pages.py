"""Fetches the pages that a site map names into the folder of documents."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
import yaml

from knowledge.progress import Progress, silent
from knowledge.readers.about import about_file, read_about
from knowledge.readers.sections import ReadError, slug
from knowledge.readers.sitemap import LARGEST, SiteMap, SitePage, read_sitemap
from knowledge.readers.web import html_to_documents

SECONDS = 15.0
MOST_PAGES = 10_000
MOST_MAPS = 200
LARGEST_PAGE = 5 * 1024 * 1024
MOST_REDIRECTS = 5
NAMES = "sites"


@dataclass
class Fetched:
    """How many pages came anew, stayed as they were, are gone, could not be had."""

    fetched: int = 0
    unchanged: int = 0
    removed: int = 0
    failed: int = 0


def is_web_address(text: str) -> bool:
    """Whether this is fetched, not read from disk."""
    return text.startswith(("https://", "http://"))


def fetch_site(
    address: str, documents: Path, client: httpx.Client | None = None, progress: Progress = silent
) -> Fetched:
    """Bring the folder `sites/HOST` up to date with a site map.

    A page whose date in the map is the one of last time is not fetched again; one that left the map
    is removed. Only pages of the map's own host are taken.

    Raises:
        ReadError: the map cannot be had, or is none.
    """
    host = urlsplit(address).netloc
    folder = documents / NAMES / slug(host)
    with client or httpx.Client(timeout=SECONDS) as web:
        pages = _pages(web, address)
        folder.mkdir(parents=True, exist_ok=True)
        outcome = Fetched()
        for number, page in enumerate(pages, 1):
            _take(web, page, folder, outcome)
            progress(f"fetching pages of {host}", number, len(pages))
    outcome.removed = _remove_others(folder, {_file(folder, page) for page in pages})
    return outcome


def _pages(web: httpx.Client, address: str) -> list[SitePage]:
    host = urlsplit(address).netloc
    pages = {
        page.url: page
        for found in _maps(web, address)
        for page in found.pages
        if urlsplit(page.url).netloc == host and is_web_address(page.url)
    }
    if not pages:
        raise ReadError(address, 0, f"this site map names no page of {host}.")
    return list(pages.values())[:MOST_PAGES]


def _maps(web: httpx.Client, address: str) -> Iterator[SiteMap]:
    """The map and those that it names on its own host, each once."""
    host, waiting, seen = urlsplit(address).netloc, [address], set[str]()
    while waiting and len(seen) < MOST_MAPS:
        here = waiting.pop(0)
        seen.add(here)
        content = _get(web, here, LARGEST)
        if content is None:
            raise ReadError(here, 0, "this site map cannot be fetched; is the address right?")
        found = read_sitemap(content, here)
        waiting += [
            url
            for url in found.maps
            if urlsplit(url).netloc == host and url not in (*seen, *waiting)
        ]
        yield found


def _take(web: httpx.Client, page: SitePage, folder: Path, outcome: Fetched) -> None:
    path = _file(folder, page)
    if page.changed and path.exists() and _noted(path) == page.changed:
        outcome.unchanged += 1
        return
    content = _get(web, page.url, LARGEST_PAGE)
    if content is None or not _says_something(content, page.url):
        outcome.failed += 1
        return
    about: dict[str, Any] = {**(read_about(path) if path.exists() else {}), "url": page.url}
    about_file(path).write_text(yaml.safe_dump(about, allow_unicode=True), "utf-8")
    path.write_bytes(content)
    _note(path, page.changed)
    outcome.fetched += 1


def _says_something(content: bytes, url: str) -> bool:
    try:
        return bool(html_to_documents(content.decode("utf-8", errors="replace"), url))
    except ReadError:
        return False


def _get(web: httpx.Client, url: str, largest: int) -> bytes | None:
    """What is there, as far as it is on the same host and not too large."""
    host = urlsplit(url).netloc
    for _ in range(MOST_REDIRECTS):
        if urlsplit(url).netloc != host or not is_web_address(url):
            return None
        try:
            with web.stream("GET", url) as response:
                if response.is_redirect:
                    url = urljoin(url, response.headers["location"])
                    continue
                return _body(response, largest) if response.is_success else None
        except (httpx.HTTPError, httpx.InvalidURL):
            return None
    return None


def _body(response: httpx.Response, largest: int) -> bytes | None:
    content = bytearray()
    for part in response.iter_bytes():
        content += part
        if len(content) > largest:
            return None
    return bytes(content)


def _file(folder: Path, page: SitePage) -> Path:
    """One name for one address, short enough for every file system."""
    parts = urlsplit(page.url)
    mark = sha256(page.url.encode()).hexdigest()[:8]
    return folder / f"{slug(parts.netloc + parts.path)[:120]}-{mark}.html"


def _noted(path: Path) -> str:
    """The date in the map when the page was fetched."""
    note = path.with_suffix(".changed")
    return note.read_text("utf-8") if note.exists() else ""


def _note(path: Path, changed: str) -> None:
    path.with_suffix(".changed").write_text(changed, "utf-8")


def _remove_others(folder: Path, kept: set[Path]) -> int:
    gone = [path for path in folder.glob("*.html") if path not in kept]
    for path in gone:
        for one in (path, about_file(path), path.with_suffix(".changed")):
            one.unlink(missing_ok=True)
    return len(gone)
