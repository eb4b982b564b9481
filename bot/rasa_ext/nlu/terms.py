"""Turns texts into weighted terms: n-grams, TF-IDF, one matrix row a text."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix, hstack


def word_ngrams(words: Sequence[str], longest: int = 2) -> list[str]:
    """The words, and their runs up to a length."""
    runs = list(words)
    for length in range(2, longest + 1):
        runs += [" ".join(words[at : at + length]) for at in range(len(words) - length + 1)]
    return runs


def char_ngrams(text: str, shortest: int = 2, longest: int = 5) -> list[str]:
    """Pieces of each word, its edges marked by a space; a short word counts once."""
    pieces: list[str] = []
    for word in text.split():
        edged = f" {word} "
        for length in range(shortest, longest + 1):
            pieces += [edged[at : at + length] for at in range(max(len(edged) - length, 0) + 1)]
            if length >= len(edged):
                break
    return pieces


class TermWeights:
    """TF-IDF of one kind of term: logarithmic counts, smoothed idf, rows of a given length.

    A term that occurs in fewer than `rarest` texts is left out.
    """

    def __init__(self, length: float = 1.0, rarest: int = 1) -> None:
        self.length = length
        self._rarest = rarest
        self._columns: dict[str, int] = {}
        self._idf = np.empty(0, np.float32)

    @property
    def width(self) -> int:
        """The number of columns."""
        return len(self._idf)

    def fit(self, texts: Sequence[Iterable[str]]) -> "TermWeights":
        """Learn the terms and how rare each is."""
        seen = Counter(term for terms in texts for term in set(terms))
        kept = sorted(term for term, count in seen.items() if count >= self._rarest)
        self._columns = {term: column for column, term in enumerate(kept)}
        counts = np.array([seen[term] for term in kept], np.float64)
        self._idf = (np.log((1 + len(texts)) / (1 + counts)) + 1).astype(np.float32)
        return self

    def weigh(self, texts: Sequence[Iterable[str]]) -> csr_matrix:
        """One row a text; terms that were not learnt do not count."""
        rows = [self._row(terms) for terms in texts]
        starts = np.cumsum([0] + [len(columns) for columns, _ in rows])
        columns = np.concatenate([columns for columns, _ in rows]) if rows else np.empty(0, int)
        weights = np.concatenate([weights for _, weights in rows]) if rows else np.empty(0)
        return csr_matrix((weights, columns, starts), (len(rows), self.width), np.float32)

    def known_share(self, texts: Sequence[Sequence[str]]) -> np.ndarray:
        """What part of each text's terms was learnt; 0 where there are none."""
        known = [sum(term in self._columns for term in terms) for terms in texts]
        return np.array(known) / np.array([max(len(terms), 1) for terms in texts])

    def _row(self, terms: Iterable[str]) -> tuple[np.ndarray, np.ndarray]:
        known = self._columns
        counts = Counter([known[term] for term in terms if term in known])
        columns = np.fromiter(counts.keys(), np.int32, len(counts))
        times = np.fromiter(counts.values(), np.float32, len(counts))
        weights = (1 + np.log(times)) * self._idf[columns]
        norm = float(np.sqrt(weights @ weights))
        return columns, weights * np.float32(self.length / norm) if norm else weights

    def as_dict(self) -> dict[str, object]:
        """Everything but the idf, which is an array."""
        return {"length": self.length, "terms": list(self._columns)}

    @classmethod
    def from_dict(cls, kept: dict[str, object], idf: np.ndarray) -> "TermWeights":
        """The same weights again."""
        weights = cls(length=float(kept["length"]))  # type: ignore[arg-type]
        weights._columns = {term: at for at, term in enumerate(kept["terms"])}  # type: ignore[arg-type,call-overload]
        weights._idf = idf
        return weights


class TermBlocks:
    """Several kinds of term side by side, each with its own weights."""

    def __init__(self, blocks: dict[str, TermWeights]) -> None:
        self.blocks = blocks

    def fit(self, texts: dict[str, Sequence[Iterable[str]]]) -> "TermBlocks":
        """Learn every kind."""
        for name, block in self.blocks.items():
            block.fit(texts[name])
        return self

    def weigh(self, texts: dict[str, Sequence[Iterable[str]]]) -> csr_matrix:
        """The kinds' rows, side by side."""
        return hstack([block.weigh(texts[name]) for name, block in self.blocks.items()], "csr")

    def known_shares(self, texts: dict[str, Sequence[Sequence[str]]]) -> np.ndarray:
        """What part of the terms was learnt: texts x kinds."""
        shares = [block.known_share(texts[name]) for name, block in self.blocks.items()]
        return np.stack(shares, axis=1)

    def save(self, folder: Path, name: str) -> None:
        """Write `<name>.terms.json` and `<name>.idf.npz`."""
        terms = {kind: block.as_dict() for kind, block in self.blocks.items()}
        (folder / f"{name}.terms.json").write_text(json.dumps(terms, ensure_ascii=False))
        np.savez(folder / f"{name}.idf.npz", **{k: b._idf for k, b in self.blocks.items()})

    @classmethod
    def load(cls, folder: Path, name: str) -> "TermBlocks":
        """Read what `save` wrote."""
        terms = json.loads((folder / f"{name}.terms.json").read_text())
        with np.load(folder / f"{name}.idf.npz") as idf:
            return cls({k: TermWeights.from_dict(kept, idf[k]) for k, kept in terms.items()})
