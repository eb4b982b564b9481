"""The attributes of products in a customer's words: for whom, skin, hair, needs."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

LONGEST_WHOLE = 3
FACETS_FILE = Path(__file__).with_name("facets.yml")


@dataclass(frozen=True)
class Facet:
    """One value of one attribute: ``Facet("hair", "curly")``."""

    attribute: str
    value: str

    def say(self, language: str) -> str:
        """How to name it to a customer, to end a sentence with."""
        return str(_vocabulary()[self.attribute][self.value]["say"][language])


@cache
def _vocabulary() -> Mapping[str, Mapping[str, Any]]:
    vocabulary: Mapping[str, Mapping[str, Any]] = yaml.safe_load(FACETS_FILE.read_text())
    return vocabulary


@cache
def _patterns() -> tuple[tuple[Facet, re.Pattern[str]], ...]:
    return tuple(
        (Facet(attribute, value), _pattern(entry["words"]))
        for attribute, values in _vocabulary().items()
        for value, entry in values.items()
    )


def _pattern(words: Mapping[str, list[str]]) -> re.Pattern[str]:
    """Beginnings of words; short ones are whole words, or "mom" would be in "moment"."""
    every = [
        re.escape(word) + (r"s?\b" if len(word) <= LONGEST_WHOLE else "")
        for language in words.values()
        for word in language
    ]
    return re.compile(rf"\b(?:{'|'.join(every)})", re.IGNORECASE)


def facets_in(text: str) -> set[Facet]:
    """What a text asks for: "uno shampoo per ricci" names curly hair."""
    return {facet for facet, pattern in _patterns() if pattern.search(text)}


def facets_of(attributes: Mapping[str, Any]) -> Iterator[Facet]:
    """The facets of a product, from its catalogue attributes."""
    for attribute, values in _vocabulary().items():
        for value in attributes.get(attribute) or ():
            if value in values:
                yield Facet(attribute, value)
