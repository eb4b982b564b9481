"""The people whom documentation and tests know by name: Mario Rossi and seven more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from app.demo.baskets import Shelves, line_of
from app.demo.census import Identity, codice_fiscale_of
from app.demo.content import Product, read_yaml
from app.demo.delivery import Journey, plan_journey, status_of
from app.demo.history import History
from app.demo.loyalty_points import earned_points
from app.demo.model import Order, OrderReturn, OrderStatus, Person, Source, SourceRecord, Taste
from app.demo.order_returns import return_number
from app.demo.orders import OrderDesk, Purchase, find_shop, time_in_shop, time_zone
from app.demo.places import find_place
from app.demo.records import Registrars, known_facts, read_sources, upper_case_names
from app.demo.tastes import audience_of

LONGEST_WAY = 20  # days within which every open order was placed
HOURS_OF_DAY = (time(18, 10), time(13, 20), time(10, 5))
THIS_MORNING = time(7, 15)


@dataclass(frozen=True)
class Persona:
    """A person with the entry of the file that tells the rest about them."""

    person: Person
    entry: Mapping[str, Any]


@cache
def read_personas() -> tuple[Persona, ...]:
    """The personas, P00001 on."""
    entries = read_yaml(Path(__file__).parent / "personas.yml")
    return tuple(
        Persona(person_from(entry, f"P{count:05d}"), entry)
        for count, entry in enumerate(entries, 1)
    )


def taken_numbers() -> set[str]:
    """The order numbers that belong to personas."""
    return {order["number"] for persona in read_personas() for order in persona.entry["orders"]}


def person_from(entry: Mapping[str, Any], person_id: str) -> Person:
    """The truth about a persona."""
    identity = Identity(
        entry["given_name"],
        entry["family_name"],
        entry["sex"],
        date.fromisoformat(entry["birth_date"]),
        entry["birth_place"],
    )
    return Person(
        id=person_id,
        given_name=identity.given_name,
        family_name=identity.family_name,
        sex=identity.sex,
        birth_date=identity.birth_date,
        birth_place=identity.birth_place,
        email=entry["email"],
        phone=entry["phone"],
        address=entry["address"],
        city=entry["city"],
        province=find_place(entry["city"]).province,
        cap=entry["cap"],
        codice_fiscale=codice_fiscale_of(identity) if entry["language"] == "it" else None,
        language=entry["language"],
        household=entry.get("household"),
    )


def taste_of(persona: Persona) -> Taste:
    """The persona's taste, as the file tells it."""
    taste = persona.entry["taste"]
    return Taste(
        person_id=persona.person.id,
        skin=taste["skin"],
        hair=taste["hair"],
        needs=tuple(taste["needs"]),
        loves=tuple(taste["loves"]),
        brands=tuple(taste["brands"]),
        audience=audience_of(persona.person.sex, "baby_care" in taste["loves"]),
        thrift=0.5,
    )


