"""Where a CAP lies: comune (or several), provincia and regione follow from it (R3).

A CAP is a string of five digits, never a number. It does not always name one comune: some five
hundred cover several. The CAPs that stood for a whole city before it was divided into zones
(00100, 20100 …) are abolished but still written: they are understood as "this city".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

DATA = Path(__file__).parent / "data"
PARTS = re.compile(r"(?:IT?\s*-?\s*)?(\d{4,5})(?:\.0)?", re.IGNORECASE)


@dataclass(frozen=True)
class Place:
    """A comune, with the code of its provincia and its regione."""

    comune: str
    provincia: str
    regione: str


@dataclass(frozen=True)
class ZonedCity:
    """A city with a CAP for each zone, and the abolished one of the whole city."""

    name: str
    provincia: str
    generic: str
    first: str
    last: str

    def contains(self, cap: str) -> bool:
        """Whether a CAP is one of this city's, old or new."""
        return cap == self.generic or self.first <= cap <= self.last


def normalise_cap(written: object) -> str | None:
    """Five digits, whatever surrounds them; a zero that a spreadsheet dropped is put back."""
    found = PARTS.fullmatch(str(written).strip())
    return found.group(1).zfill(5) if found else None


def places_of(cap: str) -> tuple[Place, ...]:
    """The comuni that a CAP may mean, the best known first; none when it is not known."""
    if cap in _table():
        return _table()[cap]
    city = city_of(cap)
    if city is None:
        return ()
    return (Place(city.name, city.provincia, _regioni()[city.provincia]),)


def place_name(cap: str) -> str | None:
    """What to call the place: "Rovereto", or "Tenno (TN)" when it is one of several."""
    places = places_of(cap)
    if not places:
        return None
    best = places[0]
    if len(places) == 1 or best.comune in _large_comuni():
        return best.comune
    return f"{best.comune} ({best.provincia})"


def is_plausible(cap: str) -> bool:
    """Whether such a CAP exists, or existed."""
    return cap in _table() or city_of(cap) is not None


def known_caps() -> Iterator[str]:
    """Every CAP of the table, and those that stood or stand for whole cities."""
    yield from _table()
    yield from (city.generic for city in zoned_cities())


def is_place(name: str) -> bool:
    """Whether a name, in any case, is that of a comune."""
    return name.casefold() in _comuni()


def is_generic(cap: str) -> bool:
    """Whether a CAP stands for a whole city: it says less about where somebody lives."""
    return cap in _generic_caps()


@lru_cache(maxsize=20_000)
def city_of(cap: str) -> ZonedCity | None:
    """The zoned city that a CAP belongs to."""
    return next((city for city in zoned_cities() if city.contains(cap)), None)


@cache
def zoned_cities() -> tuple[ZonedCity, ...]:
    """All cities that have a CAP for each zone."""
    return tuple(ZonedCity(*row) for row in _rows("zoned_cities.tsv"))


@cache
def _generic_caps() -> frozenset[str]:
    return frozenset(city.generic for city in zoned_cities())


@cache
def _table() -> dict[str, tuple[Place, ...]]:
    regioni = _regioni()
    return {
        cap: tuple(Place(comune, provincia, regioni[provincia]) for comune in comuni.split("|"))
        for cap, provincia, comuni in _rows("caps.tsv")
    }


@cache
def _regioni() -> dict[str, str]:
    return dict(_rows("province.tsv"))


@cache
def _comuni() -> frozenset[str]:
    named = {place.comune.casefold() for places in _table().values() for place in places}
    return frozenset(named | {city.name.casefold() for city in zoned_cities()})


@cache
def _large_comuni() -> frozenset[str]:
    text = " ".join(_lines("large_comuni.txt"))
    return frozenset(name.strip() for name in text.split(","))


def _rows(file: str) -> Iterator[list[str]]:
    return (line.split("\t") for line in _lines(file))


def _lines(file: str) -> list[str]:
    lines = (DATA / file).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]
