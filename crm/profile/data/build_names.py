"""Writes given_names.txt, given_names_abroad.txt and family_names.txt.

    python crm/profile/data/build_names.py

Sources: the names that Faker and python-codicefiscale carry, and more_names.txt beside this file.
"""

import importlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from codicefiscale.data import get_names_data

HERE = Path(__file__).parent
GIVEN_FROM = ("it_IT", "en_US", "en_GB")
ABROAD_FROM = (
    *("ro_RO", "es_ES", "fr_FR", "de_DE", "pl_PL"),
    *("pt_PT", "nl_NL", "en_IN", "en_PK", "hr_HR", "fr_DZ"),
)
FAMILY_FROM = ["it_IT", "en_US", "en_GB", "ro_RO", "es_ES", "fr_FR", "en_IN"]
HEAD = "# Written by build_names.py; the sources are named there."


def main() -> None:
    """Write the files."""
    more = _more_names()
    official = [name for names in get_names_data().values() for name in names]
    given = {*official, *_faker(GIVEN_FROM, "first_names"), *more["given"]}
    abroad = {*_faker(ABROAD_FROM, "first_names"), *more["abroad"]}
    family = [*_faker(FAMILY_FROM, "last_names"), *more["family"]]
    never = set(more["never"])
    _write("given_names.txt", given - never)
    _write("given_names_abroad.txt", abroad - given - never)
    _write("family_names.txt", set(family) - never)


def _faker(locales: Iterable[str], attribute: str) -> Iterator[str]:
    for locale in locales:
        provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
        yield from getattr(provider, attribute)


def _more_names() -> dict[str, list[str]]:
    text = (HERE / "more_names.txt").read_text(encoding="utf-8")
    sections = re.split(r"\[(\w+)\]", re.sub("#.*", "", text))[1:]
    return {
        title: words.split() for title, words in zip(sections[::2], sections[1::2], strict=True)
    }


def _write(file: str, names: Iterable[str]) -> None:
    kept = {name for name in names if len(name) > 1 and not re.search(r"[\d.]", name)}
    lines = [HEAD, *sorted(kept, key=str.casefold)]
    (HERE / file).write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
