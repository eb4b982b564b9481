"""One person: all their profiles, and by what they can be recognised wherever it is written."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice, product
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.profile.emails import email_key
from crm.profile.keys import Key, Name
from crm.profile.models import Customer, CustomerStatus, IdentityKey, Trait
from crm.profile.names import name_key, split_name
from crm.profile.phones import normalise_phone
from crm.profile.tax_codes import tax_code_key

NAMES = ("given_name", "family_name", "name", "full_name", "person_name")
TOLD = (*NAMES, "email", "phone", "codice_fiscale")
MOST_NAMES = 25


@dataclass(frozen=True)
class Marks:
    """What is written wherever a person is: addresses, numbers, codes, names (given, family)."""

    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()
    names: frozenset[Name] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.emails or self.phones or self.codes or self.names)


@dataclass(frozen=True)
class Person:
    """A person as the database knows them.

    Attributes:
        customer_id: the profile in use.
        profiles: this one and all that were merged into it.
        marks: everything by which they can be recognised.
        own: those marks that no other customer bears too; a family shares a mailbox, two people a
            name.
    """

    customer_id: int
    profiles: frozenset[int]
    marks: Marks
    own: Marks


def person(session: Session, customer_id: int) -> Person:
    """The person to whom a profile in use belongs."""
    profiles = frozenset(_with_absorbed(session, customer_id))
    marks = _marks(session, profiles)
    return Person(customer_id, profiles, marks, _not_shared(session, marks, profiles))


def _with_absorbed(session: Session, customer_id: int) -> set[int]:
    """A profile and all that were merged into it, over any number of steps."""
    found, new = {customer_id}, {customer_id}
    while new:
        query = select(Customer.id).where(Customer.merged_into_id.in_(new))
        new = set(session.scalars(query)) - found
        found |= new
    return found


def _marks(session: Session, profiles: Collection[int]) -> Marks:
    told: dict[str, set[str]] = {name: set() for name in TOLD}
    for name, value in _told(session, profiles):
        if value:
            told[name].add(" ".join(str(value).split()))
    return Marks(
        emails=frozenset(told["email"]),
        phones=frozenset(told["phone"]),
        codes=frozenset(told["codice_fiscale"]),
        names=frozenset(_names(told)),
    )


def _told(session: Session, profiles: Collection[int]) -> Iterator[tuple[str, Any]]:
    traits = select(Trait.name, Trait.value)
    for name, value in session.execute(
        traits.where(Trait.customer_id.in_(profiles), Trait.name.in_(TOLD))
    ):
        yield name, value
    for customer in session.scalars(select(Customer).where(Customer.id.in_(profiles))):
        for name in ("given_name", "family_name", "email", "phone"):
            yield name, getattr(customer, name)


def _names(told: dict[str, set[str]]) -> Iterator[Name]:
    pairs = product(sorted(told["given_name"]), sorted(told["family_name"]))
    yield from islice(pairs, MOST_NAMES)
    for full in sorted(told["name"] | told["full_name"] | told["person_name"])[:MOST_NAMES]:
        given, family = split_name(full)
        if given and family:
            yield given, family


def _not_shared(session: Session, marks: Marks, profiles: Collection[int]) -> Marks:
    shared = _borne_by_others(session, marks, profiles)
    return Marks(
        emails=frozenset(e for e in marks.emails if ("email", email_key(e)) not in shared),
        phones=frozenset(p for p in marks.phones if ("phone", _phone(p)) not in shared),
        codes=frozenset(c for c in marks.codes if ("cf", tax_code_key(c) or c) not in shared),
        names=frozenset(n for n in marks.names if ("name", _name(n)) not in shared),
    )


def _phone(written: str) -> str:
    return normalise_phone(written) or written


def _name(name: Name) -> str:
    return "|".join(map(name_key, name))


def _borne_by_others(session: Session, marks: Marks, profiles: Collection[int]) -> set[Key]:
    wanted = {
        "email": {email_key(one) for one in marks.emails},
        "phone": {_phone(one) for one in marks.phones},
        "cf": {tax_code_key(one) or one for one in marks.codes},
        "name": {_name(one) for one in marks.names},
    }
    found: set[Key] = set()
    for kind, values in wanted.items():
        query = (
            select(IdentityKey.value)
            .join(Customer, Customer.id == IdentityKey.customer_id)
            .where(IdentityKey.kind == kind, IdentityKey.value.in_(values))
            .where(IdentityKey.customer_id.not_in(profiles))
            .where(Customer.status == CustomerStatus.ACTIVE)
        )
        found |= {(kind, value) for value in session.scalars(query)}
    return found
