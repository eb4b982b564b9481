"""Names and e-mail addresses of the invented people."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from faker import Faker

from app.demo.chance import happens, pick, pick_commoner
from app.demo.content import read_yaml
from app.demo.model import Sex

YOUNG_FROM = 1985
DOMAINS = {"example.it": 70, "example.com": 20, "example.org": 10}


@cache
def read_names() -> dict[str, Any]:
    """The lists of names, as written."""
    names: dict[str, Any] = read_yaml(Path(__file__).parent / "names.yml")
    return names


def invent_given_name(dice: Random, sex: Sex, birth_year: int) -> str:
    """A given name that suits sex and generation; now and then a double one."""
    names: list[str] = read_names()[kind_of_given_name(dice, sex, birth_year)]
    return pick_commoner(dice, names)


def kind_of_given_name(dice: Random, sex: Sex, birth_year: int) -> str:
    """The list to draw from: double names are older, some names only younger."""
    plain = "female" if sex == "F" else "male"
    if birth_year < YOUNG_FROM:
        return f"double_{plain}" if happens(dice, 0.07) else plain
    return f"younger_{plain}" if happens(dice, 0.4) else plain


def invent_family_name(dice: Random, italian: Faker) -> str:
    """A surname: mostly common ones, some with a particle, some rare."""
    kind = pick(dice, {"surnames": 62, "particles": 10, "rare": 28})
    if kind == "rare":
        return str(italian.last_name())
    names: list[str] = read_names()[kind]
    return pick_commoner(dice, names, 40)


def plain_letters(text: str) -> str:
    """Lower case ASCII letters only, as in an e-mail address: "D'Angelò" gives "dangelo"."""
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return re.sub(r"[^a-z]", "", decomposed)


def email_local_part(dice: Random, given: str, family: str, birth_year: int) -> str:
    """The part before the @, in one of the ways people choose."""
    first, last = plain_letters(given), plain_letters(family)
    year = f"{birth_year % 100:02d}"
    forms = {
        f"{first}.{last}": 40,
        f"{first[0]}.{last}": 10,
        f"{last}.{first}": 9,
        f"{first}{last}": 8,
        f"{first}.{last}{year}": 12,
        f"{first}{year}": 6,
        f"{first}_{last}": 5,
        f"{last}{first[0]}": 4,
        f"{first}.{last}+ginestra": 4,
        f"{first[:3]}{last[:4]}{year}": 3,
    }
    return pick(dice, forms)


class AddressBook:
    """Gives out e-mail addresses and phone numbers that nobody else has."""

    def __init__(self, taken: set[str]) -> None:
        self._taken = set(taken)

    def new_email(self, dice: Random, given: str, family: str, birth_year: int) -> str:
        """An address at an example domain."""
        local = email_local_part(dice, given, family, birth_year)
        return self._reserve_email(dice, local)

    def new_family_email(self, dice: Random, family: str) -> str:
        """An address that a whole family reads."""
        last = plain_letters(family)
        local = dice.choice([f"famiglia.{last}", f"fam.{last}", f"casa{last}", f"{last}.famiglia"])
        return self._reserve_email(dice, local)

    def new_phone(self, dice: Random) -> str:
        """A mobile number in E.164: right in form, with prefixes operators seldom hand out."""
        while True:
            phone = f"+39{dice.choice(['394', '395', '396', '398'])}{dice.randrange(10**7):07d}"
            if phone not in self._taken:
                self._taken.add(phone)
                return phone

    def _reserve_email(self, dice: Random, local: str) -> str:
        email = f"{local}@{pick(dice, DOMAINS)}"
        while email in self._taken:
            email = (
                f"{local.split('+', maxsplit=1)[0]}{dice.randrange(2, 9999)}@{pick(dice, DOMAINS)}"
            )
        self._taken.add(email)
        return email
