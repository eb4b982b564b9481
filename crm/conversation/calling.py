"""Which messages a person must see at once, by rules of the company's: danger, the law."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeGuard

import yaml

SHIPPED = Path(__file__).with_suffix(".yml")
CAUSE = "rule"


class BadCallingRules(ValueError):
    """The file of the rules cannot be used."""


@dataclass(frozen=True)
class CallingRules:
    """Beginnings of words by the name of a rule."""

    patterns: Mapping[str, re.Pattern[str]]

    def rule_for(self, text: str) -> str | None:
        """The first rule that a message falls under."""
        words = " ".join(text.split())
        return next((name for name, one in self.patterns.items() if one.search(words)), None)


NO_RULES = CallingRules({})


def load_calling_rules(path: Path) -> CallingRules:
    """Read the rules of a company, or those that come with Bottega where it has none.

    Raises:
        BadCallingRules: the file is not a list of words for each rule.
    """
    file = path if path.exists() else SHIPPED
    try:
        given = yaml.safe_load(file.read_text("utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError):
        raise BadCallingRules(f"{file} is not YAML; write rules as `name: [words, …]`.") from None
    if not isinstance(given, dict):
        raise BadCallingRules(f"{file} holds {given!r}; write rules as `name: [words, …]`.")
    return CallingRules({str(name): _pattern(file, name, words) for name, words in given.items()})


def _pattern(file: Path, name: object, words: object) -> re.Pattern[str]:
    if not _are_words(words):
        raise BadCallingRules(
            f"Rule {name!r} of {file} holds {words!r}; give it words: `{name}: [scossa, …]`."
        )
    every = "|".join(re.escape(word.strip()) for word in words)
    return re.compile(rf"\b(?:{every})", re.IGNORECASE)


def _are_words(given: object) -> TypeGuard[Sequence[str]]:
    return (
        isinstance(given, list)
        and bool(given)
        and all(isinstance(word, str) and word.strip() for word in given)
    )
