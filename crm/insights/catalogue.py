"""Every figure there is, by name, with its definition."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import yaml

from crm.insights import conversations, offers, relations, satisfaction
from crm.insights.answering import Answering
from crm.insights.campaigns import Campaigns, Variants
from crm.insights.figures import Figure
from crm.insights.people import People
from crm.insights.strange_words import IsKnown, StrangeWords
from crm.insights.unmet import Grouping, Unmet
from crm.offer.policy import OfferPolicy
from crm.segment.filters import Condition, Segment
from crm.value.figures import ValueRules

DEFINITIONS = Path(__file__).with_name("definitions.yml")


Segments = Callable[[], Mapping[str, Segment]]


class NoSuchFigure(LookupError):
    """There is no figure of this name."""


class NoSuchSegment(LookupError):
    """There is no segment of this name."""


@dataclass(frozen=True)
class Definition:
    """What a figure is called, what it counts, and what that means."""

    title: str
    unit: str
    definition: str


@dataclass(frozen=True)
class Catalogue:
    """The figures that can be asked for, in the order in which they are shown.

    Attributes:
        segments: the company's segments as they are written now; raises BadFilter where one of
            them cannot be understood.
        categories: what categories of products are called, by language.
    """

    figures: Mapping[str, Figure]
    segments: Segments = dict
    categories: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def category_name(self, category: str, language: str) -> str:
        """What a category of products is called; its own name where nobody has said."""
        return self.categories.get(category, {}).get(language) or category.replace("_", " ")

    def figure(self, name: str) -> Figure:
        """A figure by its name.

        Raises:
            NoSuchFigure
        """
        if name not in self.figures:
            raise NoSuchFigure(
                f"There is no figure {name!r}; use one of {', '.join(self.figures)}."
            )
        return self.figures[name]

    def people(self, segment: str, prone_to: str) -> People | None:
        """The customers of a segment, prone to a category; None when neither is asked for.

        Raises:
            NoSuchSegment
            BadFilter: a segment cannot be understood.
        """
        if not segment and not prone_to:
            return None
        return People(segment, self._filter(segment) if segment else None, prone_to)

    def _filter(self, name: str) -> Condition:
        segments = self.segments()
        if name not in segments:
            there = ", ".join(segments) or "none yet"
            raise NoSuchSegment(f"There is no segment {name!r}; there are: {there}.")
        return segments[name].filter


def make_catalogue(
    replies: Sequence[str] = (),
    grouping: Grouping | None = None,
    *,
    policy: OfferPolicy | None = None,
    is_known: IsKnown = lambda word: False,
    segments: Segments = dict,
    categories: Mapping[str, Mapping[str, str]] | None = None,
    rules: ValueRules | None = None,
) -> Catalogue:
    """All figures.

    Args:
        replies: what the bot says when it has no answer, in every language.
        grouping: puts questions of one meaning together.
        policy: says how sales are credited to campaigns.
        is_known: whether a word is one that the assistant learnt from.
        segments: gives the company's segments.
        categories: what categories of products are called, by language.
        rules: what the company says of its customers' value.
    """
    unmet, policy = Unmet(replies, grouping), policy or OfferPolicy()
    found: list[Figure] = [
        *conversations.FIGURES,
        Answering(),
        *satisfaction.FIGURES,
        *offers.FIGURES,
        Campaigns(policy),
        Variants(policy),
        unmet,
        StrangeWords(unmet, is_known),
        *relations.figures(rules or ValueRules()),
    ]
    return Catalogue({figure.name: figure for figure in found}, segments, categories or {})


@cache
def definitions(language: str) -> Mapping[str, Definition]:
    """What each figure means, in a language; Italian if there is nothing in it."""
    written = yaml.safe_load(DEFINITIONS.read_text("utf-8"))
    return {name: Definition(**texts.get(language, texts["it"])) for name, texts in written.items()}
