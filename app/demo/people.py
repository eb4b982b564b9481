"""The whole demo company in one call: people, what the sources know of them, orders, returns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from app.demo.census import Census, invent_people
from app.demo.chance import roll
from app.demo.content import Product, read_products
from app.demo.history import History
from app.demo.memberships import invent_memberships
from app.demo.model import DemoCompany, Person, SourceRecord
from app.demo.order_returns import send_some_back
from app.demo.orders import Crowd, draw_numbers, generate_orders
from app.demo.personas import PersonaStory, read_personas, taken_numbers, taste_of
from app.demo.records import Customer, Registrars
from app.demo.tastes import invent_tastes

SEED = 1950


class TooFewError(ValueError):
    """Fewer customers or orders were asked for than the personas already have."""


def generate_company(
    seed: int = SEED, customers: int = 2000, orders: int = 8000, *, today: date
) -> DemoCompany:
    """The demo company of a seed on a day: the same arguments always give the same company.

    The personas come first and are the same for every seed. Raises TooFewError when `customers`
    or `orders` leave no room for them.
    """
    check_room(customers, orders)
    return Founder(seed, today, read_products()).found(customers, orders)


def check_room(customers: int, orders: int) -> None:
    """Raises TooFewError when the personas do not fit."""
    people, told = len(read_personas()), len(taken_numbers())
    if customers < people:
        raise TooFewError(f"{customers} customers are too few: ask for at least {people}.")
    if orders < told:
        raise TooFewError(f"{orders} orders are too few: ask for at least {told}.")


class Founder:
    """Founds the company of a seed on a day: each step throws its own dice."""

    def __init__(self, seed: int, today: date, products: Sequence[Product]) -> None:
        self._seed, self._today, self._products = seed, today, products
        self._personas = read_personas()
        self._story = PersonaStory(roll(seed, "personas"), today, products)

    def found(self, customers: int, orders: int) -> DemoCompany:
        """Everything, in the order in which it depends on each other."""
        first = [persona.person for persona in self._personas]
        census, people = invent_people(self._seed, roll(self._seed, "people"), first, customers)
        crowd = self._gather(people[len(first) :])
        history = self._tell_personas()
        history += self._sell(crowd, orders - len(history.orders))
        records = self._register(census, crowd, history)
        return DemoCompany(
            seed=self._seed,
            today=self._today,
            people=people,
            tastes=(*(taste_of(p) for p in self._personas), *crowd.tastes.values()),
            records=tuple(records),
            orders=tuple(sorted(history.orders, key=lambda o: (o.placed_at, o.number))),
            returns=tuple(sorted(history.returns, key=lambda r: (r.opened_on, r.number))),
        )

    def _gather(self, people: Sequence[Person]) -> Crowd:
        seed, today = self._seed, self._today
        tastes = invent_tastes(roll(seed, "tastes"), people, self._products, today)
        memberships = invent_memberships(roll(seed, "memberships"), people, today)
        ids = [person.id for person in people]
        return Crowd(
            people,
            dict(zip(ids, tastes, strict=True)),
            dict(zip(ids, memberships, strict=True)),
        )

    def _tell_personas(self) -> History:
        history = History()
        for persona in self._personas:
            orders = self._story.tell_orders(persona)
            history += History(orders, self._story.tell_returns(persona, orders))
        return history

    def _sell(self, crowd: Crowd, count: int) -> History:
        dice = roll(self._seed, "orders")
        numbers = draw_numbers(dice, count, taken_numbers())
        orders = generate_orders(dice, crowd, self._products, numbers, self._today)
        dice = roll(self._seed, "returns")
        return History(*send_some_back(dice, orders, self._products, self._today))

    def _register(self, census: Census, crowd: Crowd, history: History) -> list[SourceRecord]:
        registrars = Registrars(
            roll(self._seed, "records"), census.book, self._products, self._today
        )
        by_person = history.by_person()
        records: list[SourceRecord] = []
        for persona in self._personas:
            records += self._story.tell_records(persona, by_person[persona.person.id], registrars)
        for person in crowd.people:
            records += registrars.register_all(
                Customer(
                    person,
                    crowd.memberships[person.id],
                    crowd.tastes[person.id],
                    by_person[person.id].orders,
                    by_person[person.id].returns,
                )
            )
        return records
