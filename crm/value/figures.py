"""The figures of a customer's value, as `docs/value.md` defines them; no database in here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from crm.event.models import SignalKind
from crm.value.models import Tier

YEAR = 365.0
SHORTEST_INTERVAL = 7.0
CENT = Decimal("0.01")
INTEREST_LASTS = timedelta(days=90)

# How likely a purchase becomes by each signal; together never more than certain.
INTEREST: Mapping[SignalKind, float] = {
    SignalKind.CART: 0.30,
    SignalKind.CHECK_IN: 0.20,
    SignalKind.CALL: 0.10,
    SignalKind.REVIEW: 0.10,
    SignalKind.PAGE_VIEW: 0.05,
    SignalKind.LIKE: 0.05,
    SignalKind.COMMENT: 0.05,
    SignalKind.EMAIL_OPENED: 0.02,
}


@dataclass(frozen=True)
class ValueRules:
    """What a company says of itself; money in euro.

    Attributes:
        margin: the share of a price that is left after the goods are paid.
        ticket_cost: what serving one ticket costs.
        return_cost: what an order that comes back costs.
        usual_days: between two orders of a customer of whom little is known.
        usual_order: what an order comes to, as long as there is none.
        most_valuable_from: current value from which a customer is most valuable.
        growable_from: potential value from which another one is growable.
    """

    margin: float = 0.40
    ticket_cost: float = 6.0
    return_cost: float = 8.0
    usual_days: float = 120.0
    usual_order: float = 45.0
    most_valuable_from: float = 150.0
    growable_from: float = 40.0


@dataclass(frozen=True)
class Purchase:
    """An order that was not cancelled."""

    at: datetime
    total: Decimal
    came_back: bool = False


@dataclass(frozen=True)
class History:
    """What the figures are made of."""

    purchases: Sequence[Purchase] = ()
    tickets: int = 0
    signals: Sequence[tuple[SignalKind, datetime]] = field(default_factory=tuple)


@dataclass(frozen=True)
class Figures:
    """What a customer is worth; see `crm.value.models.CustomerValue`."""

    tier: Tier
    current: Decimal
    potential: Decimal
    spent: Decimal
    cost: Decimal
    orders: int
    last_order_at: datetime | None
    churn_risk: float


def figures(history: History, rules: ValueRules, now: datetime) -> Figures:
    """The figures at an instant."""
    kept = sorted((one for one in history.purchases if not one.came_back), key=lambda one: one.at)
    spent = sum((one.total for one in kept), Decimal(0))
    cost = _money(cost_of_serving(history, rules))
    current = _money(rules.margin * float(spent) - float(cost))
    risk = churn_risk(kept, rules, now)
    potential = _money(_potential(history, kept, risk, rules, now))
    return Figures(
        tier=tier_of(current, potential, rules),
        current=current,
        potential=potential,
        spent=_money(float(spent)),
        cost=cost,
        orders=len(kept),
        last_order_at=kept[-1].at if kept else None,
        churn_risk=round(risk, 4),
    )


def cost_of_serving(history: History, rules: ValueRules) -> float:
    """What tickets and goods that came back have cost so far."""
    came_back = sum(one.came_back for one in history.purchases)
    return history.tickets * rules.ticket_cost + came_back * rules.return_cost


def interval(kept: Sequence[Purchase], rules: ValueRules) -> float:
    """The days between two orders: the customer's own mean, drawn towards the usual by one vote."""
    own = _days(kept[0].at, kept[-1].at) if len(kept) > 1 else 0.0
    return max((own + rules.usual_days) / max(len(kept), 1), SHORTEST_INTERVAL)


def churn_risk(kept: Sequence[Purchase], rules: ValueRules, now: datetime) -> float:
    """0 up to one interval since the last order, then half as far from 1 with each further one."""
    if not kept:
        return 0.0
    expected = interval(kept, rules)
    overdue = max(_days(kept[-1].at, now) - expected, 0.0)
    return float(1.0 - 2.0 ** (-overdue / expected))


def _potential(
    history: History, kept: Sequence[Purchase], risk: float, rules: ValueRules, now: datetime
) -> float:
    """The margin of the next twelve months, less what serving costs in a year."""
    average = _average(kept, rules)
    repeats = YEAR / interval(kept, rules) * (1.0 - risk) if kept else 0.0
    bought = rules.margin * average * (repeats + interest(history, now))
    begun = min((one.at for one in history.purchases), default=now)
    years = max(_days(begun, now) / YEAR, 1.0)
    return bought - cost_of_serving(history, rules) / years


def _average(kept: Sequence[Purchase], rules: ValueRules) -> float:
    if not kept:
        return rules.usual_order
    return float(sum((one.total for one in kept), Decimal(0))) / len(kept)


def interest(history: History, now: datetime) -> float:
    """How much the signals of the last ninety days promise one more order, from 0 to 1."""
    fresh = (kind for kind, at in history.signals if now - INTEREST_LASTS <= at <= now)
    return min(sum(INTEREST.get(kind, 0.0) for kind in fresh), 1.0)


def tier_of(current: Decimal, potential: Decimal, rules: ValueRules) -> Tier:
    """The tier: what was brought in counts first, then what may come."""
    if current + potential < 0:
        return Tier.BELOW_ZERO
    if float(current) >= rules.most_valuable_from:
        return Tier.MOST_VALUABLE
    return Tier.GROWABLE if float(potential) >= rules.growable_from else Tier.STANDARD


def _days(start: datetime, end: datetime) -> float:
    return max((end - start).total_seconds() / 86400.0, 0.0)


def _money(amount: float) -> Decimal:
    return Decimal(str(round(amount, 6))).quantize(CENT)
