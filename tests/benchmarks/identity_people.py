"""A company's customers, made from a seed: families, homonyms, several mailbox habits, slips."""

import random
import string
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import accumulate

from faker.providers.address.it_IT import Provider as Places
from faker.providers.person.it_IT import Provider as Names

from crm.profile.emails import email_key
from crm.profile.facts import Facts
from crm.profile.names import also_called, name_key

MAILBOXES = (
    *("gmail.com",) * 9,
    *("libero.it", "hotmail.it", "yahoo.it") * 2,
    *("outlook.it", "tiscali.it", "virgilio.it", "alice.it", "icloud.com", "live.it", "example.it"),
)
CITIES = ("00", "201", "801", "101", "901", "701", "501", "401", "161", "381")


@dataclass(frozen=True, slots=True)
class Person:
    """A customer as the databases know them."""

    given: str
    family: str
    email: str
    cap: str
    phone: str | None = None

    @property
    def facts(self) -> Facts:
        """What they would say of themselves, without slips."""
        return Facts(self.email, self.given, self.family, self.cap)


class Population:
    """Draws people; the same seed gives the same ones."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        order = random.Random(seed + 1)
        self._given = list(Names.first_names)
        self._family = list(dict.fromkeys(Names.last_names))
        self._caps = sorted(Places.cap_city_province)
        for names in (self._given, self._family):
            order.shuffle(names)
        self._given_weights = list(accumulate(1 / (rank + 20) for rank in range(len(self._given))))
        self._family_weights = list(
            accumulate(1 / (rank + 40) for rank in range(len(self._family)))
        )
        self._cap_weights = list(
            accumulate(6.0 if cap.startswith(CITIES) else 1.0 for cap in self._caps)
        )
        self._taken: set[str] = set()

    def people(self, count: int) -> Iterator[Person]:
        """So many people, household by household."""
        made = 0
        while made < count:
            for person in self._household():
                if made < count:
                    made += 1
                    yield person

    def _household(self) -> Iterator[Person]:
        """One to four people of one place; families often share name, sometimes the mailbox."""
        first = self.person()
        yield first
        given = {name_key(first.given)}
        for _ in range(self.random.choice((0, 0, 0, 0, 1, 1, 2, 3))):
            relative = self.relative(first)
            if name_key(relative.given) not in given:
                given.add(name_key(relative.given))
                yield relative

    def person(self) -> Person:
        """Somebody new."""
        given = self._draw(self._given, self._given_weights)
        family = self._draw(self._family, self._family_weights)
        cap = self._draw(self._caps, self._cap_weights)
        return Person(given, family, self._mailbox(given, family), cap, self._phone())

    def relative(self, of: Person) -> Person:
        """Somebody else of the same household."""
        given = self._draw(self._given, self._given_weights)
        while name_key(given) in {name_key(of.given), *also_called(name_key(of.given))}:
            given = self._draw(self._given, self._given_weights)
        shares_mailbox = self.random.random() < 0.4
        email = of.email if shares_mailbox else self._mailbox(given, of.family)
        return replace(of, given=given, email=email, phone=self._phone())

    def homonym(self, of: Person) -> Person:
        """Another one of the same name and place."""
        return replace(of, email=self._mailbox(of.given, of.family), phone=self._phone())

    def _draw(self, values: list[str], weights: list[float]) -> str:
        return self.random.choices(values, cum_weights=weights)[0]

    def _mailbox(self, given: str, family: str) -> str:
        first, last, year = name_key(given), name_key(family), self.random.randint(50, 99)
        forms = (f"{first}.{last}", f"{last}.{first}", f"{first}{last}", f"{first[0]}.{last}")
        local = self.random.choice(forms)
        if self.random.random() < 0.25:
            local += str(year)
        email = f"{local}@{self.random.choice(MAILBOXES)}"
        while email_key(email) in self._taken:
            email = f"{local}{self.random.randint(1, 9999)}@{self.random.choice(MAILBOXES)}"
        self._taken.add(email_key(email))
        return email

    def _phone(self) -> str | None:
        if self.random.random() < 0.4:
            return None
        return f"+393{self.random.randint(20, 99)}{self.random.randint(1_000_000, 9_999_999)}"

    def with_slip(self, facts: Facts, field: str) -> Facts:
        """The facts with one typing error in a field: "email", "name" or "cap"."""
        if field == "email":
            return replace(facts, email=self._slip_email(facts.email or ""))
        if field == "cap":
            return replace(facts, cap=self._slip_digits(facts.cap or ""))
        part = self.random.choice(("given_name", "family_name"))
        return replace(facts, **{part: self._slip(getattr(facts, part))})

    def _slip_email(self, email: str) -> str:
        local, _, domain = email.partition("@")
        if self.random.random() < 0.75:
            slipped = self._slip(local)
            while slipped.startswith(".") or slipped.endswith("."):
                slipped = self._slip(local)
            return f"{slipped}@{domain}"
        name, dot, end = domain.partition(".")
        return f"{local}@{self._slip(name)}{dot}{end}"

    def _slip_digits(self, cap: str) -> str:
        place = self.random.randrange(4)
        if self.random.random() < 0.3 and cap[place] != cap[place + 1]:
            return cap[:place] + cap[place + 1] + cap[place] + cap[place + 2 :]
        digit = self.random.choice([digit for digit in string.digits if digit != cap[place]])
        return cap[:place] + digit + cap[place + 1 :]

    def _slip(self, word: str) -> str:
        """One letter lost, added, wrong, or two swapped; never the same word."""
        slipped = word
        while slipped == word:
            place = self.random.randrange(len(word))
            before, letter, after = word[:place], word[place], word[place + 1 :]
            other = self.random.choice(string.ascii_lowercase)
            slipped = self.random.choice(
                (
                    before + after,
                    before + letter + other + after,
                    before + other + after,
                    before + after[:1] + letter + after[1:],
                )
            )
        return slipped or word


def _falling(count: int, flat: int) -> list[float]:
    """Cumulated weights of names, the common ones first."""
    return list(accumulate(1 / (rank + flat) for rank in range(count)))
