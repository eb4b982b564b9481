"""Finds the meanings behind words: many words, in two languages, for one concept."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path

from rasa.shared.exceptions import InvalidConfigException

_ANY_ENDING = "*"
_SHORTEST_STEM = 2
# Pairs grow with the square of the concepts of a message; long stories need no more of them.
MOST_PAIRED = 12


class ConceptBook:
    """Which concepts each word or phrase stands for."""

    def __init__(self, concepts: Mapping[str, str]) -> None:
        """Read `concept: word, stem*, a phrase of words, ...` as in nlu_data/concepts.txt."""
        self.concepts = dict(concepts)
        self._words: dict[str, list[str]] = defaultdict(list)
        self._stems: dict[str, list[str]] = defaultdict(list)
        self._phrases: dict[str, list[tuple[list[str], str]]] = defaultdict(list)
        for concept, words in self.concepts.items():
            for phrase in words.split(","):
                self._add(concept, phrase.split())
        self._longest_stem = max(map(len, self._stems), default=0)

    def _add(self, concept: str, phrase: list[str]) -> None:
        if len(phrase) > 1:
            first = phrase[0]
            key = _ANY_ENDING if first.endswith(_ANY_ENDING) else first
            self._phrases[key].append((phrase, concept))
        elif phrase and phrase[0].endswith(_ANY_ENDING):
            self._stems[phrase[0][:-1]].append(concept)
        elif phrase:
            self._words[phrase[0]].append(concept)

    def find(self, words: Sequence[str]) -> list[list[str]]:
        """The concepts that begin at each word."""
        return [self._at(words, at) for at in range(len(words))]

    def _at(self, words: Sequence[str], at: int) -> list[str]:
        word = words[at]
        found = list(self._words.get(word, ()))
        for length in range(_SHORTEST_STEM, min(len(word), self._longest_stem) + 1):
            found += self._stems.get(word[:length], ())
        candidates = (*self._phrases.get(word, ()), *self._phrases.get(_ANY_ENDING, ()))
        found += [concept for phrase, concept in candidates if _begins(words, at, phrase)]
        return list(dict.fromkeys(found))


def concept_terms(words: Sequence[str], found: Sequence[list[str]]) -> list[str]:
    """Concepts, every two that meet in a message, and what it begins and ends with."""
    concepts = [concept for here in found for concept in here]
    met = sorted(set(concepts))[:MOST_PAIRED]
    pairs = [f"{one}+{other}" for one, other in combinations(met, 2)]
    edges = []
    if words:
        edges = [f"^{concept}" for concept in found[0] or words[:1]]
        edges += [f"{concept}$" for concept in found[-1] or words[-1:]]
    return concepts + pairs + edges


def read_concepts(path: Path) -> dict[str, str]:
    """The concepts of a file: lines `name: word, stem*, a phrase`; lines with # are remarks.

    Raises:
        ValueError: a line has no name.
    """
    concepts: dict[str, str] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        name, colon, words = line.partition(":")
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if not colon or not words.strip():
            raise ValueError(f"line {number} of {path} is not 'name: word, stem*, a phrase'.")
        concepts[name.strip()] = words
    return concepts


def concepts_of(path: str | None, component: str) -> dict[str, str]:
    """The concepts of the file that a component's setting names; none without a file.

    Raises:
        InvalidConfigException: the file cannot be read.
    """
    try:
        return read_concepts(Path(path)) if path else {}
    except (OSError, ValueError) as problem:
        raise InvalidConfigException(
            f"The setting 'concepts' of {component} names a file that cannot be read: {problem}"
        ) from problem


def _begins(words: Sequence[str], at: int, phrase: Sequence[str]) -> bool:
    if len(phrase) > len(words) - at:
        return False
    return all(
        word.startswith(part[:-1]) if part.endswith(_ANY_ENDING) else word == part
        for part, word in zip(phrase, words[at:], strict=False)
    )
