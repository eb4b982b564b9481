"""Files become documents, or one sentence that names the file and the line."""

from datetime import date
from pathlib import Path

import pytest

from knowledge.readers import ReadError, read_folder, read_path
from knowledge.readers.catalogue import read_products, read_questions


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(encoding))
    return path


# CSV


def test_questions_and_answers_from_csv(tmp_path: Path) -> None:
    path = write(
        tmp_path / "faq.csv", 'id;question;answer;tag\n1;Come pago?;"Con carta;\no PayPal";a,b\n'
    )
    (document,) = read_path(path)
    assert (document.id, document.kind, document.language) == ("1", "answer", "it")
    assert document.text == "Con carta;\no PayPal"
    assert document.tags == ("a", "b")
    assert document.source == f"{path}:2"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_csv_in_the_encodings_that_spreadsheets_write(tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path / "f.csv", "id,question,answer\n1,Perché?,Così.\n", encoding)
    assert read_path(path)[0].title == "Perché?"


def test_italian_column_names_in_any_order(tmp_path: Path) -> None:
    path = write(tmp_path / "f.csv", "domanda\tid\trisposta\nCome?\t7\tCosì.\n")
    assert (read_path(path)[0].id, read_path(path)[0].text) == ("7", "Così.")


def test_a_delimiter_inside_the_answer_is_taken_as_part_of_it(tmp_path: Path) -> None:
    path = write(tmp_path / "f.csv", "id;question;answer;tag\n1;Come?;prima; poi;x\n")
    (document,) = read_path(path)
    assert (document.text, document.tags) == ("prima; poi", ("x",))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", r"f\.csv, line 1: the file is empty"),
        ("a;b\n", r"f\.csv, line 1: no column id, question, answer"),
        ("id;question;answer\n1;a;b\n\n2;;c\n", r"f\.csv, line 4: the question is empty"),
        ('id;question;answer\n1;a;"b\nb"\n;q;c\n', r"f\.csv, line 4: the id is empty"),
        ("id;question;answer\n1;a;b\n1;c;d\n", r"f\.csv, line 3: id '1' is already at .*f\.csv:2"),
    ],
)
def test_csv_errors_name_the_line(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(ReadError, match=problem):
        read_path(write(tmp_path / "f.csv", text))


def test_markup_in_cells_is_read_as_text(tmp_path: Path) -> None:
    path = write(tmp_path / "f.csv", "id;question;answer\n1;a;<p>caff&egrave; <b>nero</b></p>\n")
    assert read_path(path)[0].text == "caffè nero"


# Markdown

GUIDE = """---
language: en
tags: [guide]
level: claimed
valid_until: 2026-12-31
---
# Hair dryer

Read me *first*.

## Cleaning the `filter`

Unplug it.
Wait.

- brush it
- rinse it

## Cleaning the filter
Again.
### Empty
"""


def test_markdown_is_split_by_heading(tmp_path: Path) -> None:
    path = write(tmp_path / "dryer.md", GUIDE)
    first, second, third = read_path(path)
    assert (first.title, first.text) == ("Hair dryer", "Read me first.")
    assert second.title == "Cleaning the filter"
    assert second.text == "Unplug it. Wait.\nbrush it\nrinse it"
    assert second.tags == ("Hair dryer", "guide")
    assert second.source == f"{path}:11"
    assert (second.id, third.id) == ("dryer#cleaning-the-filter", "dryer#cleaning-the-filter-2")
    assert (second.language, second.level) == ("en", "claimed")
    assert second.valid_until == date(2026, 12, 31)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("---\nlanguage: it\n# x\n", "line 1: the front matter is not closed"),
        ("---\nlanguage: it\ntags: [a\n---\n", "line [34]: this is not YAML"),
        ("---\nauthor: me\n---\n", "line 2: write .* here, not author"),
    ],
)
def test_front_matter_errors_name_the_line(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(ReadError, match=problem):
        read_path(write(tmp_path / "x.md", text))


# HTML


def test_html_is_split_by_heading_without_scripts_and_menus(tmp_path: Path) -> None:
    page = """<html lang="en-GB"><head><title>Care</title><style>p{}</style></head><body>
    <nav>Home</nav><p>Welcome.</p><h2>Wash &amp; dry</h2><p>By <b>hand</b>.</p><ul><li>cold</li>
    </ul>
    <script>alert(1)</script><footer>VAT</footer></body></html>"""
    first, second = read_path(write(tmp_path / "care.html", page))
    assert (first.title, first.text) == ("Care", "Welcome.")
    assert (second.title, second.text) == ("Wash & dry", "By hand .\ncold")
    assert second.language == "en"


def test_a_page_without_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"empty\.html: no text was found"):
        read_path(write(tmp_path / "empty.html", "<div id=app></div><script>run()</script>"))


