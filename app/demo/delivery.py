"""How an order travels: when it is packed, leaves, is promised and arrives, by the policy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from app.demo.chance import happens, pick
from app.demo.content import Shop, read_company
from app.demo.model import OrderStatus, ShippingMethod
from app.demo.working_days import add_working_days, first_working_day, is_working_day

NOON, PACKERS_LEAVE = time(12), time(17)
LATENESS = {-1: 6, 0: 82, 1: 7, 2: 3, 4: 2}  # working days after the promise: how often
FREE = Decimal("0.00")


@dataclass(frozen=True)
class Journey:
    """The days of an order. Arrival is at the door, at the pick-up point or on the shop's shelf;
    collected_on is the day the customer has it in hand."""

    packed_on: date
    leaves_on: date
    promised_on: date
    arrives_on: date
    collected_on: date


def shipping_policy() -> dict[str, Any]:
    """Costs and times of each way of shipping, from company.yml."""
    policy: dict[str, Any] = read_company()["policy"]["shipping"]
    return policy


def shipping_cost(method: ShippingMethod, goods_total: Decimal) -> Decimal:
    """What delivery costs for goods of that total, in EUR."""
    if method == "in_shop":
        return FREE
    terms = shipping_policy()[method]
    free_from = terms["free_from"]
    if free_from is not None and goods_total >= Decimal(free_from):
        return FREE
    return Decimal(terms["cost"])


def days_on_the_road(dice: Random, method: ShippingMethod, province: str) -> int:
    """The working days promised between leaving and arriving."""
    policy = shipping_policy()
    shortest, longest = policy[method]["working_days"]
    to_an_island = method != "click_and_collect" and province in policy["islands"]
    extra = policy["islands_extra_working_days"] if to_an_island else 0
    return dice.randint(shortest, longest) + int(extra)


def plan_journey(
    dice: Random,
    method: ShippingMethod,
    placed_at: datetime,
    province: str,
    *,
    shop: Shop | None = None,
    punctual: bool = False,
) -> Journey:
    """The journey of an order placed then; a `punctual` one keeps its promise."""
    ordered = placed_at.date()
    packed = packing_day(ordered, placed_at.time())
    leaves = leaving_day(ordered, placed_at.time())
    promised = add_working_days(leaves, days_on_the_road(dice, method, province))
    late = 0 if punctual or method == "click_and_collect" else pick(dice, LATENESS)
    arrives = max(add_working_days(promised, late), add_working_days(leaves, 1))
    collected = collecting_day(dice, method, arrives, shop, punctual)
    return Journey(packed, leaves, promised, arrives, collected)


def packing_day(ordered: date, at: time) -> date:
    """Parcels are packed on working days until the packers go home."""
    in_time = is_working_day(ordered) and at < PACKERS_LEAVE
    return ordered if in_time else first_working_day(ordered + timedelta(days=1))


def leaving_day(ordered: date, at: time) -> date:
    """Orders confirmed by noon leave the same working day."""
    in_time = is_working_day(ordered) and at < NOON
    return ordered if in_time else first_working_day(ordered + timedelta(days=1))


def collecting_day(
    dice: Random, method: ShippingMethod, arrives: date, shop: Shop | None, punctual: bool
) -> date:
    """The day the customer fetches what waits for them; the arrival itself for home delivery."""
    if method not in {"pickup_point", "click_and_collect"}:
        return arrives
    day = arrives + timedelta(days=3 if punctual else dice.randint(0, 6))
    while shop and not shop.opening_on(day):
        day += timedelta(days=1)
    return day


def status_of(method: ShippingMethod, journey: Journey, today: date) -> OrderStatus:
    """Where the order stands in the morning of `today`, before the day's work."""
    if journey.collected_on < today:
        return "delivered"
    waits = method in {"pickup_point", "click_and_collect"}
    if waits and journey.arrives_on < today:
        return "ready_for_pickup"
    if not waits and journey.arrives_on == today:
        return "out_for_delivery"
    if journey.leaves_on < today and method != "click_and_collect":
        return "shipped"
    return "packed" if journey.packed_on < today else "placed"


def tracking_code(dice: Random, method: ShippingMethod) -> str | None:
    """The courier's code: RND or, for express, SAE and ten digits; none without a courier."""
    prefix = {"standard": "RND", "pickup_point": "RND", "express": "SAE"}.get(method)
    return f"{prefix}{dice.randrange(10**10):010d}" if prefix else None


def carrier_of(method: ShippingMethod) -> str | None:
    """The courier of a way of shipping."""
    if method == "in_shop":
        return None
    carrier = shipping_policy()[method]["carrier"]
    return str(carrier) if carrier else None


def choose_method(dice: Random, has_shop_nearby: bool) -> ShippingMethod:
    """How a customer has an online order sent."""
    near = happens(dice, 0.22) and has_shop_nearby
    if near:
        return "click_and_collect"
    methods: dict[ShippingMethod, float] = {"standard": 74, "pickup_point": 14, "express": 12}
    return pick(dice, methods)
