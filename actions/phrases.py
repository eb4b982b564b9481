"""Reads the bot's texts from `bot/domain`, for the few places where Rasa does not speak itself.

Mails, lines inside a list and messages about the conversation come from the same responses, in
the same form, as everything else that a customer reads.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

LANGUAGES = ("it", "en")
DEFAULT_LANGUAGE = "it"


class UnknownPhrase(KeyError):
    """No response of that name is in the domain."""


class Phrases:
    """The domain's responses by name and language."""

    def __init__(self, responses: Mapping[str, list[dict[str, Any]]]) -> None:
        self._responses = responses

    @classmethod
    def load(cls, folder: Path) -> "Phrases":
        """Read every domain file in a folder."""
        responses: dict[str, list[dict[str, Any]]] = {}
        for path in sorted(folder.glob("*.yml")):
            content = yaml.load(path.read_text(), Loader=yaml.CSafeLoader) or {}
            responses |= content.get("responses") or {}
        return cls(responses)

    def names(self) -> set[str]:
        """The names of all responses."""
        return set(self._responses)

    def variant(self, name: str, language: str) -> dict[str, Any]:
        """The response in a language, or in Italian where it has no other.

        Raises:
            UnknownPhrase: the domain has no such response.
        """
        if name not in self._responses:
            raise UnknownPhrase(name)
        variants = self._responses[name]
        for variant in variants:
            if language_of(variant) == language:
                return variant
        return variants[-1]

    def text(self, name: str, language: str, **values: object) -> str:
        """The text of a response, filled in."""
        return str(self.variant(name, language)["text"]).format_map(values).strip()


def language_of(variant: Mapping[str, Any]) -> str:
    """The language that a variant is for: the one in its condition, else Italian."""
    for condition in variant.get("condition", ()):
        if condition.get("name") == "language":
            return str(condition["value"])
    return DEFAULT_LANGUAGE
