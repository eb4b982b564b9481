"""What somebody says they need, in terms of the catalogue: wishes, and what search finds for it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from crm.offer.facets import Facet, facets_in

# Below this score even the best hit has little to do with what was asked for.
FOUND_SOMETHING = 0.25

# What is found at less than this share of the best hit's score is not what was meant.
WORTH_SHOWING = 0.5


@dataclass(frozen=True)
class Found:
    """A product that search found, with its score."""

    sku: str
    category: str
    score: float


@dataclass(frozen=True)
class Need:
    """Wishes named, and SKUs with how well each answers, 0 to 1; `is_stated`: something was."""

    said: frozenset[Facet] = frozenset()
    candidates: Mapping[str, float] = field(default_factory=dict)
    is_stated: bool = False


def need_of(text: str, found: Sequence[Found], categories: Collection[str] = ()) -> Need:
    """The need in a text, with what search found for it, best first.

    Args:
        categories: those that the text names, where somebody can tell.
    """
    said = frozenset(facets_in(text))
    meant = [one for one in found if one.category in categories] or list(found)
    best = meant[0].score if meant else 0.0
    if best < FOUND_SOMETHING and not categories and not said:
        return Need()
    candidates = {
        one.sku: one.score / best for one in meant if one.score >= WORTH_SHOWING * best > 0
    }
    return Need(said, candidates, is_stated=True)
