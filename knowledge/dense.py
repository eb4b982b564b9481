"""The dense side: one vector for each document, searched by FAISS."""

import math
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import faiss as _faiss
import numpy as np
from numpy.typing import NDArray

from knowledge.arrays import one_reader
from knowledge.documents import Document
from knowledge.encoder import Encoder, Vectors, to_unit
from knowledge.progress import Progress
from knowledge.settings import FieldWeights, SearchSettings

Rows = NDArray[np.int64]

# Its stubs know the C++ signatures only.
faiss: Any = _faiss

_BATCH = 512
_SLICE = 65_536
_TRAINING_VECTORS_PER_CLUSTER = 40


class DenseSide:
    """Compares every vector up to a size, the nearest clusters (IVF) above it.

    FAISS holds half precision and proposes rows; `closeness` is computed in full precision.
    """

    def __init__(self, vectors: Vectors, index: Any, settings: SearchSettings) -> None:
        self.vectors = vectors
        self._index = index
        self._settings = settings

    @classmethod
    def build(cls, vectors: Vectors, settings: SearchSettings) -> "DenseSide":
        """Index unit vectors; row i keeps number i."""
        if len(vectors) > settings.exact_up_to:
            return cls(vectors, _train_clusters(vectors), settings)
        return cls(vectors, _compare_all(vectors), settings)

    @classmethod
    def load(cls, folder: Path, settings: SearchSettings) -> "DenseSide":
        """Read what `save` wrote; the vectors stay on disk until a row is asked for."""
        with one_reader:
            vectors = np.load(folder / "vectors.npy", mmap_mode="r")
        clusters = folder / "clusters.faiss"
        if clusters.exists():
            return cls(vectors, faiss.read_index(str(clusters)), settings)
        return cls(vectors, _compare_all(vectors), settings)

    def save(self, folder: Path) -> None:
        """Write the vectors, and the clusters where there are any."""
        np.save(folder / "vectors.npy", self.vectors)
        if not self.is_exact:
            faiss.write_index(self._index, str(folder / "clusters.faiss"))

    @property
    def is_exact(self) -> bool:
        """Whether every vector is compared."""
        return not isinstance(self._index, faiss.IndexIVF)

    def nearest(self, vector: Vectors, count: int, allowed: NDArray[np.bool_] | None) -> Rows:
        """The rows of the nearest allowed documents, best first."""
        asked = np.ascontiguousarray(vector.reshape(1, -1), dtype=np.float32)
        # One question is too little work to share: threads that wait for each other cost tenfold
        # on a busy machine. The number belongs to the calling thread, so it is set every time.
        faiss.omp_set_num_threads(1)
        selector = _selector(allowed)
        _, rows = self._index.search(asked, count, params=self._parameters(selector))
        found: Rows = rows[0][rows[0] >= 0]
        return found

    def closeness(self, vector: Vectors, rows: Rows) -> NDArray[np.float32]:
        """The cosine with these rows, between 0 and 1 (what points away counts as 0)."""
        near: Vectors = np.asarray(self.vectors[rows]) @ vector
        return np.clip(near, 0.0, 1.0)

    def _parameters(self, selector: Any) -> Any:
        if self.is_exact:
            return faiss.SearchParameters(sel=selector)
        probes = max(1, round(self._index.nlist * self._settings.clusters_searched))
        return faiss.SearchParametersIVF(sel=selector, nprobe=probes)


def document_vectors(
    documents: Sequence[Document], encoder: Encoder, weights: FieldWeights, progress: Progress
) -> Vectors:
    """The weighted mean of what is asked, answered and tagged: float32 (n, dim), unit rows."""
    vectors = np.zeros((len(documents), encoder.dim), dtype=np.float32)
    for start in range(0, len(documents), _BATCH):
        batch = documents[start : start + _BATCH]
        vectors[start : start + len(batch)] = _encode_batch(batch, encoder, weights)
        progress("encoding documents", start + len(batch), len(documents))
    return to_unit(vectors)


def _encode_batch(
    documents: Sequence[Document], encoder: Encoder, weights: FieldWeights
) -> Vectors:
    parts = [
        part for row, document in enumerate(documents) for part in _parts(row, document, weights)
    ]
    encoded = encoder.encode([text for _, _, text in parts])
    vectors = np.zeros((len(documents), encoder.dim), dtype=np.float32)
    shares = np.array([share for _, share, _ in parts], dtype=np.float32)
    np.add.at(vectors, [row for row, _, _ in parts], encoded * shares[:, None])
    return vectors


def _parts(row: int, document: Document, weights: FieldWeights) -> Iterator[tuple[int, float, str]]:
    phrasings = (document.title, *document.also)
    yield from ((row, weights.asked / len(phrasings), text) for text in phrasings)
    if document.text:
        yield row, weights.text, document.text
    if document.tags:
        yield row, weights.tags, ", ".join(document.tags)


def _train_clusters(vectors: Vectors) -> Any:
    faiss.omp_set_num_threads(os.cpu_count() or 1)
    count = 2 ** round(math.log2(2 * math.sqrt(len(vectors))))
    index = faiss.index_factory(vectors.shape[1], f"IVF{count},SQfp16", faiss.METRIC_INNER_PRODUCT)
    sample = np.random.default_rng(0).permutation(len(vectors))
    index.train(vectors[np.sort(sample[: count * _TRAINING_VECTORS_PER_CLUSTER])])
    _add(index, vectors)
    return index


def _compare_all(vectors: Vectors) -> Any:
    half = faiss.ScalarQuantizer.QT_fp16
    index = faiss.IndexScalarQuantizer(vectors.shape[1], half, faiss.METRIC_INNER_PRODUCT)
    index.train(np.ascontiguousarray(vectors[:1]))
    _add(index, vectors)
    return index


def _add(index: Any, vectors: Vectors) -> None:
    """Add in slices, so that vectors on disk are never in memory all at once."""
    for start in range(0, len(vectors), _SLICE):
        index.add(np.ascontiguousarray(vectors[start : start + _SLICE]))


def _selector(allowed: NDArray[np.bool_] | None) -> Any:
    if allowed is None:
        return None
    return faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))
