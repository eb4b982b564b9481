"""How data gets spoilt on its way into a database: typing slips, habits of clerks, old data.

Each slip takes what a source is about to store and returns it changed, or None when the slip
cannot happen to that person (no accent to lose, no nickname…).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from random import Random

from app.demo.memberships import places_by_cap
from app.demo.model import Person
from app.demo.names import read_names
from app.demo.places import invent_home

Fields = dict[str, str]
Slip = Callable[[Random, Person, Fields], Fields | None]
NEIGHBOURS = {
    "a": "sq", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj",
    "i": "uo", "l": "ko", "m": "n", "n": "bm", "o": "ip", "p": "o", "r": "et", "s": "ad",
    "t": "ry", "u": "yi", "v": "cb", "z": "x",
}  # fmt: skip

NAMES = frozenset({"given_name", "family_name"})


def mistype(dice: Random, text: str) -> str:
    """One slip of the finger after the first letter: swapped, lost, doubled or neighbouring key."""
    places = [i for i in range(1, len(text) - 1) if text[i].isalpha() and text[i + 1].isalpha()]
    if not places:
        return text
    at = dice.choice(places)
    here, after = text[at], text[at + 1]
    keys = NEIGHBOURS.get(here.lower(), here)
    doubled = here + here.lower() + after
    spoilt = dice.choice([after + here, after, doubled, dice.choice(keys) + after])
    return text[:at] + spoilt + text[at + 2 :]


def mistype_field(name: str) -> Slip:
    """A slip of the finger in one field."""

    def slip(dice: Random, person: Person, fields: Fields) -> Fields | None:
        before = fields.get(name, "")
        after = mistype(dice, before)
        return None if after == before else {**fields, name: after}

    return slip


def mistype_email(dice: Random, person: Person, fields: Fields) -> Fields | None:
    """A slip before the @: the domain stays an example one."""
    if "email" not in fields:
        return None
    local, domain = fields["email"].split("@")
    after = f"{mistype(dice, local)}@{domain}"
    return None if after == fields["email"] else {**fields, "email": after}


def mistype_phone(dice: Random, person: Person, fields: Fields) -> Fields | None:
    """Two of the last digits swapped."""
    phone = fields.get("phone", "")
    at = dice.randrange(6, 11)
    if len(phone) < 13 or phone[at] == phone[at + 1]:
        return None
    return {**fields, "phone": phone[:at] + phone[at + 1] + phone[at] + phone[at + 2 :]}


def swap_names(dice: Random, person: Person, fields: Fields) -> Fields | None:
    """Given name and surname each in the other's place."""
    if not fields.keys() >= NAMES:
        return None
    return {**fields, "given_name": fields["family_name"], "family_name": fields["given_name"]}


def lose_accents(dice: Random, person: Person, fields: Fields) -> Fields | None:
    """ "Nicolò" as "Nicolo'" or "Nicolo"; "D'Angelo" as "DAngelo" or "D Angelo"."""
    mark, apostrophe = dice.choice(["'", ""]), dice.choice(["", " "])
    names = {name: text for name, text in fields.items() if name in NAMES}
    plain = {
        name: without_accents(text.replace("'", apostrophe), mark) for name, text in names.items()
    }
    return None if plain == names else {**fields, **plain}


def without_accents(text: str, mark: str) -> str:
    """The text in bare letters, with the mark where an accent closed it."""
    decomposed = unicodedata.normalize("NFD", text)
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return bare + mark if unicodedata.combining(decomposed[-1]) else bare


def join_parts(dice: Random, person: Person, fields: Fields) -> Fields | None:
    """ "Maria Luisa" as "Marialuisa", "De Luca" as "Deluca"."""
    for name in dice.sample(["given_name", "family_name"], 2):
        first, *rest = fields.get(name, "").split(" ")
        if rest:
            return {**fields, name: first + "".join(rest).lower()}
    return None


def shorten_double_name(dice: Random, person: Person, fields: Fields) -> Fields | None:
    """ "Maria Luisa" as "Maria"."""
    if " " not in fields.get("given_name", ""):
        return None
    return {**fields, "given_name": fields["given_name"].split(" ")[0]}


def use_nickname(dice: Random, person: Person, fields: Fields) -> Fields | None:
    """ "Giuseppe" as "Beppe"."""
    nicknames = read_names()["nicknames"].get(person.given_name)
    if not nicknames or "given_name" not in fields:
        return None
    return {**fields, "given_name": dice.choice(nicknames)}


def keep_former_cap(dice: Random, person: Person, fields: Fields) -> Fields | None:
    """The generic CAP that the city had before its zones."""
    former = places_by_cap()[person.cap, person.city].former_cap
    return {**fields, "cap": former} if former and "cap" in fields else None


def keep_former_home(dice: Random, person: Person, fields: Fields) -> Fields | None:
    """The address of a home left years ago: CAP, city and province go with it."""
    if "cap" not in fields:
        return None
    home = invent_home(dice)
    former = {
        "address": home.address,
        "city": home.place.city,
        "province": home.place.province,
        "cap": home.cap,
    }
    return {**fields, **{name: value for name, value in former.items() if name in fields}}


def swap_day_and_month(dice: Random, person: Person, fields: Fields) -> Fields | None:
    """3 April as 4 March."""
    born = person.birth_date
    if "birth_date" not in fields or born.day > 12 or born.day == born.month:
        return None
    return {**fields, "birth_date": f"{born.year}-{born.day:02d}-{born.month:02d}"}


def drop_field(name: str) -> Slip:
    """A field left empty."""

    def slip(dice: Random, person: Person, fields: Fields) -> Fields | None:
        if name not in fields:
            return None
        return {key: value for key, value in fields.items() if key != name}

    return slip


# How often each is tried; the ones that suit few people are tried more often.
SLIPS: dict[str, tuple[float, Slip]] = {
    "mistyped_given_name": (10, mistype_field("given_name")),
    "mistyped_family_name": (14, mistype_field("family_name")),
    "mistyped_email": (8, mistype_email),
    "mistyped_phone": (4, mistype_phone),
    "swapped_names": (10, swap_names),
    "lost_accents": (40, lose_accents),
    "joined_names": (30, join_parts),
    "shortened_name": (18, shorten_double_name),
    "nickname": (24, use_nickname),
    "former_cap": (9, keep_former_cap),
    "former_home": (8, keep_former_home),
    "swapped_birth_date": (8, swap_day_and_month),
    "no_phone": (8, drop_field("phone")),
    "no_cap": (6, drop_field("cap")),
}


def spoil(dice: Random, person: Person, fields: Fields, count: int) -> tuple[Fields, list[str]]:
    """The fields after up to `count` different slips, and the names of those that happened."""
    happened: list[str] = []
    for _ in range(count):
        names, weights = list(SLIPS), [weight for weight, _ in SLIPS.values()]
        name = dice.choices(names, weights=weights)[0]
        spoilt = None if name in happened else SLIPS[name][1](dice, person, fields)
        if spoilt is not None:
            fields = spoilt
            happened.append(name)
    return fields, happened
