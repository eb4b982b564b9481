"""Which sources know a person, and since when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from random import Random

from app.demo.chance import happens, pick
from app.demo.model import Person, Source
from app.demo.places import Place, place_weights

Membership = Mapping[Source, date]  # the day each source first met the person

YEARS_OF_HISTORY, NEWEST_DAYS = 4, 8
KNOWN_TO_MANY = 0.36
ONE: dict[tuple[Source, ...], float] = {
    ("ecommerce",): 38,
    ("shop_loyalty",): 33,
    ("newsletter",): 12,
    ("prospects",): 10,
    ("assistance",): 7,
}
MANY: dict[tuple[Source, ...], float] = {
    ("ecommerce", "shop_loyalty"): 30,
    ("ecommerce", "newsletter"): 22,
    ("ecommerce", "shop_loyalty", "newsletter"): 14,
    ("shop_loyalty", "assistance"): 11,
    ("ecommerce", "assistance"): 9,
    ("newsletter", "prospects"): 6,
    ("ecommerce", "shop_loyalty", "assistance"): 5,
    ("ecommerce", "prospects"): 3,
}
# Who lives far from the shops does without the loyalty card, and buys online.
FAR_FROM_SHOPS: dict[tuple[Source, ...], tuple[Source, ...]] = {
    ("shop_loyalty",): ("ecommerce",),
    ("ecommerce", "shop_loyalty"): ("ecommerce", "newsletter"),
    ("shop_loyalty", "assistance"): ("ecommerce", "assistance"),
    ("ecommerce", "shop_loyalty", "newsletter"): ("ecommerce", "newsletter"),
    ("ecommerce", "shop_loyalty", "assistance"): ("ecommerce", "assistance"),
}


@cache
def places_by_cap() -> dict[tuple[str, str], Place]:
    """The place of each CAP and city."""
    return {(cap, place.city): place for place in place_weights() for cap in place.caps}


def shop_near(person: Person) -> str | None:
    """The id of the shop in whose surroundings the person lives."""
    return places_by_cap()[person.cap, person.city].shop


def invent_membership(dice: Random, person: Person, today: date) -> Membership:
    """One source for most; about a third are known to several."""
    sources = pick(dice, MANY if happens(dice, KNOWN_TO_MANY) else ONE)
    if shop_near(person) is None:
        sources = FAR_FROM_SHOPS.get(sources, sources)
    return {source: invent_first_day(dice, today) for source in sources}


def invent_first_day(dice: Random, today: date) -> date:
    """A day of the last years."""
    days = NEWEST_DAYS + YEARS_OF_HISTORY * 365 * dice.random()
    return today - timedelta(days=round(days))


def invent_memberships(dice: Random, people: Sequence[Person], today: date) -> list[Membership]:
    """The membership of each person, in their order."""
    return [invent_membership(dice, person, today) for person in people]
