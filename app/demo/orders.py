"""Orders and returns: who buys how often, when, and how far each order has got."""

from __future__ import annotations

from bisect import bisect
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import accumulate
from random import Random
from typing import TypeVar
from zoneinfo import ZoneInfo

from app.demo.baskets import Shelves, Shopper
from app.demo.chance import happens, pick
from app.demo.content import Product, Shop, read_company, read_shops
from app.demo.delivery import (
    Journey,
    carrier_of,
    choose_method,
    plan_journey,
    shipping_cost,
    status_of,
    tracking_code,
)
from app.demo.memberships import Membership, shop_near
from app.demo.model import Order, OrderLine, OrderStatus, Person, ShippingMethod, Source, Taste
from app.demo.tastes import read_taste_file

HISTORY_DAYS = 1095
RUSH_DAYS, RUSH = 5, 2.5  # the week's campaign: enough orders under way to look at
BUYERS, PARETO_SHAPE, MOST_EAGER = 0.93, 1.16, 45.0
CANCELLED, FAITHFUL_TO_SHOP = 0.025, 0.9
BEFORE_SENDING: tuple[OrderStatus, ...] = ("placed", "packed", "cancelled")
EARLY_HOURS = {0: 4, 1: 1, 6: 2, 7: 5}
EVENINGS = {18: 7, 19: 7, 20: 9, 21: 11, 22: 9, 23: 4, 0: 1}
HOURS = {7: 3, 8: 5, 9: 6, 10: 6, 11: 6, 12: 7, 13: 8, 14: 6, 15: 5, 16: 5, 17: 6} | EVENINGS
SELLING: dict[Source, float] = {"ecommerce": 55, "shop_loyalty": 45}
DAYS_TO_SETTLE = 6  # a purchase moved back to the last open day still follows the registration
FIRST_NUMBER, LAST_NUMBER = 20001, 99999
T = TypeVar("T")


@dataclass(frozen=True)
class Purchase:
    """An order before it is sent: who, where, when and what."""

    number: str
    person: Person
    source: Source
    placed_at: datetime
    method: ShippingMethod
    lines: tuple[OrderLine, ...]
    shop: Shop | None


def time_zone() -> ZoneInfo:
    """The company's time zone."""
    return ZoneInfo(read_company()["customer_service"]["timezone"])


class BusyDays:
    """Draws days of the last three years: busier in December, on Saturdays and lately."""

    def __init__(self, today: date) -> None:
        self._first = today - timedelta(days=HISTORY_DAYS)
        days = [self._first + timedelta(days=count) for count in range(HISTORY_DAYS + 1)]
        self._reach = [0.0, *accumulate(self._busyness(day, today) for day in days)]

    @staticmethod
    def _busyness(day: date, today: date) -> float:
        facts = read_taste_file()
        rush = RUSH if (today - day).days < RUSH_DAYS else 1.0
        return float(facts["months"][day.month] * facts["weekdays"][day.weekday()] * rush)

    def draw(self, dice: Random, since: date) -> date:
        """A day from `since` to today."""
        start = self._reach[max(0, (since - self._first).days)]
        index = bisect(self._reach, dice.uniform(start, self._reach[-1])) - 1
        return self._first + timedelta(days=min(index, HISTORY_DAYS))


def draw_numbers(dice: Random, count: int, taken: set[str]) -> list[str]:
    """Order numbers, drawn and not counted, so that nobody reads the company's sales in them."""
    free = [n for n in range(FIRST_NUMBER, LAST_NUMBER + 1) if f"EG-{n}" not in taken]
    return [f"EG-{number}" for number in dice.sample(free, count)]


def share_out(dice: Random, buyers: Mapping[T, float], count: int) -> list[T]:
    """`count` orders among buyers with their weights: one each where there are enough, then more
    to those who weigh more and, among these, most to a few."""
    if count <= len(buyers):
        return dice.sample(list(buyers), count)
    eagerness = [
        weight * min(dice.paretovariate(PARETO_SHAPE), MOST_EAGER) for weight in buyers.values()
    ]
    return [*buyers, *dice.choices(list(buyers), weights=eagerness, k=count - len(buyers))]


def buying_since(membership: Membership) -> dict[Source, date]:
    """From which day the person can buy online and in the shops."""
    return {
        source: day + timedelta(days=DAYS_TO_SETTLE)
        for source, day in membership.items()
        if source in SELLING
    }


def choose_source(dice: Random, membership: Membership, day: date) -> Source:
    """Online or in a shop, among the sources that knew the person on that day."""
    known = {source for source, since in buying_since(membership).items() if since <= day}
    return pick(dice, {source: weight for source, weight in SELLING.items() if source in known})


def find_shop(shop_id: str | None) -> Shop | None:
    """The shop with that id, if any."""
    return next((shop for shop in read_shops() if shop.id == shop_id), None)


def choose_shop(dice: Random, person: Person) -> Shop:
    """The shop nearby, or now and then another."""
    near = find_shop(shop_near(person))
    return near if near and happens(dice, FAITHFUL_TO_SHOP) else dice.choice(read_shops())


def time_online(dice: Random, day: date, today: date) -> datetime:
    """A moment of the day, most often in the evening; today only before the shutters go up."""
    hour = pick(dice, EARLY_HOURS if day == today else HOURS)
    moment = time(hour, dice.randrange(60), dice.randrange(60))
    return datetime.combine(day, moment, tzinfo=time_zone())