class PersonaStory:
    """Tells orders, returns and records of the personas, relative to `today`."""

    def __init__(self, dice: Random, today: date, products: Sequence[Product]) -> None:
        self._dice, self._today, self._shelves = dice, today, Shelves(products)
        self._desk = OrderDesk(dice, today)

    def tell_orders(self, persona: Persona) -> list[Order]:
        """The persona's orders."""
        return [self._tell_order(persona.person, entry) for entry in persona.entry["orders"]]

    def tell_returns(self, persona: Persona, orders: Sequence[Order]) -> list[OrderReturn]:
        """The persona's open returns."""
        return [
            self._tell_return(order, entry["return"])
            for order, entry in zip(orders, persona.entry["orders"], strict=True)
            if "return" in entry
        ]

    def tell_records(
        self, persona: Persona, history: History, registrars: Registrars
    ) -> list[SourceRecord]:
        """What the sources know of the persona."""
        return [
            self._tell_record(persona.person, entry, history, registrars)
            for entry in persona.entry["records"]
        ]

    def _tell_order(self, person: Person, entry: Mapping[str, Any]) -> Order:
        if entry["method"] == "in_shop":
            return self._desk.deliver(self._purchase(person, entry, self._in_shop(entry)))
        if "days_ago" in entry:
            moment = self._moment(entry["days_ago"], HOURS_OF_DAY[2])
            purchase = self._purchase(person, entry, moment)
            cancelled = entry.get("status") == "cancelled"
            return self._desk.deliver(purchase, self._journey(purchase), cancelled)
        return self._tell_open_order(person, entry)

    def _tell_open_order(self, person: Person, entry: Mapping[str, Any]) -> Order:
        """Placed on the latest moment that gives the wanted status today; "shipped" where none
        does, as couriers rest on Sundays and holidays."""
        wanted: OrderStatus
        for wanted in (entry["status"], "shipped"):
            for moment in self._latest_moments():
                purchase = self._purchase(person, entry, moment)
                journey = self._journey(purchase)
                if status_of(purchase.method, journey, self._today) == wanted:
                    return self._desk.deliver(purchase, journey)
        raise LookupError(f"No day gives order {entry['number']} the status {entry['status']!r}.")

    def _latest_moments(self) -> list[datetime]:
        before = [self._moment(ago, at) for ago in range(1, LONGEST_WAY) for at in HOURS_OF_DAY]
        return [self._moment(0, THIS_MORNING), *before]

    def _moment(self, days_ago: int, at: time) -> datetime:
        return datetime.combine(self._today - timedelta(days=days_ago), at, tzinfo=time_zone())

    def _in_shop(self, entry: Mapping[str, Any]) -> datetime:
        shop = find_shop(entry["shop"])
        day = self._today - timedelta(days=entry["days_ago"])
        assert shop is not None, f"Order {entry['number']} names no shop of shops.yml."
        return time_in_shop(self._dice, shop, day, self._today)

    def _purchase(self, person: Person, entry: Mapping[str, Any], moment: datetime) -> Purchase:
        lines = tuple(line_of(self._shelves.find(sku), n) for sku, n in entry["lines"].items())
        source: Source = "shop_loyalty" if entry["method"] == "in_shop" else "ecommerce"
        shop = find_shop(entry.get("shop"))
        return Purchase(entry["number"], person, source, moment, entry["method"], lines, shop)

    def _journey(self, purchase: Purchase) -> Journey:
        return plan_journey(
            self._dice,
            purchase.method,
            purchase.placed_at,
            purchase.person.province,
            shop=purchase.shop,
            punctual=True,
        )

    def _tell_return(self, order: Order, entry: Mapping[str, Any]) -> OrderReturn:
        line = next(line for line in order.lines if line.sku == entry["sku"])
        return OrderReturn(
            number=return_number(order.number),
            order_number=order.number,
            sku=line.sku,
            reason=entry["reason"],
            opened_on=self._today - timedelta(days=entry["opened_days_ago"]),
            status=entry["status"],
            amount=line.unit_price * line.quantity,
            closed_on=None,
        )

    def _tell_record(
        self,
        person: Person,
        entry: Mapping[str, Any],
        history: History,
        registrars: Registrars,
    ) -> SourceRecord:
        source, key = entry["source"], registrars.next_key(entry["source"])
        joined = self._today - timedelta(days=entry["days_ago"])
        fields = fields_of(person, entry)
        if source == "shop_loyalty":
            points = earned_points(history.orders, history.returns, joined, self._today)
            fields |= {"card_number": key, "points": str(points)}
        traits = {name: (value, kind) for name, (value, kind) in entry.get("traits", {}).items()}
        slips = tuple(entry.get("slips", ()))
        return SourceRecord(
            source, key, person.id, fields, joined, consents_of(entry), traits, slips
        )


def fields_of(person: Person, entry: Mapping[str, Any]) -> dict[str, str]:
    """The truth without what the source omits and with what it changes."""
    facts = known_facts(person) | entry.get("changes", {})
    known = read_sources()[entry["source"]]["knows"].keys() - set(entry.get("omit", ()))
    kept = {name: text for name, text in facts.items() if name in known}
    return upper_case_names(kept) if entry.get("upper_case") else kept


def consents_of(entry: Mapping[str, Any]) -> dict[tuple[str, str], bool]:
    """The answers of a persona, by purpose and channel."""
    return {
        ("profiling", "any") if name == "profiling" else ("marketing", name): given
        for name, given in entry["consents"].items()
    }
