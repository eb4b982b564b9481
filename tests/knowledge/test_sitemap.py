"""Site maps, and what is said about a document beside it."""

import gzip
from datetime import date
from pathlib import Path

import pytest

from knowledge.readers.files import read_path
from knowledge.readers.sections import ReadError
from knowledge.readers.sitemap import SitePage, read_sitemap

NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
MAP = f"""<?xml version="1.0"?><urlset {NAMESPACE}>
<url><loc> https://shop.example/resi </loc><lastmod>2026-02-01</lastmod></url>
<url><loc>https://shop.example/orari</loc></url><url></url></urlset>""".encode()


def test_a_site_map_names_its_pages_with_their_dates() -> None:
    pages = (
        SitePage("https://shop.example/resi", "2026-02-01"),
        SitePage("https://shop.example/orari"),
    )
    assert read_sitemap(MAP, "map").pages == pages
    assert read_sitemap(gzip.compress(MAP), "map").pages == pages


def test_an_index_of_site_maps_names_maps() -> None:
    text = f"<sitemapindex {NAMESPACE}><sitemap><loc>https://s/a.xml</loc></sitemap></sitemapindex>"
    assert read_sitemap(text.encode(), "map").maps == ("https://s/a.xml",)


@pytest.mark.parametrize(
    "content",
    [b"", b"<html><body>hello</body></html>", b"{}", b"\x1f\x8bnot packed",
     b'<!DOCTYPE x [<!ENTITY a "b">]><urlset>&a;</urlset>'],
)  # fmt: skip
def test_what_is_no_site_map_is_refused_by_name(content: bytes) -> None:
    with pytest.raises(ReadError, match=r"https://shop\.example/map"):
        read_sitemap(content, "https://shop.example/map")


@pytest.mark.parametrize("name", ["resi.md", "resi.html", "resi.csv"])
def test_the_file_beside_says_who_may_read_and_when(tmp_path: Path, name: str) -> None:
    texts = {
        "resi.md": "# Resi\nTrenta giorni.",
        "resi.html": "<h1>Resi</h1><p>Trenta giorni.</p>",
        "resi.csv": "id;question;answer;tag\n1;Resi?;Trenta giorni.;resi",
    }
    (tmp_path / name).write_text(texts[name])
    (tmp_path / f"{name}.about.yml").write_text(
        "level: verified\nvalid_until: 2026-12-31\nurl: https://shop.example/resi\ntags: [soldi]\n"
    )
    (document,) = read_path(tmp_path / name)
    assert (document.level, document.valid_until) == ("verified", date(2026, 12, 31))
    assert document.url == "https://shop.example/resi"
    assert "soldi" in document.tags
    assert [one.level for one in read_path(tmp_path)] == ["verified"]


@pytest.mark.parametrize(
    ("about", "problem"),
    [("level: friend", "friend"), ("valid_from: tomorrow", "tomorrow"), ("tags: one", "one"),
     ("colour: red", "colour"), ("a: [", "not YAML")],
)  # fmt: skip
def test_what_nobody_understands_is_refused_with_its_value(
    tmp_path: Path, about: str, problem: str
) -> None:
    (tmp_path / "resi.md").write_text("# Resi\nTrenta giorni.")
    (tmp_path / "resi.md.about.yml").write_text(about)
    with pytest.raises(ReadError, match=problem):
        read_path(tmp_path / "resi.md")


def test_a_row_of_answers_says_who_may_read_it_and_when(tmp_path: Path) -> None:
    path = tmp_path / "faq.csv"
    path.write_text(
        "id;question;answer;level;valid_from;valid_until\n"
        "1;Saldi?;Sì.;claimed;2026-07-01;2026-08-31\n2;Orari?;Sempre.;;;\n"
    )
    sales, hours = read_path(path)
    assert (sales.level, sales.valid_from, sales.valid_until) == (
        "claimed", date(2026, 7, 1), date(2026, 8, 31),
    )  # fmt: skip
    assert (hours.level, hours.valid_from) == ("anonymous", None)


@pytest.mark.parametrize("row", ["1;q;a;friend;", "1;q;a;;soon"])
def test_a_row_with_a_wrong_level_or_day_is_refused_with_its_line(tmp_path: Path, row: str) -> None:
    path = tmp_path / "faq.csv"
    path.write_text(f"id;question;answer;level;valid_from\n{row}\n")
    with pytest.raises(ReadError, match=r"line 2: .*'(friend|soon)'"):
        read_path(path)