def time_in_shop(dice: Random, shop: Shop, day: date, today: date) -> datetime:
    """A moment when the shop is open, on that day or the last open one before it."""
    while day == today or not shop.opening_on(day):
        day -= timedelta(days=1)
    opens, closes = dice.choice(shop.opening_on(day))
    start, end = (datetime.combine(day, t, tzinfo=time_zone()) for t in (opens, closes))
    seconds = dice.randrange(int((end - start).total_seconds()))
    return start + timedelta(seconds=seconds)


class OrderDesk:
    """Turns purchases into orders as they stand on the morning of `today`."""

    def __init__(self, dice: Random, today: date) -> None:
        self._dice, self.today = dice, today

    def deliver(
        self, purchase: Purchase, journey: Journey | None = None, cancelled: bool = False
    ) -> Order:
        """The order with its status, costs and days; without a journey one is planned."""
        if purchase.method == "in_shop":
            day = purchase.placed_at.date()
            return self._write(purchase, "delivered", None, day)
        if cancelled:
            return self._write(purchase, "cancelled", None, None)
        journey = journey or self._plan(purchase)
        status = status_of(purchase.method, journey, self.today)
        delivered = journey.collected_on if status == "delivered" else None
        return self._write(purchase, status, journey.promised_on, delivered)

    def _plan(self, purchase: Purchase) -> Journey:
        province = purchase.person.province
        return plan_journey(
            self._dice, purchase.method, purchase.placed_at, province, shop=purchase.shop
        )

    def _write(
        self,
        purchase: Purchase,
        status: OrderStatus,
        expected: date | None,
        delivered: date | None,
    ) -> Order:
        goods = sum((line.unit_price * line.quantity for line in purchase.lines), Decimal("0.00"))
        cost = shipping_cost(purchase.method, goods)
        code = tracking_code(self._dice, purchase.method)
        return Order(
            number=purchase.number,
            person_id=purchase.person.id,
            source=purchase.source,
            placed_at=purchase.placed_at,
            status=status,
            lines=purchase.lines,
            total=goods + cost,
            shipping_method=purchase.method,
            shipping_cost=cost,
            carrier=carrier_of(purchase.method),
            tracking_code=None if status in BEFORE_SENDING else code,
            expected_on=expected,
            delivered_on=delivered,
            shop_id=purchase.shop.id if purchase.shop else None,
        )


class OrderBook:
    """Invents purchases of people with their tastes and memberships."""

    def __init__(self, dice: Random, today: date, memberships: Mapping[str, Membership]) -> None:
        self._dice, self._today, self._memberships = dice, today, memberships
        self._days, self._desk = BusyDays(today), OrderDesk(dice, today)

    def invent_order(self, number: str, shopper: Shopper, person: Person, day: date) -> Order:
        """An order placed on that day."""
        source = choose_source(self._dice, self._memberships[person.id], day)
        lines = shopper.fill_basket(day.month)
        if source == "shop_loyalty":
            purchase = self._buy_in_shop(number, person, day, lines)
        else:
            purchase = self._buy_online(number, person, day, lines)
        cancelled = purchase.method != "in_shop" and happens(self._dice, CANCELLED)
        return self._desk.deliver(purchase, cancelled=cancelled)

    def draw_day(self, person: Person) -> date:
        """A day since the person became a customer."""
        since = min(buying_since(self._memberships[person.id]).values())
        return self._days.draw(self._dice, since)

    def _buy_in_shop(
        self, number: str, person: Person, day: date, lines: tuple[OrderLine, ...]
    ) -> Purchase:
        shop = choose_shop(self._dice, person)
        placed_at = time_in_shop(self._dice, shop, day, self._today)
        return Purchase(number, person, "shop_loyalty", placed_at, "in_shop", lines, shop)

    def _buy_online(
        self, number: str, person: Person, day: date, lines: tuple[OrderLine, ...]
    ) -> Purchase:
        near = find_shop(shop_near(person))
        method = choose_method(self._dice, near is not None)
        shop = near if method == "click_and_collect" else None
        placed_at = time_online(self._dice, day, self._today)
        return Purchase(number, person, "ecommerce", placed_at, method, lines, shop)


@dataclass(frozen=True)
class Crowd:
    """The people who may buy, each with a taste and a membership, by person id."""

    people: Sequence[Person]
    tastes: Mapping[str, Taste]
    memberships: Mapping[str, Membership]

    def buyers(self, dice: Random, today: date) -> dict[Person, float]:
        """The people who bought something at least once, with the days they have had for it."""
        since = {p: buying_since(self.memberships[p.id]).values() for p in self.people}
        return {
            person: float(min((today - min(days)).days + 1, HISTORY_DAYS))
            for person, days in since.items()
            if days and happens(dice, BUYERS)
        }


def generate_orders(
    dice: Random, crowd: Crowd, products: Sequence[Product], numbers: Sequence[str], today: date
) -> list[Order]:
    """An order for each number, placed by the people of the crowd."""
    book, shelves = OrderBook(dice, today, crowd.memberships), Shelves(products)
    diary: dict[str, list[date]] = defaultdict(list)
    for person in share_out(dice, crowd.buyers(dice, today), len(numbers)):
        diary[person.id].append(book.draw_day(person))
    free_numbers, orders = iter(numbers), list[Order]()
    for person in crowd.people:
        shopper = Shopper(dice, person, crowd.tastes[person.id], shelves)
        for day in sorted(diary[person.id]):
            orders.append(book.invent_order(next(free_numbers), shopper, person, day))
    return orders
