"""Search finds by meaning, by words and in spite of slips, and says when it does not know."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.confidence import Signals, fit_confidence, probability_of
from knowledge.search import KnowledgeSearch
from knowledge.settings import Confidence, SearchSettings
from tests.knowledge.shop import (
    ABROAD_EN,
    CHRISTMAS,
    CREAM,
    DRYER,
    LIPSTICK,
    POINTS,
    RETURNS,
    RETURNS_EN,
    SHIPPING,
    SHOP,
    TRAVEL,
    answer,
    product,
)

SPRING, ADVENT = date(2026, 4, 1), date(2026, 12, 8)


@pytest.mark.parametrize(
    ("query", "language", "found"),
    [
        ("quanto costa la spedizione", "it", SHIPPING),
        ("spese per le consegne?", "it", SHIPPING),
        ("spedizzione qunto costa", "it", SHIPPING),
        ("VOGLIO FARE UN RESO!!!", "it", RETURNS),
        ("how do i send it back", "en", RETURNS_EN),
        ("phon", "it", DRYER),
        ("rosetto rosso", "it", LIPSTICK),
        ("qualcosa per la pelle secca", "it", CREAM),
    ],
)
def test_the_right_document_comes_first(
    search: KnowledgeSearch, query: str, language: str, found: object
) -> None:
    assert search.search(query, language, on=SPRING)[0].document == found


def test_scores_fall_and_lie_between_zero_and_one(search: KnowledgeSearch) -> None:
    hits = search.search("quanto costa la spedizione di un phon", "it", limit=20, on=SPRING)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    for hit in hits:
        assert all(0 <= value <= 1 for value in (hit.score, hit.dense, hit.lexical, hit.typo))


def test_a_misspelt_word_counts_on_its_own_side(search: KnowledgeSearch) -> None:
    written = search.search("spedizione", "it", on=SPRING)[0]
    misspelt = search.search("spedizzione", "it", on=SPRING)[0]
    assert written.typo == 0 < written.lexical
    assert misspelt.lexical == 0 < misspelt.typo
    assert misspelt.typo < written.lexical


def test_kinds_are_kept_apart(search: KnowledgeSearch) -> None:
    found = search.search("phon spedizione", "it", ("product",), 10, on=SPRING)
    assert {hit.document.kind for hit in found} == {"product"}


@pytest.mark.parametrize(
    ("level", "seen"), [("anonymous", False), ("claimed", False), ("verified", True)]
)
def test_a_document_above_the_level_is_never_found(
    search: KnowledgeSearch, level: str, seen: bool
) -> None:
    hits = search.search(POINTS.title, "it", limit=50, level=level, on=SPRING)
    assert (POINTS in [hit.document for hit in hits]) is seen


@pytest.mark.parametrize(("day", "seen"), [(SPRING, False), (ADVENT, True)])
def test_a_document_is_found_while_it_is_valid(
    search: KnowledgeSearch, day: date, seen: bool
) -> None:
    hits = search.search(CHRISTMAS.title, "it", limit=50, on=day)
    assert (CHRISTMAS in [hit.document for hit in hits]) is seen


def test_another_language_fills_in_only_what_is_missing(search: KnowledgeSearch) -> None:
    hits = search.search("Do you ship to Switzerland?", "it", limit=50, on=SPRING)
    foreign = [hit.document for hit in hits if hit.document.language != "it"]
    assert foreign == [ABROAD_EN]


def test_a_language_without_documents_gets_those_there_are(search: KnowledgeSearch) -> None:
    assert search.search("quanto costa la spedizione", "de", on=SPRING)


def test_the_callers_condition_widens_the_search(
    open_search: Callable[..., KnowledgeSearch],
) -> None:
    crowd = [product(f"X-{n}", f"Phon modello {n}", data={"stock": 0}) for n in range(300)]
    wanted = product("X-wanted", "Sapone", data={"stock": 3})
    search = open_search([*crowd, wanted])
    found = search.search("phon", "it", limit=5, where=lambda one: one.data["stock"] > 0)
    assert [hit.document for hit in found] == [wanted]


def test_nothing_asked_finds_nothing(search: KnowledgeSearch) -> None:
    assert search.search("  ", "it") == []
    assert search.answer("", "it").hit is None


@given(query=st.text(max_size=200))
def test_any_text_can_be_asked(any_search: KnowledgeSearch, query: str) -> None:
    for hit in any_search.search(query, "it", limit=3, on=SPRING):
        assert 0 <= hit.score <= 1
    assert 0 <= any_search.answer(query, "it", on=SPRING).probability <= 1


@pytest.fixture(scope="module")
def any_search(tmp_path_factory: pytest.TempPathFactory, encoder: object) -> KnowledgeSearch:
    from knowledge.build import build_index
    from knowledge.index import KnowledgeIndex

    root = tmp_path_factory.mktemp("index")
    build_index(SHOP, encoder, root)
    return KnowledgeSearch(KnowledgeIndex.open(root, encoder, SearchSettings()), encoder)


# Answers


def test_a_known_question_is_answered(search: KnowledgeSearch) -> None:
    answer = search.answer("quanto costa la spedizione?", "it", on=SPRING)
    assert answer.confident
    assert answer.hit is not None
    assert answer.hit.document == SHIPPING
    assert SHIPPING not in answer.alternatives


def test_an_unknown_question_asks_back_with_two_titles(search: KnowledgeSearch) -> None:
    answer = search.answer("chi ha vinto la partita ieri sera", "it", on=SPRING)
    assert not answer.confident
    assert len(answer.alternatives) == 2


def test_products_are_no_answers(search: KnowledgeSearch) -> None:
    answer = search.answer("phon", "it", on=SPRING)
    assert answer.hit is None or answer.hit.document.kind == "answer"


def test_the_threshold_is_a_setting(search: KnowledgeSearch) -> None:
    never = search.with_settings(SearchSettings(confidence=Confidence(threshold=1.1)))
    assert not never.answer("quanto costa la spedizione?", "it", on=SPRING).confident


def test_two_equal_documents_leave_doubt(open_search: Callable[..., KnowledgeSearch]) -> None:
    twin = replace(SHIPPING, id="twin", group="twin")
    sure = open_search([*SHOP]).answer(SHIPPING.title, "it", on=SPRING).probability
    unsure = open_search([*SHOP, twin]).answer(SHIPPING.title, "it", on=SPRING).probability
    assert unsure < sure


def test_a_fitted_curve_tells_right_from_wrong() -> None:
    right = [(Signals(0.6 + n / 100, 0.3, 0.4, 1.0), True) for n in range(20)]
    wrong = [(Signals(0.1 + n / 100, 0.01, 0.05, 1.0), False) for n in range(20)]
    curve = fit_confidence([*right, *wrong])
    assert probability_of(right[0][0], curve) > 0.9
    assert probability_of(wrong[-1][0], curve) < 0.1
    assert curve.threshold == Confidence().threshold


# Recommendations


def test_similar_products_leave_out_the_given_ones(search: KnowledgeSearch) -> None:
    hits = search.similar([DRYER.id], ("product",), 2, on=SPRING)
    assert hits[0].document == TRAVEL
    assert DRYER not in [hit.document for hit in hits]


def test_what_was_said_turns_what_is_liked(search: KnowledgeSearch) -> None:
    hits = search.candidates([DRYER.id], "un rossetto rosso", 1, on=SPRING)
    assert hits[0].document == LIPSTICK


def test_what_was_said_is_enough(search: KnowledgeSearch) -> None:
    assert search.candidates([], "crema per il viso", 1, on=SPRING)[0].document == CREAM


def test_nothing_liked_and_nothing_said_gives_no_candidates(search: KnowledgeSearch) -> None:
    assert search.candidates([], "") == []
    assert search.similar(["P-unknown"]) == []


def test_candidates_respect_level_and_condition(
    open_search: Callable[..., KnowledgeSearch],
) -> None:
    secret = product("S-1", "Phon riservato", level="verified")
    search = open_search([DRYER, TRAVEL, secret, answer("x", "it", "Come si pulisce il phon?")])
    assert [hit.document for hit in search.similar([DRYER.id])] == [TRAVEL]
    assert search.similar([DRYER.id], where=lambda one: one.id != TRAVEL.id) == []
