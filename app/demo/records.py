"""What each source knows of each person: partial, dated, spoilt here and there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from app.demo.chance import happens, pick
from app.demo.content import Product, read_yaml
from app.demo.loyalty_points import points_balance
from app.demo.memberships import Membership
from app.demo.model import Order, OrderReturn, Person, Source, SourceRecord, Taste
from app.demo.names import AddressBook
from app.demo.observations import Traits, observe
from app.demo.slips import spoil

NEEDED_CONTACT = {"email": "email", "sms": "phone", "whatsapp": "phone", "phone": "phone"}
OTHER_EMAIL, REGISTERED_TWICE = 0.12, 0.02
SLIPS_TRIED = (3, 3, 4)  # many do not apply to the person at hand
SHOUTED = frozenset({"given_name", "family_name", "address", "city"})
FACTS = (
    "given_name",
    "family_name",
    "sex",
    "email",
    "phone",
    "address",
    "city",
    "province",
    "cap",
    "codice_fiscale",
    "language",
)


@dataclass(frozen=True)
class Customer:
    """A person with all that the sources may have seen of them."""

    person: Person
    membership: Membership
    taste: Taste
    orders: Sequence[Order] = ()
    returns: Sequence[OrderReturn] = ()


@cache
def read_sources() -> dict[str, Any]:
    """The habits of the five sources, as written."""
    sources: dict[str, Any] = read_yaml(Path(__file__).parent / "sources.yml")
    return sources


class Registrars:
    """The clerks and forms of the five sources, who write records one after the other."""

    def __init__(
        self, dice: Random, book: AddressBook, products: Iterable[Product], today: date
    ) -> None:
        self._dice, self._book, self._today = dice, book, today
        self._category_of = {product.sku: product.category for product in products}
        self._last_key = {name: habits["key"]["first"] for name, habits in read_sources().items()}

    def register_all(self, customer: Customer) -> list[SourceRecord]:
        """One record in each source of the membership; now and then a second online account."""
        records = [self._register(source, customer) for source in customer.membership]
        if "ecommerce" in customer.membership and happens(self._dice, REGISTERED_TWICE):
            records.append(self._register_again(customer))
        return records

    def next_key(self, source: Source) -> str:
        """The next key of a source; keys have gaps, as rows get deleted."""
        self._last_key[source] += self._dice.randint(1, 4)
        return f"{read_sources()[source]['key']['prefix']}{self._last_key[source]}"

    def _register(self, source: Source, customer: Customer) -> SourceRecord:
        several = len(customer.membership) > 1
        other_email = several and happens(self._dice, OTHER_EMAIL)
        fields, slips = self._write_down(source, customer.person, other_email)
        traits = observe(
            self._dice, source, customer.taste, self._bought(source, customer), customer.person
        )
        key, day = self.next_key(source), customer.membership[source]
        if source == "shop_loyalty":
            fields |= {"card_number": key, "points": str(self._points(customer, day))}
        consents = self._ask_consents(source, fields)
        return SourceRecord(
            source, key, customer.person.id, fields, day, consents, traits, tuple(slips)
        )

    def _register_again(self, customer: Customer) -> SourceRecord:
        """A forgotten account made anew with another address, some time after the first."""
        fields, slips = self._write_down("ecommerce", customer.person, other_email=True)
        first = customer.membership["ecommerce"]
        later = date.fromordinal(self._dice.randint(first.toordinal(), self._today.toordinal()))
        key, consents = self.next_key("ecommerce"), self._ask_consents("ecommerce", fields)
        nothing_seen: Traits = {}
        return SourceRecord(
            "ecommerce",
            key,
            customer.person.id,
            fields,
            later,
            consents,
            nothing_seen,
            ("registered_twice", *slips),
        )

    def _write_down(
        self, source: Source, person: Person, other_email: bool
    ) -> tuple[dict[str, str], list[str]]:
        """The fields as the source stores them, and what went wrong."""
        known = self._ask(source, person)
        tries = self._dice.choice(SLIPS_TRIED) if self._is_sloppy(source) else 0
        fields, slips = spoil(self._dice, person, known, tries)
        fields = with_a_contact(fields, person)
        if other_email and "email" in fields:
            fields["email"] = self._other_email(person)
            slips.append("other_email")
        return self._in_the_style_of(source, fields), slips

    def _ask(self, source: Source, person: Person) -> dict[str, str]:
        truth = known_facts(person)
        return {
            name: truth[name]
            for name, odds in read_sources()[source]["knows"].items()
            if name in truth and happens(self._dice, odds)
        }

    def _is_sloppy(self, source: Source) -> bool:
        return happens(self._dice, read_sources()[source]["sloppy"])

    def _other_email(self, person: Person) -> str:
        year = person.birth_date.year
        return self._book.new_email(self._dice, person.given_name, person.family_name, year)

    def _in_the_style_of(self, source: Source, fields: dict[str, str]) -> dict[str, str]:
        habits = read_sources()[source]
        if "phone" in fields:
            style, phone = pick(self._dice, habits["phone_styles"]), fields["phone"]
            fields["phone"] = style.format(prefix=phone[3:6], rest=phone[6:])
        if happens(self._dice, habits["upper_case"]):
            return upper_case_names(fields)
        return fields

    def _ask_consents(
        self, source: Source, fields: Mapping[str, str]
    ) -> dict[tuple[str, str], bool]:
        """The answers on the channels that the source has a contact for."""
        return {
            (purpose, channel): happens(self._dice, odds)
            for purpose, channels in read_sources()[source]["consents"].items()
            for channel, odds in channels.items()
            if channel == "any" or NEEDED_CONTACT[channel] in fields
        }

    def _bought(self, source: Source, customer: Customer) -> list[str]:
        """The categories of what was bought through the source, one entry a line."""
        orders = (order for order in customer.orders if order.source == source)
        return [self._category_of[line.sku] for order in orders for line in order.lines]

    def _points(self, customer: Customer, joined: date) -> int:
        return points_balance(
            self._dice, customer.orders, customer.returns, joined=joined, today=self._today
        )


def known_facts(person: Person) -> dict[str, str]:
    """Everything true about a person that some source may hold, as text."""
    facts = {name: getattr(person, name) for name in FACTS}
    facts["birth_date"] = person.birth_date.isoformat()
    return {name: value for name, value in facts.items() if value}


def with_a_contact(fields: dict[str, str], person: Person) -> dict[str, str]:
    """The fields with the phone number added where no contact is left."""
    return fields if {"email", "phone"} & fields.keys() else {**fields, "phone": person.phone}


def upper_case_names(fields: Mapping[str, str]) -> dict[str, str]:
    """Names and places in capitals, as old tills write them."""
    return {name: text.upper() if name in SHOUTED else text for name, text in fields.items()}
