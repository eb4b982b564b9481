"""Where the invented customers live: real comuni, CAPs and provinces, invented street numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from app.demo.chance import happens, pick
from app.demo.content import read_yaml


@dataclass(frozen=True)
class Place:
    """A comune; former_cap is the generic CAP it had before its present ones."""

    city: str
    province: str
    caps: tuple[str, ...]
    former_cap: str | None
    shop: str | None


@dataclass(frozen=True)
class Home:
    """An address in a place."""

    place: Place
    cap: str
    address: str


@cache
def read_place_file() -> dict[str, Any]:
    """The places and street names, as written."""
    content: dict[str, Any] = read_yaml(Path(__file__).parent / "places.yml")
    return content


def place_from(entry: dict[str, Any], shop: str | None) -> Place:
    """A place from its YAML entry."""
    caps = tuple(entry["caps"])
    return Place(entry["city"], entry["province"], caps, entry.get("former_cap"), shop)


@cache
def place_weights() -> dict[Place, float]:
    """How likely each place is, over all groups."""
    weights: dict[Place, float] = {}
    for group in read_place_file()["groups"]:
        total = sum(entry.get("weight", 1) for entry in group["places"])
        for entry in group["places"]:
            share = group["share"] * entry.get("weight", 1) / total
            weights[place_from(entry, group["shop"])] = share
    return weights


def find_place(city: str) -> Place:
    """The place with that name; raises LookupError for an unknown one."""
    for place in place_weights():
        if place.city == city:
            return place
    raise LookupError(f"No place called {city!r}: add it to places.yml.")


def invent_address(dice: Random) -> str:
    """A street and a number, at times with a letter or a stair."""
    number = str(1 + min(int(dice.expovariate(1 / 28)), 240))
    if happens(dice, 0.07):
        number += dice.choice(["/A", "/B", " bis"])
    return f"{dice.choice(read_place_file()['streets'])} {number}"


def invent_home(dice: Random) -> Home:
    """Somewhere to live, more often near a shop."""
    place = pick(dice, place_weights())
    return Home(place, dice.choice(place.caps), invent_address(dice))
