"""Zones as SQL over CAPs, and counts by zone (R3, R8)."""

from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, false, or_, true

from crm.profile.places import Place, known_caps, places_of, zoned_cities
from crm.segment.filters import ZoneIs

Level = Literal["cap", "comune", "provincia", "regione"]
LEVELS: tuple[Level, ...] = ("cap", "comune", "provincia", "regione")
UNKNOWN = "?"


def in_zone(cap: Any, zone: ZoneIs) -> ColumnElement[bool]:
    """The condition that a CAP lies in a zone. One CAP may lie in several comuni."""
    tests: list[ColumnElement[bool]] = [true()]
    if zone.cap:
        tests.append(or_(*(cap.startswith(one, autoescape=True) for one in zone.cap)))
    for level, wanted in (
        ("comune", zone.comune),
        ("provincia", zone.provincia),
        ("regione", zone.regione),
    ):
        if wanted:
            tests.append(_lies_in(cap, level, frozenset(name.casefold() for name in wanted)))
    return and_(*tests)


def _lies_in(cap: Any, level: str, names: frozenset[str]) -> ColumnElement[bool]:
    tests: list[ColumnElement[bool]] = [false()]
    caps = sorted(one for one, found in _names_of_caps(level).items() if found & names)
    if caps:
        tests.append(cap.in_(caps))
    for city in zoned_cities():
        if _names(places_of(city.generic), level) & names:
            tests.append(cap.between(city.first, city.last))
    return or_(*tests)


@cache
def _names_of_caps(level: str) -> Mapping[str, frozenset[str]]:
    return {cap: _names(places_of(cap), level) for cap in known_caps()}


def _names(places: tuple[Place, ...], level: str) -> frozenset[str]:
    return frozenset(getattr(place, level).casefold() for place in places)


def zone_of(cap: str | None, level: Level) -> str:
    """The name of the zone of a CAP; of several comuni the best known; "?" where it is unknown."""
    if cap is None:
        return UNKNOWN
    if level == "cap":
        return cap
    places = places_of(cap)
    return str(getattr(places[0], level)) if places else UNKNOWN


def by_zone(counts: Mapping[str | None, int], level: Level) -> dict[str, int]:
    """Counts by CAP added up by zone, the largest first."""
    zones: Counter[str] = Counter()
    for cap, count in counts.items():
        zones[zone_of(cap, level)] += count
    return dict(sorted(zones.items(), key=lambda entry: (-entry[1], entry[0])))
