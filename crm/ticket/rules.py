"""Escalation rules as a file declares them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

import yaml

from crm.staff.models import Role
from crm.ticket.models import Priority, TicketCategory
from crm.value.models import Tier

BUILT_IN = Path(__file__).with_name("escalation.yml")
ASSIGNEE = "assignee"
KNOWN = frozenset(
    {"name", "clock", "minutes", "priority", "tier", "category", "raise_to", "assign_to", "notify"}
)
LONGEST_NAME = 80

T = TypeVar("T")


class BadEscalation(ValueError):
    """An escalation file cannot be used; the message names the rule and what is wrong."""


class Clock(StrEnum):
    """Which of a ticket's times a rule goes by."""

    FIRST_ANSWER = "first_answer"
    SOLUTION = "solution"


@dataclass(frozen=True)
class Rule:
    """What happens so long after a time was due, or so long before, to tickets of some kinds.

    Empty filters let every ticket pass. `notify` holds roles, or the word "assignee".
    """

    name: str
    clock: Clock
    after: timedelta
    priorities: Sequence[Priority] = ()
    tiers: Sequence[Tier] = ()
    categories: Sequence[TicketCategory] = ()
    raise_to: Priority | None = None
    assign_to: Role | None = None
    notify: Sequence[str] = ()


def read_rules(path: Path | None = None) -> Sequence[Rule]:
    """The rules of a file; the built-in ones where there is none.

    Raises:
        BadEscalation
    """
    chosen = path if path is not None and path.is_file() else BUILT_IN
    try:
        written = yaml.safe_load(chosen.read_text("utf-8")) or {}
    except yaml.YAMLError as problem:
        raise BadEscalation(f"{chosen.name} is no YAML: {problem}.") from None
    entries = written.get("rules") if isinstance(written, Mapping) else None
    if not isinstance(entries, list):
        raise BadEscalation(f"{chosen.name} has no list of rules under 'rules'.")
    rules = [_rule(entry) for entry in entries]
    names = [rule.name for rule in rules]
    for name in names:
        if names.count(name) > 1:
            raise BadEscalation(f"Two escalation rules are called {name!r}; give each its own.")
    return rules


def _rule(entry: Any) -> Rule:
    name = entry.get("name") if isinstance(entry, Mapping) else None
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME:
        raise BadEscalation(f"An escalation rule has no usable name: {entry!r}.")
    unknown = sorted(set(entry) - KNOWN)
    if unknown:
        raise BadEscalation(f"The escalation rule {name!r} knows no {', '.join(unknown)}.")
    minutes = entry.get("minutes", 0)
    if isinstance(minutes, bool) or not isinstance(minutes, int | float):
        raise BadEscalation(f"The escalation rule {name!r} has minutes {minutes!r}, no number.")
    return Rule(
        name=name,
        clock=_word(name, "clock", Clock, entry.get("clock")),
        after=timedelta(minutes=minutes),
        priorities=_words(name, "priority", Priority, entry),
        tiers=_words(name, "tier", Tier, entry),
        categories=_words(name, "category", TicketCategory, entry),
        raise_to=_maybe(name, "raise_to", Priority, entry),
        assign_to=_maybe(name, "assign_to", Role, entry),
        notify=_words(name, "notify", _whom, entry),
    )


def _whom(word: str) -> str:
    return word if word == ASSIGNEE else Role(word)


def _maybe(name: str, key: str, make: Callable[[str], T], entry: Mapping[str, Any]) -> T | None:
    return None if entry.get(key) is None else _word(name, key, make, entry[key])


def _words(name: str, key: str, make: Callable[[str], T], entry: Mapping[str, Any]) -> Sequence[T]:
    given = entry.get(key) or []
    return [_word(name, key, make, one) for one in (given if isinstance(given, list) else [given])]


def _word(name: str, key: str, make: Callable[[str], T], value: Any) -> T:
    try:
        return make(value)
    except ValueError:
        raise BadEscalation(f"The escalation rule {name!r} has {key} {value!r}.") from None
