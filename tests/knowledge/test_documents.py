"""A document refuses what cannot be indexed, and knows who may read it."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.documents import Document, DocumentError, from_record, to_record

PLAIN = Document("care", "answer", "it", "Come si lava?")


@pytest.mark.parametrize("field", ["id", "kind", "language", "title"])
def test_an_empty_field_is_refused_by_name(field: str) -> None:
    with pytest.raises(DocumentError, match=f"give it a {field}"):
        replace(PLAIN, **{field: "  "})


def test_an_unknown_level_is_refused_with_the_known_ones() -> None:
    with pytest.raises(DocumentError, match=r"'secret' is not one of anonymous, claimed, verified"):
        replace(PLAIN, level="secret")


def test_dates_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(DocumentError, match="comes after"):
        replace(PLAIN, valid_from=date(2026, 2, 1), valid_until=date(2026, 1, 1))


def test_the_group_is_the_id_unless_it_is_given() -> None:
    assert PLAIN.group == "care"
    assert replace(PLAIN, group="washing").group == "washing"


@pytest.mark.parametrize(
    ("reader", "seen"), [("anonymous", False), ("claimed", True), ("verified", True)]
)
def test_levels_open_upwards(reader: str, seen: bool) -> None:
    document = replace(PLAIN, level="claimed")
    assert document.is_visible(reader, date(2026, 1, 1)) is seen


@pytest.mark.parametrize(("day", "seen"), [(30, False), (1, True), (15, True), (16, False)])
def test_validity_includes_its_first_and_last_day(day: int, seen: bool) -> None:
    document = replace(PLAIN, valid_from=date(2026, 5, 1), valid_until=date(2026, 5, 15))
    month = 4 if day == 30 else 5
    assert document.is_visible("anonymous", date(2026, month, day)) is seen


def test_the_fingerprint_follows_the_searched_text_alone() -> None:
    assert replace(PLAIN, level="verified", url="x").fingerprint() == PLAIN.fingerprint()
    for change in ({"title": "x"}, {"text": "x"}, {"also": ("x",)}, {"tags": ("x",)}):
        assert replace(PLAIN, **change).fingerprint() != PLAIN.fingerprint()
    assert replace(PLAIN, also=("a",)).fingerprint() != replace(PLAIN, tags=("a",)).fingerprint()


_words = st.text(min_size=1).filter(lambda text: text.strip())


@given(
    _words,
    st.text(),
    st.lists(st.text()),
    st.dictionaries(st.text(), st.integers() | st.text()),
    st.none() | st.dates(),
)
def test_a_record_gives_the_document_back(
    title: str, text: str, also: list[str], data: dict[str, object], day: date | None
) -> None:
    document = replace(PLAIN, title=title, text=text, also=tuple(also), data=data, valid_from=day)
    assert from_record(to_record(document)) == document
