"""The strategic figures: customers won, growing, leaving; their tiers, likings and places (R23)."""

from functools import partial
from typing import Any

from sqlalchemy import Float, Select, case, cast, extract, func, literal, select

from crm.db import now
from crm.insights.customers import CountedCustomers, of_whom
from crm.insights.propensity import NOT_KEPT, propensities
from crm.insights.scope import DAY, Scope
from crm.order.models import Order
from crm.profile.models import Customer, CustomerStatus
from crm.segment.zones import zone_of
from crm.value.figures import SHORTEST_INTERVAL, ValueRules
from crm.value.models import CustomerValue, Tier

YEAR_DAYS = 365
STAGES = ("new", "growing", "staying", "leaving", "gone")
# Two of a customer's own intervals without an order: the churn risk of docs/value.md passes 0.5.
OVERDUE_INTERVALS = 2


def stages(rules: ValueRules, scope: Scope) -> Select[Any]:
    """The stage of everybody who has bought before the period's end."""
    bought = _histories(scope).subquery()
    days = (bought.c.last - bought.c.first) / DAY
    own = (days + rules.usual_days) / bought.c.orders
    interval = case((own > SHORTEST_INTERVAL, own), else_=SHORTEST_INTERVAL)
    overdue = bought.c.last + OVERDUE_INTERVALS * interval * DAY
    stage = case(
        (bought.c.first >= scope.start.timestamp(), "new"),
        (overdue < scope.start.timestamp(), "gone"),
        (overdue < scope.as_of.timestamp(), "leaving"),
        (_is_growing(bought), "growing"),
        else_="staying",
    )
    return select(bought.c.customer_id, stage.label("cell"), bought.c.orders_in.label("things"),
                  bought.c.spent_in.label("worth"))  # fmt: skip


def _is_growing(bought: Any) -> Any:
    return (bought.c.orders_in > 0) & (bought.c.this_year > bought.c.year_before)


def _histories(scope: Scope) -> Select[Any]:
    """What everybody has bought until the period's end; times in seconds since 1970."""
    year, year_before = scope.years(YEAR_DAYS)
    is_in, total = Order.placed_at >= scope.start, cast(Order.total, Float)
    return (
        select(
            Order.customer_id,
            _seconds(func.min(Order.placed_at)).label("first"),
            _seconds(func.max(Order.placed_at)).label("last"),
            cast(func.count(), Float).label("orders"),
            func.sum(case((is_in, 1), else_=0)).label("orders_in"),
            func.sum(case((is_in, total), else_=0.0)).label("spent_in"),
            func.sum(case((Order.placed_at >= year, total), else_=0.0)).label("this_year"),
            func.sum(
                case(((Order.placed_at < year) & (Order.placed_at >= year_before), total),
                     else_=0.0)
            ).label("year_before"),
        )
        .where(Order.status.not_in(NOT_KEPT), Order.placed_at < scope.as_of)
        .where(*of_whom(scope, Order.customer_id))
        .group_by(Order.customer_id)
    )  # fmt: skip


def _seconds(at: Any) -> Any:
    return cast(extract("epoch", at), Float)


def tiers(scope: Scope) -> Select[Any]:
    """Everybody by tier, as it is today."""
    columns: list[Any] = [
        CustomerValue.customer_id,
        CustomerValue.tier.label("cell"),
        CustomerValue.orders.label("things"),
        CustomerValue.spent.label("worth"),
    ]
    return select(*columns).where(*of_whom(scope, CustomerValue.customer_id))


def likings(scope: Scope) -> Select[Any]:
    """Who is prone to which categories today."""
    found = propensities(now(), whom=partial(of_whom, scope)).subquery()
    return select(found.c.customer_id, found.c.category.label("cell"), literal(1).label("things"))


def places(scope: Scope) -> Select[Any]:
    """Everybody by CAP."""
    columns: list[Any] = [
        Customer.id.label("customer_id"),
        Customer.cap.label("cell"),
        literal(1).label("things"),
    ]
    is_active = Customer.status == CustomerStatus.ACTIVE
    return select(*columns).where(is_active, *of_whom(scope, Customer.id))


def figures(rules: ValueRules) -> list[CountedCustomers]:
    """All figures about customers."""
    return [
        CountedCustomers("stages", partial(stages, rules), order=STAGES, worth="spent"),
        CountedCustomers("tiers", tiers, order=[str(tier) for tier in Tier], worth="spent"),
        CountedCustomers("propensities", likings, overlaps=True),
        CountedCustomers("provinces", places, label=lambda cap: zone_of(cap, "provincia")),
        CountedCustomers("towns", places, label=lambda cap: zone_of(cap, "comune")),
    ]
