"""The points of a loyalty card, by the rules of the company's policy."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from app.demo.chance import happens
from app.demo.content import read_company
from app.demo.model import Order, OrderReturn

DAYS_A_MONTH = 365.25 / 12
LIKES_TO_REDEEM = 0.55


def earned_points(
    orders: Sequence[Order], returns: Sequence[OrderReturn], joined: date, today: date
) -> int:
    """A point for each whole euro of goods received, kept, bought as a member and still valid."""
    rules = read_company()["policy"]["loyalty"]
    oldest = today - timedelta(days=round(rules["points_months"] * DAYS_A_MONTH))
    refunded = {sent.order_number: sent.amount for sent in returns if sent.closed_on}
    kept = [
        order.goods_total - refunded.get(order.number, Decimal(0))
        for order in orders
        if order.delivered_on
        and order.delivered_on < today
        and order.placed_at.date() >= joined
        and order.delivered_on >= oldest
    ]
    return sum(int(total) * int(rules["points_per_euro"]) for total in kept)


def points_balance(
    dice: Random,
    orders: Sequence[Order],
    returns: Sequence[OrderReturn],
    *,
    joined: date,
    today: date,
) -> int:
    """What is left of the earned points after rewards, each of a whole block."""
    block = int(read_company()["policy"]["loyalty"]["reward_points"])
    points = earned_points(orders, returns, joined, today)
    while points >= block and happens(dice, LIKES_TO_REDEEM):
        points -= block
    return points
