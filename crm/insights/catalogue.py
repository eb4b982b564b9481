"""Every figure there is, by name, with its definition."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from crm.insights import conversations, offers, satisfaction
from crm.insights.answering import Answering
from crm.insights.campaigns import Campaigns, Variants
from crm.insights.figures import Figure
from crm.insights.unmet import Grouping, Unmet
from crm.offer.policy import OfferPolicy

DEFINITIONS = Path(__file__).with_name("definitions.yml")


class NoSuchFigure(LookupError):
    """There is no figure of this name."""


@dataclass(frozen=True)
class Definition:
    """What a figure is called, what it counts, and what that means."""

    title: str
    unit: str
    definition: str


@dataclass(frozen=True)
class Catalogue:
    """The figures that can be asked for, in the order in which they are shown."""

    figures: Mapping[str, Figure]

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


def make_catalogue(
    replies: Sequence[str] = (),
    grouping: Grouping | None = None,
    policy: OfferPolicy | None = None,
) -> Catalogue:
    """All figures.

    Args:
        replies: what the bot says when it has no answer, in every language.
        grouping: puts questions of one meaning together.
        policy: says how sales are credited to campaigns.
    """
    found: list[Figure] = [
        *conversations.FIGURES,
        Answering(),
        *satisfaction.FIGURES,
        *offers.FIGURES,
        Campaigns(policy or OfferPolicy()),
        Variants(policy or OfferPolicy()),
        Unmet(replies, grouping),
    ]
    return Catalogue({figure.name: figure for figure in found})


@cache
def definitions(language: str) -> Mapping[str, Definition]:
    """What each figure means, in a language; Italian if there is nothing in it."""
    written = yaml.safe_load(DEFINITIONS.read_text("utf-8"))
    return {name: Definition(**texts.get(language, texts["it"])) for name, texts in written.items()}
