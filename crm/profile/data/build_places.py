"""Writes caps.tsv: every CAP with its provincia and comuni. Run it when its sources change.

    python crm/profile/data/build_places.py

Sources: the GeoNames postal codes that Faker carries (places, many of them only fractions of a
comune) and the register of comuni that python-codicefiscale carries (which of them are comuni).
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from codicefiscale.data import get_municipalities_data
from faker.providers.address.it_IT import Provider

HERE = Path(__file__).parent
PARTICLES = re.compile(
    r"(?<= )(D[aei]|D(?=')|Del|Dell[aeo]?|Degli|Dei|Di|Ed?|In|All?|Alla|A|Sul?|Sulla|Con|Nell?|La)"
    r"(?=[ '])"
)
# Provinces that were drawn anew since the places were listed.
REDRAWN = {"CA": "Sardegna", "SU": "Sardegna", "NU": "Sardegna", "OR": "Sardegna", "SS": "Sardegna"}


def main() -> None:
    """Write the file."""
    comuni, large, cities = _official_names(), _large_comuni(), list(_zoned_cities())
    lines = ["# CAP, provincia, comuni (the best known first). Written by build_places.py."]
    for cap, places in sorted(Provider.cap_city_province.items()):
        provincia = Counter(place[1] for place in places).most_common(1)[0][0]
        city = [name for name, caps in cities if cap in caps]
        names = city or _comuni_of(places, comuni) or _tidy(places)
        names.sort(key=lambda name: _key(name) not in large)
        lines.append(f"{cap}\t{provincia}\t{'|'.join(names)}")
    (HERE / "caps.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _zoned_cities() -> Iterator[tuple[str, set[str]]]:
    for line in (HERE / "zoned_cities.tsv").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            name, _, generic, first, last = line.split("\t")
            yield name, {generic, *(f"{cap:05}" for cap in range(int(first), int(last) + 1))}


def _comuni_of(places: list[list[str]], comuni: dict[tuple[str, str], str]) -> list[str]:
    """The places that are comuni, by their official names."""
    found = (comuni.get((_key(name), _area(provincia))) for name, provincia in places)
    return list(dict.fromkeys(name for name in found if name))


def _tidy(places: list[list[str]]) -> list[str]:
    """Fractions, where no comune of the CAP is known: Piane di Falerone."""
    return sorted({_small_particles(name) for name, _ in places})


def _small_particles(name: str) -> str:
    return PARTICLES.sub(lambda word: word.group().lower(), name)


def _official_names() -> dict[tuple[str, str], str]:
    names = {}
    for entry in get_municipalities_data():
        if entry["active"]:
            name, area = _small_particles(_italian(entry["name"])), _area(entry["province"])
            names[_key(name), area] = names[_key(entry["name"]), area] = name
    return names


def _area(provincia: str) -> str:
    return REDRAWN.get(provincia, provincia)


def _italian(name: str) -> str:
    return str(name).split("/")[0].strip()


def _large_comuni() -> set[str]:
    text = (HERE / "large_comuni.txt").read_text(encoding="utf-8")
    words = " ".join(line for line in text.splitlines() if not line.startswith("#"))
    return {_key(_italian(name)) for name in words.split(",")}


def _key(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z]", "", plain)


if __name__ == "__main__":
    main()
