"""Every figure of docs/value.md, computed by hand (R7)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from crm.event.models import SignalKind
from crm.value.figures import Figures, History, Purchase, ValueRules, churn_risk, figures
from crm.value.models import Tier

RULES = ValueRules()
START = datetime(2026, 1, 1, 12, tzinfo=UTC)


def bought(*days_and_totals: tuple[float, str], came_back: bool = False) -> list[Purchase]:
    return [
        Purchase(START + timedelta(days=days), Decimal(total), came_back)
        for days, total in days_and_totals
    ]


def at_day(days: float, history: History) -> Figures:
    return figures(history, RULES, START + timedelta(days=days))


def test_the_example_of_the_documentation() -> None:
    history = History(bought((0, "50"), (60, "50"), (120, "50")), tickets=1)
    found = at_day(120, history)
    assert (found.spent, found.cost, found.orders) == (Decimal("150"), Decimal("6"), 3)
    # 0.40 × 150 − 6; 0.40 × 50 × 365 / 80 − 6
    assert (found.current, found.potential) == (Decimal("54.00"), Decimal("85.25"))
    assert (found.churn_risk, found.tier) == (0.0, Tier.GROWABLE)
    assert at_day(200, history).churn_risk == 0.0
    assert at_day(280, history).churn_risk == 0.5


def test_one_order_keeps_the_usual_rhythm() -> None:
    found = at_day(240, History(bought((0, "100"))))
    # d = 120, r = 240: one interval late; 0.40 × 100 × 365 / 120 × 0.5
    assert found.churn_risk == 0.5
    assert (found.current, found.potential) == (Decimal("40.00"), Decimal("60.83"))


def test_who_only_looks_has_a_potential_by_interest() -> None:
    signals = [(SignalKind.CART, START), (SignalKind.PAGE_VIEW, START)]
    found = at_day(10, History(signals=signals))
    # 0.40 × 45 × 0.35
    assert (found.current, found.potential) == (Decimal("0.00"), Decimal("6.30"))
    assert found.tier == Tier.STANDARD
    assert at_day(91, History(signals=signals)).potential == 0
    many = History(signals=[(SignalKind.CART, START)] * 9)
    assert at_day(1, many).potential == Decimal("18.00")


def test_who_sends_everything_back_and_complains_is_below_zero() -> None:
    history = History(
        [*bought((0, "80"), (30, "80"), came_back=True), *bought((40, "20"))], tickets=4
    )
    found = at_day(400, history)
    # spent 20; cost 4 × 6 + 2 × 8 = 40; current 8 − 40
    assert (found.spent, found.cost, found.current) == (20, 40, Decimal("-32.00"))
    # d = 120, r = 360: two intervals late; 8 × 365 / 120 × 0.25 − 40 / (400 / 365)
    assert found.churn_risk == 0.75
    assert found.potential == Decimal("-30.42")
    assert found.tier == Tier.BELOW_ZERO


def test_who_brought_much_is_most_valuable_however_long_ago() -> None:
    found = at_day(900, History(bought((0, "200"), (30, "200"))))
    assert (found.current, found.tier) == (Decimal("160.00"), Tier.MOST_VALUABLE)
    assert found.churn_risk > 0.99


def test_thresholds_are_settings() -> None:
    history = History(bought((0, "50"), (60, "50"), (120, "50")))
    day = START + timedelta(days=120)
    assert figures(history, ValueRules(most_valuable_from=60), day).tier == Tier.MOST_VALUABLE
    assert figures(history, ValueRules(growable_from=92), day).tier == Tier.STANDARD
    assert figures(history, ValueRules(margin=0.5), day).current == Decimal("75.00")


def test_who_buys_every_day_is_not_expected_every_day() -> None:
    rush = bought(*((day / 10, "10") for day in range(60)))
    assert churn_risk(rush, RULES, START + timedelta(days=12.9)) == pytest.approx(0.0)
    assert churn_risk(rush, RULES, START + timedelta(days=19.9)) == pytest.approx(0.5, abs=0.01)
