"""Credits of sales, and when two wordings may be called different."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.offer.models import OfferEvent, OfferOutcome
from crm.offer.policy import Credit, Experiment
from crm.offer.reading import Verdict, compare, credits, people_needed, wilson

NOON = datetime(2026, 3, 11, 12, tzinfo=UTC)
RULES = Experiment()


def sold(number: int, first: int, last: int, touches: int, sale: str = "s") -> OfferEvent:
    """A sale of an offer met first and last so many days before."""
    when = {"first": NOON - timedelta(days=first), "last": NOON - timedelta(days=last)}
    facts = {name: at.isoformat() for name, at in when.items()} | {"touches": touches}
    return OfferEvent(
        id=number, sku="x", outcome=OfferOutcome.SOLD, facts=facts, at=NOON, sale=sale
    )


@pytest.mark.parametrize(
    ("model", "shares"),
    [
        (Credit.FIRST, {1: 0.0, 2: 1.0, 3: 1.0}),
        (Credit.LAST, {1: 1.0, 2: 0.0, 3: 1.0}),
        (Credit.LINEAR, {1: 0.25, 2: 0.75, 3: 1.0}),
    ],
)
def test_r22_a_sale_is_credited_once(model: Credit, shares: dict[int, float]) -> None:
    sales = [sold(1, 5, 1, 1), sold(2, 9, 2, 3), sold(3, 1, 1, 1, "another")]
    assert credits(sales, model) == shares


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(1, 9)), min_size=1),
       st.sampled_from(Credit))  # fmt: skip
def test_credits_of_a_sale_add_up_to_one(
    touches: list[tuple[int, int, int]], model: Credit
) -> None:
    sales = [sold(number, *one) for number, one in enumerate(touches)]
    assert sum(credits(sales, model).values()) == pytest.approx(1)


def test_intervals_are_wilsons() -> None:
    # The worked example of the literature: 10 of 20 lies between 29.9% and 70.1%.
    low, high = wilson(10, 20, 0.95)
    assert (round(low, 3), round(high, 3)) == (0.299, 0.701)
    assert wilson(0, 0, 0.95) == (0.0, 1.0)
    assert wilson(0, 10, 0.95)[0] == pytest.approx(0)


def test_a_difference_of_five_points_needs_many_people() -> None:
    # The usual formula for 10% against 15% at 95% and 80%.
    assert people_needed(0.10, RULES) == 683
    assert people_needed(0.10, RULES, comparisons=3) > 683


@pytest.mark.parametrize(
    ("counts", "verdict"),
    [
        ({"a": (20, 10), "b": (20, 1)}, Verdict.TOO_EARLY),
        ({"a": (5000, 600)}, Verdict.TOO_EARLY),
        ({}, Verdict.TOO_EARLY),
        ({"a": (5000, 600), "b": (5000, 590)}, Verdict.NO_DIFFERENCE),
        ({"a": (5000, 750), "b": (5000, 500)}, Verdict.BETTER),
        ({"a": (5000, 750), "b": (5000, 740), "c": (5000, 300)}, Verdict.NO_DIFFERENCE),
    ],
)
def test_what_may_be_said(counts: dict[str, tuple[int, int]], verdict: Verdict) -> None:
    assert compare(counts, RULES).verdict == verdict


@given(st.integers(0, 400), st.integers(0, 400))
def test_an_interval_holds_its_rate(converted: int, more: int) -> None:
    shown = converted + more
    low, high = wilson(converted, shown, 0.95)
    assert 0 <= low <= (converted / shown if shown else 0) + 1e-9
    assert (converted / shown if shown else 1) - 1e-9 <= high <= 1
