"""A taste as one direction: the weighted mean of what is liked, and of words."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import numpy as np

from knowledge.encoder import Encoder, Vectors, to_unit
from knowledge.index import KnowledgeIndex
from knowledge.partition import Partition


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


def likeness_to(
    index: KnowledgeIndex,
    vector: Vectors,
    ids: Iterable[str],
    kinds: Collection[str],
    language: str,
) -> dict[str, float]:
    """The cosine with each of these documents (by id); those that are not here are left out."""
    if not vector.any():
        return {}
    wanted, likeness = list(ids), dict[str, float]()
    for partition, rows in _rows_of(index, wanted, kinds, language):
        near = partition.dense.closeness(vector, np.array([*rows.values()]))
        likeness |= dict(zip(rows, near.tolist(), strict=True))
    return likeness


def _mean_of_liked(
    index: KnowledgeIndex,
    liked: Mapping[str, float],
    kinds: Collection[str],
    language: str,
    dim: int,
) -> Vectors:
    total = np.zeros(dim, dtype=np.float32)
    for partition, rows in _rows_of(index, liked, kinds, language):
        shares = np.array([liked[name] for name in rows], dtype=np.float32)
        total += shares @ np.asarray(partition.dense.vectors[[*rows.values()]])
    return _direction(total)


def _rows_of(
    index: KnowledgeIndex, ids: Iterable[str], kinds: Collection[str], language: str
) -> Iterator[tuple[Partition, dict[str, int]]]:
    """The partitions that hold some of these documents, and where."""
    for kind in kinds:
        partition = index.partitions.get((kind, language))
        if partition is None:
            continue
        places = {name: partition.records.row_of(f"{kind}/{name}/{language}") for name in ids}
        rows = {name: row for name, row in places.items() if row is not None}
        if rows:
            yield partition, rows


def _direction(vector: Vectors) -> Vectors:
    unit: Vectors = to_unit(np.asarray(vector, dtype=np.float32).reshape(1, -1))[0]
    return unit
