"""The pages of a site map, fetched from a real web server."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from app.site_pages import Fetched, fetch_site
from knowledge.readers.files import read_path
from knowledge.readers.sections import ReadError


class Silent(SimpleHTTPRequestHandler):
    """Serves a folder; `/old` has moved to another host, `/short` within this one."""

    def do_GET(self) -> None:
        moved = {"/old": "http://elsewhere.example/", "/short": "/resi.html"}
        if self.path in moved:
            self.send_response(302)
            self.send_header("Location", moved[self.path])
            self.end_headers()
            return
        super().do_GET()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    folder = tmp_path / "site"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def write_map(folder: Path, address: str, *pages: str) -> None:
    entries = (page.partition(" ") for page in pages)
    urls = "".join(
        f"<url><loc>{name if '//' in name else f'{address}/{name}'}</loc>"
        f"<lastmod>{changed}</lastmod></url>"
        for name, _, changed in entries
    )
    (folder / "sitemap.xml").write_text(f"<urlset>{urls}</urlset>")
    (folder / "index.xml").write_text(
        f"<sitemapindex><sitemap><loc>{address}/sitemap.xml</loc></sitemap>"
        f"<sitemap><loc>{address}/index.xml</loc></sitemap></sitemapindex>"
    )


def write_page(folder: Path, name: str, title: str, text: str) -> None:
    (folder / name).write_text(f"<html lang='it'><h1>{title}</h1><p>{text}</p></html>")


@pytest.mark.parametrize("name", ["sitemap.xml", "index.xml"])
def test_pages_are_fetched_once_and_followed_as_the_map_changes(
    site: tuple[Path, str], tmp_path: Path, name: str
) -> None:
    folder, address = site
    documents = tmp_path / "documents"
    write_page(folder, "resi.html", "Resi", "Trenta giorni.")
    write_page(folder, "orari.html", "Orari", "Dalle nove.")
    write_map(folder, address, "resi.html 2026-01-01", "orari.html 2026-01-01")
    assert fetch_site(f"{address}/{name}", documents) == Fetched(fetched=2)
    found = {one.title: one for one in read_path(documents)}
    assert found["Resi"].text == "Trenta giorni."
    assert found["Resi"].url == f"{address}/resi.html"
    write_page(folder, "resi.html", "Resi", "Sessanta giorni.")
    write_map(folder, address, "resi.html 2026-02-01")
    assert fetch_site(f"{address}/{name}", documents) == Fetched(fetched=1, removed=1)
    assert [one.text for one in read_path(documents)] == ["Sessanta giorni."]
    assert fetch_site(f"{address}/{name}", documents) == Fetched(unchanged=1)


def test_what_is_elsewhere_missing_or_without_words_is_left_out(
    site: tuple[Path, str], tmp_path: Path
) -> None:
    folder, address = site
    write_page(folder, "resi.html", "Resi", "Trenta giorni.")
    (folder / "app.html").write_text("<script>draw()</script>")
    pages = ["http://elsewhere.example/x", "old", "gone.html", "app.html", "short"]
    write_map(folder, address, *pages)
    assert fetch_site(f"{address}/sitemap.xml", tmp_path / "d") == Fetched(fetched=1, failed=3)
    assert [one.title for one in read_path(tmp_path / "d")] == ["Resi"]


def test_a_map_that_cannot_be_had_is_said_so(site: tuple[Path, str], tmp_path: Path) -> None:
    _, address = site
    with pytest.raises(ReadError, match=r"missing\.xml: this site map cannot be fetched"):
        fetch_site(f"{address}/missing.xml", tmp_path / "d")
