"""How the demo pages put prices, hours and discounts into words."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

WORDS = Path(__file__).with_name("words.yml")
LANGUAGES = ("it", "en")
ROME = ZoneInfo("Europe/Rome")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@cache
def words_in(language: str) -> Mapping[str, Any]:
    """The pages' own words in a language."""
    words: dict[str, dict[str, Any]] = yaml.safe_load(WORDS.read_text("utf-8"))
    return words[language]


def known_language(given: str) -> str:
    """One of the pages' languages: the one asked for, or Italian."""
    return given if given in LANGUAGES else LANGUAGES[0]


def price(amount: str, language: str) -> str:
    """ "18,90 €" in Italian, "€18.90" in English."""
    number = f"{Decimal(amount):,.2f}"
    if language == "en":
        return f"€{number}"
    return number.replace(",", " ").replace(".", ",").replace(" ", ".") + " €"


def discount(given: Mapping[str, str], language: str, names: Mapping[str, str]) -> str:
    """ "-15%", "-6,00 €", or the present's name."""
    if "percent" in given:
        return f"-{given['percent']}%"
    if "amount" in given:
        return "-" + price(given["amount"], language)
    return names.get(given.get("gift", ""), "")


def opening_lines(hours: Mapping[str, Sequence[Sequence[str]]], language: str) -> list[str]:
    """The week's hours, days with the same hours taken together."""
    words = words_in(language)
    days = zip(words["days"], (hours[day] for day in WEEKDAYS), strict=True)
    lines = []
    for spans, same in groupby(days, key=lambda day: day[1]):
        names = [name for name, _ in same]
        lines.append(f"{_span(names)} {_times(spans, words)}")
    return lines


def _span(days: Sequence[str]) -> str:
    return days[0] if len(days) == 1 else f"{days[0]}–{days[-1]}"


def _times(spans: Sequence[Sequence[str]], words: Mapping[str, Any]) -> str:
    return ", ".join(f"{opens}–{closes}" for opens, closes in spans) or str(words["closed"])


def is_open(hours: Mapping[str, Sequence[Sequence[str]]], at: datetime) -> bool:
    """Whether the weekday's hours say that a shop is open; holidays are on its notice."""
    here = at.astimezone(ROME)
    now = f"{here:%H:%M}"
    return any(opens <= now < closes for opens, closes in hours[WEEKDAYS[here.weekday()]])
