"""Invents the people: singles, families that share an e-mail, homonyms, people from abroad."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from codicefiscale import codicefiscale
from faker import Faker

from app.demo.chance import happens, pick
from app.demo.model import Person, Sex
from app.demo.names import (
    AddressBook,
    invent_family_name,
    invent_given_name,
    read_names,
)
from app.demo.places import Home, invent_home, place_weights

BORN_FROM, BORN_TO = date(1938, 1, 1), date(2008, 12, 31)
MIDDLE_BIRTH = date(1980, 1, 1)
WITH_CODICE_FISCALE = 0.5
REFERRED = 0.08


@dataclass(frozen=True)
class Identity:
    """The part of a person that homonyms and relatives may share."""

    given_name: str
    family_name: str
    sex: Sex
    birth_date: date
    birth_place: str
    language: str = "it"


def invent_birth_date(dice: Random) -> date:
    """A birthday between BORN_FROM and BORN_TO, most often around 1980."""
    days = dice.gauss(0, 15 * 365)
    day = MIDDLE_BIRTH + timedelta(days=round(days))
    if BORN_FROM <= day <= BORN_TO:
        return day
    return invent_birth_date(dice)


def codice_fiscale_of(identity: Identity) -> str:
    """The codice fiscale that agrees with the identity."""
    born = datetime.combine(identity.birth_date, time(), tzinfo=UTC)
    code = "".join(
        (
            codicefiscale.encode_lastname(identity.family_name),
            codicefiscale.encode_firstname(identity.given_name),
            codicefiscale.encode_birthdate(born, identity.sex),
            codicefiscale.encode_birthplace(identity.birth_place),
        )
    )
    return f"{code}{codicefiscale.encode_cin(code)}"


class Census:
    """Registers invented people one after the other, from P00001 on."""

    def __init__(self, seed: int, dice: Random, first_people: Sequence[Person] = ()) -> None:
        self.people: list[Person] = list(first_people)
        self._dice = dice
        self._italian = Faker("it_IT")
        self._english = Faker("en_GB")
        self._italian.seed_instance(seed)
        self._english.seed_instance(seed)
        self._names_taken = {(p.given_name, p.family_name) for p in first_people}
        contacts = {contact for p in first_people for contact in (p.email, p.phone)}
        self.book = AddressBook(contacts)
        self._households = len({p.household for p in first_people if p.household})

    def add_single(self) -> None:
        """Someone on their own: now and then born abroad, or writing in English."""
        origin = pick(
            self._dice, {self._italian_identity: 90, self._born_abroad: 6, self._anglophone: 4}
        )
        self._register(origin(), invent_home(self._dice))

    def add_family(self, size: int, shared_email: bool) -> None:
        """A household with one surname for most; `shared_email` gives them one address."""
        home, household = invent_home(self._dice), self._new_household()
        family_name = invent_family_name(self._dice, self._italian)
        email = self.book.new_family_email(self._dice, family_name) if shared_email else None
        for rank in range(size):
            identity = self._relative(family_name, rank)
            self._register(identity, home, email=email, household=household)

    def add_homonyms(self) -> None:
        """Two people with one name, at times in the same CAP, never with one birthday."""
        first = self._italian_identity()
        home = invent_home(self._dice)
        self._register(first, home)
        other_day = invent_birth_date(self._dice)
        while other_day == first.birth_date:
            other_day = invent_birth_date(self._dice)
        twin = replace(first, birth_date=other_day, birth_place=self._birth_place(home))
        elsewhere = invent_home(self._dice)
        same_cap = Home(home.place, home.cap, elsewhere.address)
        self._register(twin, same_cap if happens(self._dice, 0.4) else elsewhere)

    def _register(
        self, identity: Identity, home: Home, email: str | None = None, household: str | None = None
    ) -> None:
        year = identity.birth_date.year
        email = email or self.book.new_email(
            self._dice, identity.given_name, identity.family_name, year
        )
        italian = identity.language == "it"
        with_code = italian and happens(self._dice, WITH_CODICE_FISCALE)
        self.people.append(
            Person(
                id=f"P{len(self.people) + 1:05d}",
                given_name=identity.given_name,
                family_name=identity.family_name,
                sex=identity.sex,
                birth_date=identity.birth_date,
                birth_place=identity.birth_place,
                email=email,
                phone=self.book.new_phone(self._dice),
                address=home.address,
                city=home.place.city,
                province=home.place.province,
                cap=home.cap,
                codice_fiscale=codice_fiscale_of(identity) if with_code else None,
                language="it" if italian else "en",
                household=household,
                referred_by=self._referrer(),
            )
        )

    def _referrer(self) -> str | None:
        if self.people and happens(self._dice, REFERRED):
            return self._dice.choice(self.people).id
        return None

    def _italian_identity(self) -> Identity:
        sex: Sex = pick(self._dice, {"F": 64, "M": 36})
        born = invent_birth_date(self._dice)
        given, family = self._free_name(sex, born.year)
        return Identity(given, family, sex, born, self._birth_place(None))

    def _free_name(self, sex: Sex, birth_year: int) -> tuple[str, str]:
        """A name that none of the first people has: they are to be found by it."""
        while True:
            given = invent_given_name(self._dice, sex, birth_year)
            family = invent_family_name(self._dice, self._italian)
            if (given, family) not in self._names_taken:
                return given, family

    def _relative(self, family_name: str, rank: int) -> Identity:
        """Rank 0 and 1 are the couple, where one in two wives keeps her surname; then the young."""
        sex: Sex = ("F", "M")[rank] if rank < 2 else self._dice.choice(["F", "M"])
        identity = self._italian_identity()
        while (identity.birth_date.year >= 1992) != (rank >= 2) or identity.sex != sex:
            identity = self._italian_identity()
        keeps_own = rank == 0 and happens(self._dice, 0.5)
        return identity if keeps_own else replace(identity, family_name=family_name)

    def _born_abroad(self) -> Identity:
        land = self._dice.choice(read_names()["born_abroad"])
        sex: Sex = pick(self._dice, {"F": 60, "M": 40})
        given = self._dice.choice(land["female" if sex == "F" else "male"])
        family = self._dice.choice(land["surnames"])
        return Identity(given, family, sex, invent_birth_date(self._dice), land["country"])

    def _anglophone(self) -> Identity:
        sex: Sex = pick(self._dice, {"F": 58, "M": 42})
        english = self._english
        given = english.first_name_female() if sex == "F" else english.first_name_male()
        born, land = invent_birth_date(self._dice), self._dice.choice(read_names()["english_born"])
        return Identity(given, english.last_name(), sex, born, land, language="en")

    def _birth_place(self, home: Home | None) -> str:
        return home.place.city if home else pick(self._dice, place_weights()).city

    def _new_household(self) -> str:
        self._households += 1
        return f"H{self._households:04d}"


def plan_groups(dice: Random, census: Census, count: int) -> list[Callable[[], None]]:
    """How to invent `count` people: 3% in families with one e-mail, 2% of pairs of homonyms…"""
    shared = [dice.choice([2, 2, 3, 4]) for _ in range(round(count * 0.03))]
    apart = [2] * round(count * 0.03)
    pairs = round(count * 0.02)
    singles = count - sum(shared) - sum(apart) - 2 * pairs
    groups: list[Callable[[], None]] = [
        *(lambda size=size: census.add_family(size, shared_email=True) for size in shared),
        *(lambda size=size: census.add_family(size, shared_email=False) for size in apart),
        *[census.add_homonyms] * pairs,
        *[census.add_single] * singles,
    ]
    dice.shuffle(groups)
    return groups


def invent_people(
    seed: int, dice: Random, first_people: Sequence[Person], customers: int
) -> tuple[Census, tuple[Person, ...]]:
    """The census and its `customers` people, the given ones first."""
    census = Census(seed, dice, first_people)
    for add_group in plan_groups(dice, census, customers - len(first_people)):
        add_group()
    return census, tuple(census.people)
