"""Candidates from three sides: what was said, what goes with what is owned, what is liked."""

import pytest

from knowledge.candidates import CandidateFinder, Side, Wish
from knowledge.companions import Companions
from knowledge.search import KnowledgeSearch
from tests.knowledge.shop import CREAM, DRYER, LIPSTICK, TRAVEL

BOUGHT_TOGETHER = [
    (person, sku)
    for person in range(40)
    for sku in ((DRYER.id, LIPSTICK.id) if person % 2 else (CREAM.id, "P-soap"))
]


@pytest.fixture
def finder(search: KnowledgeSearch) -> CandidateFinder:
    return CandidateFinder(search, Companions.learn(BOUGHT_TOGETHER))


def test_what_was_said_comes_first_and_says_so(finder: CandidateFinder) -> None:
    found = finder.find(Wish(said="una crema per la pelle secca", owned={DRYER.id: 1.0}))
    best = next(iter(found.found))
    assert best == CREAM.id
    assert found.found[best].origin is Side.SAID
    assert best not in found.origins


def test_what_buyers_of_the_same_bought_is_found_with_what_it_goes_with(
    finder: CandidateFinder,
) -> None:
    found = finder.find(Wish(owned={DRYER.id: 1.0}))
    assert next(iter(found.found)) == LIPSTICK.id
    assert found.because == {LIPSTICK.id: DRYER.id}
    assert found.origins[LIPSTICK.id] == "goes_with"
    assert found.origins[TRAVEL.id] == "likes"


def test_the_catalogue_itself_says_what_goes_together(finder: CandidateFinder) -> None:
    wish = Wish(owned={DRYER.id: 1.0}, goes_with={DRYER.id: (CREAM.id, DRYER.id)})
    assert finder.find(wish).because == {LIPSTICK.id: DRYER.id, CREAM.id: DRYER.id}


def test_what_was_only_looked_at_is_liked_and_never_owned(finder: CandidateFinder) -> None:
    found = finder.find(Wish(liked={DRYER.id: 1.0}))
    assert found.because == {}
    assert set(found.origins.values()) == {"likes"}
    assert LIPSTICK.id in found.found


def test_traits_told_lead_to_what_suits_them(finder: CandidateFinder) -> None:
    found = finder.find(Wish(traits=("pelle secca",)))
    assert next(iter(found.found)) == CREAM.id
    assert found.origins[CREAM.id] == "likes"


def test_nothing_owned_is_a_candidate(finder: CandidateFinder) -> None:
    wish = Wish(said="phon asciugacapelli", owned={DRYER.id: 1.0})
    assert DRYER.id not in finder.find(wish).found


def test_relevance_lies_between_nothing_and_one_best_first(finder: CandidateFinder) -> None:
    wish = Wish("phon", {DRYER.id: 1.0}, {CREAM.id: 1.0}, ("pelle secca",))
    relevance = list(finder.find(wish).relevance.values())
    assert relevance == sorted(relevance, reverse=True)
    assert all(0 < share <= 1 for share in relevance)


def test_no_wish_no_candidate(finder: CandidateFinder) -> None:
    assert finder.find(Wish()).found == {}


def test_no_more_candidates_than_asked(finder: CandidateFinder) -> None:
    assert len(finder.find(Wish("phon", {DRYER.id: 1.0}), limit=2).found) == 2


def test_who_says_what_they_want_is_not_led_elsewhere_by_their_taste(
    finder: CandidateFinder,
) -> None:
    """R18: travel dryers are like the dryer owned, but a lipstick was asked for."""
    wish = Wish(said="rossetto rosso", owned={DRYER.id: 1.0})
    found = finder.find(wish)
    assert next(iter(found.found)) == LIPSTICK.id
    assert "likes" not in found.origins.values()
    assert Side.LIKES in found.found[LIPSTICK.id].sides
