"""Filters as SQL conditions over the table of customers; nothing is filtered row by row here."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    exists,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.orm import aliased

from crm.consent.models import Consent
from crm.event.models import Signal
from crm.offer.models import Product
from crm.order.models import Order, OrderLine, OrderStatus
from crm.profile.models import Customer, CustomerStatus, Trait
from crm.profile.traits import WEIGHT
from crm.segment.filters import (
    Bounds,
    Condition,
    ConsentIs,
    EventIs,
    OrdersAre,
    Scalar,
    TraitIs,
    ZoneIs,
)
from crm.segment.json_values import JsonHas, JsonNumber, JsonText, JsonTruth
from crm.segment.zones import in_zone
from crm.value.models import CustomerValue, Tier

Test = ColumnElement[bool]
NOT_KEPT = (OrderStatus.CANCELLED, OrderStatus.RETURNED)


def members(condition: Condition, now: datetime) -> Test:
    """The condition that a customer is in use and belongs to a segment.

    Args:
        now: from when days are counted back.
    """
    return and_(Customer.status == CustomerStatus.ACTIVE, matches(condition, now))


def matches(condition: Condition, now: datetime) -> Test:
    """One condition as SQL."""
    for word, build in WORDS.items():
        meant = getattr(condition, word)
        if meant is not None:
            return build(meant, now)
    raise AssertionError("a condition has exactly one word")


def _all(parts: list[Condition], now: datetime) -> Test:
    return and_(true(), *(matches(part, now) for part in parts))


def _any(parts: list[Condition], now: datetime) -> Test:
    return or_(false(), *(matches(part, now) for part in parts))


def _not(part: Condition, now: datetime) -> Test:
    # What is not known is not so: else a null would empty a segment and its opposite too.
    return not_(func.coalesce(matches(part, now), false()))


def _trait(trait: TraitIs, now: datetime) -> Test:
    held = aliased(Trait)
    return holds(held, trait.name, _fits(held.value, trait))


def holds(held: type[Trait], name: str, fits: Test) -> Test:
    """The holding value of a trait fits: no other of that name is weightier, or as good and newer.

    Args:
        held: an alias of the traits, which `fits` speaks of.
    """
    other = aliased(Trait)
    better = or_(
        _weight(other) > _weight(held),
        and_(
            _weight(other) == _weight(held),
            or_(other.at > held.at, and_(other.at == held.at, other.id > held.id)),
        ),
    )
    beaten = exists().where(other.customer_id == held.customer_id, other.name == name, better)
    return exists().where(held.customer_id == Customer.id, held.name == name, fits, not_(beaten))


def _weight(trait: type[Trait]) -> ColumnElement[int]:
    return case(dict(WEIGHT), value=trait.kind)


def _fits(value: Any, trait: TraitIs) -> Test:
    tests: list[Test] = [true()]
    if trait.equals is not None:
        tests.append(_equals(value, trait.equals))
    if trait.one_of is not None:
        tests.append(or_(*(_equals(value, one) for one in trait.one_of)))
    if trait.has is not None:
        tests.append(JsonHas(value, literal(trait.has)))
    tests += _between(JsonNumber(value), trait.at_least, trait.at_most)
    if trait.before is not None:
        tests.append(JsonText(value) < trait.before)
    if trait.after is not None:
        tests.append(JsonText(value) > trait.after)
    return and_(*tests)


def _equals(value: Any, wanted: Scalar) -> Test:
    if isinstance(wanted, bool):
        return JsonTruth(value) == ("true" if wanted else "false")
    if isinstance(wanted, int | float):
        return JsonNumber(value) == float(wanted)
    return JsonText(value) == wanted


def _between(number: Any, least: float | None, most: float | None) -> list[Test]:
    tests = [number >= least] if least is not None else []
    return tests + ([number <= most] if most is not None else [])


def _event(event: EventIs, now: datetime) -> Test:
    query = select(func.count(Signal.id)).where(
        Signal.customer_id == Customer.id, Signal.kind == event.kind, Signal.at <= now
    )
    if event.days is not None:
        query = query.where(Signal.at >= now - timedelta(days=event.days))
    for name, wanted in event.details.items():
        query = query.where(_equals(Signal.details[name], wanted))
    return _so_many(query, event.at_least, event.at_most)


def _orders(orders: OrdersAre, now: datetime) -> Test:
    query = select(func.count(Order.id)).where(
        Order.customer_id == Customer.id, Order.status.not_in(NOT_KEPT), Order.placed_at <= now
    )
    if orders.days is not None:
        query = query.where(Order.placed_at >= now - timedelta(days=orders.days))
    if orders.shop is not None:
        query = query.where(Order.shop == orders.shop)
    if orders.skus:
        query = query.where(_has_line(OrderLine.sku.in_(orders.skus)))
    if orders.categories:
        skus = select(Product.sku).where(Product.category.in_(orders.categories))
        query = query.where(_has_line(OrderLine.sku.in_(skus)))
    return _so_many(query, orders.at_least, orders.at_most)


def _has_line(test: Test) -> Test:
    return exists().where(OrderLine.order_id == Order.id, test)


def _so_many(query: Select[Any], least: int | None, most: int | None) -> Test:
    """One at least, unless told otherwise."""
    count = query.scalar_subquery()
    if least is None and most is None:
        least = 1
    return and_(true(), *_between(count, least, most))


def _zone(zone: ZoneIs, now: datetime) -> Test:
    return in_zone(Customer.cap, zone)


def _tier(tiers: list[Tier], now: datetime) -> Test:
    return exists().where(CustomerValue.customer_id == Customer.id, CustomerValue.tier.in_(tiers))


def _value(figures: Mapping[str, Bounds], now: datetime) -> Test:
    tests = [
        test
        for name, bounds in figures.items()
        for test in _between(getattr(CustomerValue, name), bounds.at_least, bounds.at_most)
    ]
    return exists().where(CustomerValue.customer_id == Customer.id, *tests)


def _consent(consent: ConsentIs, now: datetime) -> Test:
    said, later = aliased(Consent), aliased(Consent)
    same = (later.customer_id == said.customer_id, later.purpose == consent.purpose,
            later.channel == consent.channel)  # fmt: skip
    newer = or_(later.at > said.at, and_(later.at == said.at, later.id > said.id))
    holds = exists().where(
        said.customer_id == Customer.id,
        said.purpose == consent.purpose,
        said.channel == consent.channel,
        said.granted.is_(True),
        not_(exists().where(*same, newer)),
    )
    return holds if consent.granted else not_(holds)


def _known(names: list[str], now: datetime) -> Test:
    columns = {
        "email": Customer.email.is_not(None),
        "phone": Customer.phone.is_not(None),
        "cap": Customer.cap.is_not(None),
        "name": or_(Customer.given_name.is_not(None), Customer.family_name.is_not(None)),
    }
    return and_(true(), *(columns[name] for name in names))


WORDS: Mapping[str, Callable[[Any, datetime], Test]] = {
    "all": _all,
    "any": _any,
    "not_": _not,
    "trait": _trait,
    "event": _event,
    "orders": _orders,
    "zone": _zone,
    "tier": _tier,
    "value": _value,
    "consent": _consent,
    "known": _known,
}
