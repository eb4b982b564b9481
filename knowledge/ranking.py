"""Ranking one partition: the candidates of every side, scored exactly on all three, fused."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.dense import Rows
from knowledge.encoder import Vectors
from knowledge.lexical import Scores
from knowledge.partition import Partition
from knowledge.settings import SearchSettings
from knowledge.words import content_words, stem

Allowed = NDArray[np.bool_] | None


@dataclass(frozen=True)
class Ranking:
    """Rows of one partition, best first, with what each side says of them."""

    rows: Rows
    score: Scores
    dense: Scores
    lexical: Scores
    typo: Scores

    def __iter__(self) -> Iterator[tuple[int, float, float, float, float]]:
        columns = (self.score, self.dense, self.lexical, self.typo)
        return zip(self.rows.tolist(), *(column.tolist() for column in columns), strict=True)


def rank(
    partition: Partition,
    query: str,
    vector: Vectors,
    allowed: Allowed,
    count: int,
    settings: SearchSettings,
) -> Ranking:
    """The allowed rows that are among the `count` best on some side."""
    lexical, typo = lexical_scores(partition, query, settings)
    near = partition.dense.nearest(vector, count, allowed)
    worded = _highest(lexical + typo, count, allowed)
    rows = np.union1d(near, worded).astype(np.int64)
    return _fuse(rows, partition.dense.closeness(vector, rows), lexical[rows], typo[rows], settings)


def lexical_scores(
    partition: Partition, query: str, settings: SearchSettings
) -> tuple[Scores, Scores]:
    """For every row: the share of the question found as written, and found by mending words."""
    words = dict.fromkeys(content_words(query, partition.language))
    stems = {word: stem(word, partition.language) for word in words}
    known = {root: 1.0 for root in stems.values() if partition.lexical.knows(root)}
    mended: dict[str, float] = {}
    for word in (word for word, root in stems.items() if root not in known):
        near = partition.spelling.near(word, settings.near_enough, settings.spellings)
        for root, likeness in near.items():
            mended[root] = max(likeness, mended.get(root, 0.0))
    asked = set(stems.values())
    unsaid = {root: likeness for root, likeness in mended.items() if root not in known}
    return partition.lexical.scores(known, asked), partition.lexical.scores(unsaid, asked)


def _highest(scores: Scores, count: int, allowed: Allowed) -> Rows:
    """The rows that score at all, no more than `count` of them."""
    found = np.flatnonzero((scores > 0) if allowed is None else (scores > 0) & allowed)
    if len(found) > count:
        found = found[np.argpartition(scores[found], -count)[-count:]]
    return found


def _fuse(
    rows: Rows, dense: Scores, lexical: Scores, typo: Scores, settings: SearchSettings
) -> Ranking:
    worded = np.minimum(lexical + typo, 1.0)
    total = settings.dense_weight + settings.lexical_weight
    score = (settings.dense_weight * dense + settings.lexical_weight * worded) / total
    order = np.argsort(-score, kind="stable")
    return Ranking(rows[order], score[order], dense[order], lexical[order], typo[order])
