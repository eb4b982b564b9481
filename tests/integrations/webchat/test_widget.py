"""The widget's script: whole, small-grained, and free of everything that could be turned on it."""

import re
from pathlib import Path

import pytest

from integrations.channels.webchat import widget
from tests.integrations.webchat.shop import Customer, Shop

LONGEST_PART = 400
PARTS = sorted(widget.PARTS.glob("*.*"))


@pytest.fixture
def script(shop: Shop) -> str:
    return Customer(shop).http.get("/webchat/widget.js").text


def test_it_is_one_script_for_any_page(shop: Shop) -> None:
    answer = Customer(shop).http.get("/webchat/widget.js")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_it_is_not_sent_again_unchanged(shop: Shop) -> None:
    http = Customer(shop).http
    tag = http.get("/webchat/widget.js").headers["etag"]
    answer = http.get("/webchat/widget.js", headers={"If-None-Match": tag})
    assert (answer.status_code, answer.content) == (304, b"")


def test_every_part_is_in_it(script: str) -> None:
    names = {f"{name}.js" for name in widget.SCRIPTS} | {f"{name}.css" for name in widget.STYLES}
    assert {path.name for path in PARTS} == names
    for name in widget.SCRIPTS:
        assert (widget.PARTS / f"{name}.js").read_text("utf-8") in script


@pytest.mark.parametrize("path", PARTS, ids=lambda path: path.name)
def test_parts_stay_small(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= LONGEST_PART


@pytest.mark.parametrize(
    "danger",
    ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function("],
)
def test_no_text_ever_becomes_markup(script: str, danger: str) -> None:
    assert danger not in script


def test_it_names_no_other_host(script: str) -> None:
    hosts = set(re.findall(r"(?:https?:)?//([\w-]+\.[\w.-]+)", script))
    assert hosts == {"www.w3.org"}  # the name of the SVG namespace
    assert "@import" not in script
    assert "url(" not in script


def test_both_languages_say_the_same_things() -> None:
    source = (widget.PARTS / "strings.js").read_text("utf-8")
    italian, english = re.findall(r"^  (?:it|en): \{\n(.*?)^  \},$", source, re.M | re.S)
    keys = [re.findall(r"^    (\w+):", text, re.M) for text in (italian, english)]
    assert keys[0] == keys[1]
    assert len(keys[0]) > 40


def test_every_word_is_used() -> None:
    source = (widget.PARTS / "strings.js").read_text("utf-8")
    code = "\n".join(path.read_text("utf-8") for path in PARTS if path.name != "strings.js")
    keys = set(re.findall(r"^    (\w+):", source, re.M))
    by_kind = {"waiting", "human", "closed", "offline", "you", "bot", "agent", "system"}
    unused = {key for key in keys - by_kind if not re.search(rf"\b{key}\b", code)}
    assert not unused


class TestConfig:
    def test_says_how_to_begin(self, shop: Shop) -> None:
        body = Customer(shop).http.get("/webchat/config?locale=en").json()
        assert body["locale"] == "en"
        assert body["welcome"] == "Hi! I am the shop's assistant."
        assert body["suggestions"] == [
            {"title": "Where is my order?", "text": "Where is my order?"}
        ]
        assert body["longest_text"] == 20_000
        assert body["largest_file"] == shop.chat.attachment_bytes
        assert "image/png" in body["file_types"]

    @pytest.mark.parametrize("query", ["", "?locale=", "?locale=de", "?locale=%00"])
    def test_is_italian_by_default(self, shop: Shop, query: str) -> None:
        assert Customer(shop).http.get(f"/webchat/config{query}").json()["locale"] == "it"