# PDF


def test_a_pdf_that_is_none_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("pypdf")
    with pytest.raises(ReadError, match=r"x\.pdf: this is not a PDF"):
        read_path(write(tmp_path / "x.pdf", "hello"))


def test_a_pdf_is_read_page_by_page(tmp_path: Path) -> None:
    pytest.importorskip("pypdf")
    (document,) = read_path(write(tmp_path / "guide.pdf", _one_page_pdf("Clean the filter")))
    assert document.text == "Clean the filter"
    assert document.source.endswith("guide.pdf:1")


def _one_page_pdf(words: str) -> str:
    stream = f"BT /F1 12 Tf 72 720 Td ({words}) Tj ET"
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R"
        "/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>",
        f"<</Length {len(stream)}>>stream\n{stream}\nendstream",
    ]
    body, offsets = "%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(body))
        body += f"{number} 0 obj{content}endobj\n"
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    start = len(body)
    body += f"xref\n0 5\n0000000000 65535 f \n{table}trailer<</Size 5/Root 1 0 R>>\n"
    return body + f"startxref\n{start}\n%%EOF\n"


# Folders


def test_a_folder_is_the_sum_of_its_files(tmp_path: Path) -> None:
    write(tmp_path / "it" / "a.md", "# Resi\nTrenta giorni.")
    write(tmp_path / "b.en.md", "# Returns\nThirty days.")
    write(tmp_path / "ignored.txt", "x")
    found = {document.title: document.language for document in read_folder(tmp_path)}
    assert found == {"Returns": "en", "Resi": "it"}


@pytest.mark.parametrize(
    ("name", "problem"), [("x.docx", r"cannot read '\.docx'"), ("x.md", "no such file")]
)
def test_what_cannot_be_read_is_refused(tmp_path: Path, name: str, problem: str) -> None:
    with pytest.raises(ReadError, match=problem):
        read_path(tmp_path / name)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="no file here ends in"):
        read_folder(tmp_path)


# The company's own files

PRODUCT = """
- sku: EG-1
  category: face_cream
  brand: Ginestra
  name: {it: Crema, en: Cream}
  description: {it: Idrata., en: Hydrates.}
  how_to: {it: La sera., en: At night.}
  price: "18.90"
  skin: [dry]
  needs: [hydration]
  synonyms: {it: [cremina], en: []}
"""


def test_a_product_speaks_each_language(tmp_path: Path) -> None:
    write(tmp_path / "p.yml", PRODUCT)
    italian, english = read_products(tmp_path)
    assert (italian.id, italian.kind, english.id) == ("EG-1", "product", "EG-1")
    assert italian.text == "Idrata.\nLa sera."
    assert italian.tags == ("crema viso", "idratante", "pelle secca", "Ginestra")
    assert "dry skin" in english.tags
    assert (italian.data["price"], italian.data["how_to"]) == ("18.90", "La sera.")


def test_a_question_without_words_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "q.yml", "- id: x\n  question: {}\n")
    with pytest.raises(ReadError, match=r"q\.yml: entry x: write its question in it or en"):
        read_questions(tmp_path)


def test_broken_yaml_names_the_line(tmp_path: Path) -> None:
    write(tmp_path / "q.yml", "- id: x\n  question: {it: a\n- id: y\n")
    with pytest.raises(ReadError, match=r"q\.yml, line \d: this is not YAML"):
        read_questions(tmp_path)
