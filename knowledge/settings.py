"""Every number that search turns on, with the measurement behind it in docs/decisions."""

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class FieldWeights:
    """How much each part of a document counts: what is asked, what is answered, the tags."""

    asked: float
    text: float
    tags: float

    @property
    def total(self) -> float:
        """Their sum."""
        return self.asked + self.text + self.tags


@dataclass(frozen=True, slots=True)
class Confidence:
    """A logistic curve over the signals of `knowledge.confidence`, and where "I know" begins."""

    bias: float = -3.28
    score: float = 4.97
    margin: float = 1.65
    lead: float = 18.66
    phrasings: float = -0.73
    threshold: float = 0.35


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """What is decided when an index is built (see `build_part`) and when it is searched."""

    dense_fields: FieldWeights = FieldWeights(asked=1.0, text=0.5, tags=0.5)
    lexical_fields: FieldWeights = FieldWeights(asked=1.0, text=0.6, tags=0.2)
    product_fields: FieldWeights = FieldWeights(asked=1.0, text=0.3, tags=1.0)
    exact_up_to: int = 100_000
    clusters_searched: float = 0.08
    dense_weight: float = 0.5
    lexical_weight: float = 0.5
    near_enough: float = 0.45
    spellings: int = 3
    candidates: int = 50
    confidence: Confidence = field(default_factory=Confidence)

    def lexical_fields_of(self, kind: str) -> FieldWeights:
        """Products are asked for by their traits, which are tags; answers are not."""
        return self.product_fields if kind == "product" else self.lexical_fields

    def build_part(self) -> dict[str, Any]:
        """The settings that an index depends on, for its manifest."""
        names = ("dense_fields", "exact_up_to")
        return {name: value for name, value in asdict(self).items() if name in names}
