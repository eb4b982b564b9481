"""Puts questions of one meaning together, with the encoder that the search uses."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from crm.insights.unmet import Grouping
from knowledge.encoder import Encoder

# From this cosine on, two questions are taken for the same one.
ALIKE = 0.72


def group_by_meaning(encoder: Encoder, alike: float = ALIKE) -> Grouping:
    """Each text goes to the likest of the texts that began a group, or begins one itself."""

    def group(texts: Sequence[str]) -> Sequence[int]:
        leaders: list[NDArray[np.float32]] = []
        numbers = []
        for vector in encoder.encode(list(texts), asked=True):
            likeness = np.asarray(leaders) @ vector if leaders else np.zeros(0)
            nearest = int(likeness.argmax()) if leaders else -1
            if nearest >= 0 and likeness[nearest] >= alike:
                numbers.append(nearest)
            else:
                numbers.append(len(leaders))
                leaders.append(vector)
        return numbers

    return group
