"""The lexical side: BM25 over stems, apart for what is asked, what is answered and the tags."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import bm25s
import numpy as np
from numpy.typing import NDArray

from knowledge.arrays import one_reader
from knowledge.documents import Document
from knowledge.settings import FieldWeights
from knowledge.words import stems

Scores = NDArray[np.float32]

logging.getLogger("bm25s").setLevel(logging.WARNING)

_K1 = 1.2
_LENGTH_PENALTY = {"asked": 0.75, "text": 0.4, "tags": 0.75}


class LexicalSide:
    """Scores every document against weighted stems, each between 0 and 1."""

    def __init__(self, fields: Mapping[str, "_Field"], weights: FieldWeights) -> None:
        self._fields = fields
        self._weights = {name: getattr(weights, name) / weights.total for name in fields}

    @classmethod
    def build(
        cls, documents: Sequence[Document], language: str, weights: FieldWeights
    ) -> "LexicalSide":
        """Index the documents; row i is `documents[i]`."""
        texts = {
            "asked": [" ".join((document.title, *document.also)) for document in documents],
            "text": [document.text for document in documents],
            "tags": [" ".join(document.tags) for document in documents],
        }
        fields = {name: _Field.build(name, column, language) for name, column in texts.items()}
        return cls(fields, weights)

    @classmethod
    def load(cls, folder: Path, weights: FieldWeights) -> "LexicalSide":
        """Read what `save` wrote."""
        return cls({name: _Field.load(folder / name) for name in _LENGTH_PENALTY}, weights)

    def save(self, folder: Path) -> None:
        """Write one folder for each field."""
        for name, part in self._fields.items():
            part.save(folder / name)

    def knows(self, stem: str) -> bool:
        """Whether any document holds this stem."""
        return any(stem in part for part in self._fields.values())

    def scores(self, terms: Mapping[str, float], asked: Iterable[str]) -> Scores:
        """The share of the question's weight that each document covers with `terms`.

        `asked` are all the stems of the question: those that no document holds lower every score.
        """
        asked = list(asked)
        total = np.zeros(self._count, dtype=np.float32)
        for name, part in self._fields.items():
            part.add(total, terms, self._weights[name] / part.weight_of(asked))
        return total

    @property
    def _count(self) -> int:
        return next(iter(self._fields.values())).count


class _Field:
    """One field of all documents: a bm25s index, read column by column."""

    def __init__(self, index: bm25s.BM25) -> None:
        self.count = int(index.scores["num_docs"])
        self._index = index
        self._columns: dict[str, int] = index.vocab_dict
        # Plain views of what may be mapped from disk: slicing a memmap costs ten times as much.
        self._data, self._rows, self._starts = (
            np.asarray(index.scores[name]) for name in ("data", "indices", "indptr")
        )
        held_by = np.diff(self._starts)
        self._weights = np.log1p((self.count - held_by + 0.5) / (held_by + 0.5))
        self._unknown = float(np.log1p((self.count + 0.5) / 0.5))

    @classmethod
    def build(cls, name: str, texts: Sequence[str], language: str) -> "_Field":
        index = bm25s.BM25(k1=_K1, b=_LENGTH_PENALTY[name], method="lucene")
        # An empty token keeps a field without any word from being no index at all.
        index.index([stems(text, language) or [""] for text in texts], show_progress=False)
        return cls(index)

    @classmethod
    def load(cls, folder: Path) -> "_Field":
        with one_reader:
            return cls(bm25s.BM25.load(folder, mmap=True))

    def save(self, folder: Path) -> None:
        self._index.save(folder, show_progress=False)

    def __contains__(self, stem: str) -> bool:
        return stem in self._columns

    def weight_of(self, asked: Iterable[str]) -> float:
        """The summed rarity of the stems: the highest score a document could reach."""
        columns = [self._columns.get(stem) for stem in asked]
        known = (self._unknown if at is None else self._weights[at] for at in columns)
        return float(sum(known)) or 1.0

    def add(self, total: Scores, terms: Mapping[str, float], factor: float) -> None:
        """Add the documents' scores for these stems to `total`."""
        for stem, weight in terms.items():
            at = self._columns.get(stem)
            if at is not None:
                held = slice(self._starts[at], self._starts[at + 1])
                total[self._rows[held]] += self._data[held] * np.float32(weight * factor)
