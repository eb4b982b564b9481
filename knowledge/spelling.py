"""The side of typing errors: words nobody wrote, mended by the character n-grams they share."""

import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.words import stem

_SIZES = (2, 3)
_SHORTEST = 3
_SHORTEST_MENDED = 4


class Spelling:
    """The words of the documents, found again from a misspelt one."""

    def __init__(self, words: list[str], language: str) -> None:
        self.language = language
        self._words = words
        self._sizes = np.zeros(len(words), dtype=np.float32)
        self._holders = self._index()

    @classmethod
    def build(cls, words: Iterable[str], language: str) -> "Spelling":
        """Learn the words of at least three letters."""
        return cls(sorted({word for word in words if len(word) >= _SHORTEST}), language)

    @classmethod
    def load(cls, path: Path, language: str) -> "Spelling":
        """Read what `save` wrote."""
        return cls(json.loads(path.read_text("utf-8")), language)

    def save(self, path: Path) -> None:
        """Write the words; the n-grams are made again when it is read."""
        path.write_text(json.dumps(self._words, ensure_ascii=False), "utf-8")

    def near(self, word: str, at_least: float, count: int) -> dict[str, float]:
        """The stems of up to `count` words that look alike, with their likeness (Dice, 0 to 1)."""
        if len(word) < _SHORTEST_MENDED or not self._words:
            return {}
        likeness = self._likeness(word)
        found: dict[str, float] = {}
        for at in np.argsort(-likeness, kind="stable")[: count * 8]:
            if likeness[at] < at_least or len(found) == count:
                break
            found.setdefault(stem(self._words[at], self.language), float(likeness[at]))
        return found

    def _likeness(self, word: str) -> NDArray[np.float32]:
        grams = _grams(word)
        holders = [self._holders[gram] for gram in grams if gram in self._holders]
        if not holders:
            return np.zeros(len(self._words), dtype=np.float32)
        shared = np.bincount(np.concatenate(holders), minlength=len(self._words))
        return (2 * shared / (self._sizes + len(grams))).astype(np.float32)

    def _index(self) -> dict[str, NDArray[np.int32]]:
        holders: dict[str, list[int]] = {}
        for at, word in enumerate(self._words):
            grams = _grams(word)
            self._sizes[at] = len(grams)
            for gram in grams:
                holders.setdefault(gram, []).append(at)
        return {gram: np.array(rows, dtype=np.int32) for gram, rows in holders.items()}


def _grams(word: str) -> set[str]:
    padded = f"<{word}>"
    return {padded[at : at + n] for n in _SIZES for at in range(len(padded) - n + 1)}
