"""Puts questions of one meaning together, with the encoder that the search uses."""

from collections.abc import Sequence

import numpy as np

from crm.insights.unmet import Grouping
from knowledge.encoder import Encoder

# From this cosine on, two questions are taken for the same one.
ALIKE = 0.72


def group_by_meaning(encoder: Encoder, alike: float = ALIKE) -> Grouping:
    """Each text goes to the likest of the texts that began a group, or begins one itself."""

    def group(texts: Sequence[str]) -> Sequence[int]:
        numbers: dict[str, int] = {}
        asked = list(dict.fromkeys(texts))
        vectors = encoder.encode(asked, asked=True)
        leaders, found = np.empty_like(vectors), 0
        for text, vector in zip(asked, vectors, strict=True):
            likeness = leaders[:found] @ vector
            nearest = int(likeness.argmax()) if found else -1
            if nearest < 0 or likeness[nearest] < alike:
                leaders[found], nearest, found = vector, found, found + 1
            numbers[text] = nearest
        return [numbers[text] for text in texts]

    return group
