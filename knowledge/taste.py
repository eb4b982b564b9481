"""A taste as one direction: the weighted mean of what is liked, and of words."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from knowledge.encoder import Encoder, Vectors, to_unit
from knowledge.index import KnowledgeIndex


def taste_vector(
    index: KnowledgeIndex,
    encoder: Encoder,
    liked: Mapping[str, float],
    words: Sequence[str],
    kinds: Collection[str],
    language: str,
) -> Vectors:
    """The direction of documents liked (by id), the words together weighing as much; zeros for no
    taste at all."""
    parts = [_mean_of_liked(index, liked, kinds, language, encoder.dim)]
    said = [text for text in words if text.strip()]
    if said:
        parts.append(_direction(encoder.encode(said, asked=True).sum(axis=0)))
    return _direction(np.sum(parts, axis=0))


def _mean_of_liked(
    index: KnowledgeIndex,
    liked: Mapping[str, float],
    kinds: Collection[str],
    language: str,
    dim: int,
) -> Vectors:
    total = np.zeros(dim, dtype=np.float32)
    for kind in kinds:
        partition = index.partitions.get((kind, language))
        if partition is None:
            continue
        found = {
            partition.records.row_of(f"{kind}/{name}/{language}"): share
            for name, share in liked.items()
        }
        rows = sorted(row for row in found if row is not None)
        if rows:
            shares = np.array([found[row] for row in rows], dtype=np.float32)
            total += shares @ np.asarray(partition.dense.vectors[rows])
    return _direction(total)


def _direction(vector: Vectors) -> Vectors:
    unit: Vectors = to_unit(np.asarray(vector, dtype=np.float32).reshape(1, -1))[0]
    return unit
