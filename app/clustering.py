"""Groups rows of zeros and ones by likeness; how many groups there are the data decides."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

SEED = 1950
FEWEST_GROUPS, MOST_GROUPS = 2, 10
SAMPLE = 1_500  # of which the likeness within and between groups is measured
ROWS_A_GROUP = 10


def group_rows(rows: Sequence[Sequence[int]]) -> Sequence[int]:
    """The group of each row; the same rows give the same groups."""
    from sklearn.cluster import KMeans  # noqa: PLC0415 - slow
    from sklearn.metrics import silhouette_score  # noqa: PLC0415

    scaled = _scaled(np.asarray(rows, dtype=np.float64))
    most = min(MOST_GROUPS, len(rows) // ROWS_A_GROUP, len(np.unique(scaled, axis=0)))
    best, labels = -1.0, np.zeros(len(rows), dtype=int)
    for number in range(FEWEST_GROUPS, most + 1):
        found = KMeans(number, n_init=4, random_state=SEED).fit_predict(scaled)
        sample = min(SAMPLE, len(rows))
        score = silhouette_score(scaled, found, sample_size=sample, random_state=SEED)
        if score > best:
            best, labels = score, found
    return [int(label) for label in labels]


def _scaled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rare or not, a feature weighs the same; but the rarest would be groups alone."""
    share = values.mean(axis=0)
    spread = np.sqrt(np.maximum(share * (1 - share), 0.05))
    return np.asarray((values - share) / spread)
