"""Search: every partition ranked on three sides, answers with a calibrated "I do not know"."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from knowledge.confidence import COMPARED, Hit, probability_of, signals
from knowledge.documents import Document
from knowledge.encoder import Encoder, Vectors
from knowledge.index import KnowledgeIndex, LiveIndex
from knowledge.partition import Partition
from knowledge.ranking import rank
from knowledge.settings import SearchSettings
from knowledge.taste import taste_vector
from knowledge.words import in_full

Where = Callable[[Document], bool]

ANSWERING = ("answer", "page")
_WIDER = 8


@dataclass(frozen=True, slots=True)
class Answer:
    """The best document for a question, and whether to give it.

    Where `confident` is False, ask back with the titles of the `alternatives` (two at most).
    """

    hit: Hit | None
    confident: bool
    probability: float
    alternatives: tuple[Document, ...]


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: the assurance level, the day (today), and what else a document must satisfy."""

    level: str = "anonymous"
    on: date | None = None
    where: Where | None = None

    def rows(self, partition: Partition) -> NDArray[np.bool_] | None:
        """The rows that may be read; None for all of them."""
        return partition.records.visible(self.level, self.on or datetime.now().astimezone().date())

    def accepts(self, document: Document) -> bool:
        """Whether the caller's own condition holds."""
        return self.where is None or self.where(document)


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked: the words and their vector."""

    words: str
    vector: Vectors


class KnowledgeSearch:
    """Finds documents by meaning, by words and in spite of typing errors."""

    def __init__(
        self,
        index: KnowledgeIndex | LiveIndex,
        encoder: Encoder,
        settings: SearchSettings | None = None,
    ) -> None:
        self._index = index
        self._encoder = encoder
        self._settings = settings or SearchSettings()

    @property
    def encoder(self) -> Encoder:
        """What turns texts into vectors here."""
        return self._encoder

    def refresh(self) -> None:
        """Take over at once a version of the index that has just been published."""
        if isinstance(self._index, LiveIndex):
            self._index.refresh()

    def with_settings(self, settings: SearchSettings) -> "KnowledgeSearch":
        """The same index and encoder, searched in another way."""
        return KnowledgeSearch(self._index, self._encoder, settings)

    @property
    def index(self) -> KnowledgeIndex:
        """The version that is searched now."""
        return self._index.get() if isinstance(self._index, LiveIndex) else self._index

    def search(
        self,
        query: str,
        language: str,
        kinds: Collection[str] | None = None,
        limit: int = 5,
        level: str = "anonymous",
        on: date | None = None,
        where: Where | None = None,
    ) -> list[Hit]:
        """The best documents in this language; in another one where this one has none."""
        if not query.strip():
            return []
        words = in_full(query)
        question = _Question(words, self._encoder.encode([words], asked=True)[0])
        return self._find(question, language, kinds, limit, Reader(level, on, where))

    def answer(
        self,
        query: str,
        language: str,
        level: str = "anonymous",
        on: date | None = None,
        kinds: Collection[str] = ANSWERING,
    ) -> Answer:
        """The best answer, how sure it is, and the two best others to ask back with."""
        hits = self.search(query, language, kinds, COMPARED, level, on)
        if not hits:
            return Answer(None, False, 0.0, ())
        probability = probability_of(signals(hits), self._settings.confidence)
        confident = probability >= self._settings.confidence.threshold
        others = hits[1:3] if confident else hits[:2]
        return Answer(hits[0], confident, probability, tuple(hit.document for hit in others))

    def similar(
        self,
        document_ids: Iterable[str],
        kinds: Collection[str] = ("product",),
        limit: int = 10,
        language: str = "it",
        level: str = "anonymous",
        on: date | None = None,
        where: Where | None = None,
    ) -> list[Hit]:
        """What is most like these documents (given by id), without them."""
        return self.candidates(document_ids, "", limit, kinds, language, level, on, where)

    def candidates(
        self,
        liked: Iterable[str],
        said: str = "",
        limit: int = 50,
        kinds: Collection[str] = ("product",),
        language: str = "it",
        level: str = "anonymous",
        on: date | None = None,
        where: Where | None = None,
    ) -> list[Hit]:
        """What is near to the liked documents (by id) and to what was just said, best first."""
        tastes = dict.fromkeys(liked, 1.0)
        return self.near_taste(tastes, [said], kinds, limit, language, level, on, where)

    def near_taste(
        self,
        liked: Mapping[str, float],
        words: Sequence[str],
        kinds: Collection[str] = ("product",),
        limit: int = 50,
        language: str = "it",
        level: str = "anonymous",
        on: date | None = None,
        where: Where | None = None,
    ) -> list[Hit]:
        """What is near to documents liked as much as given and to some words, without the liked."""
        vector = taste_vector(self.index, self._encoder, liked, words, kinds, language)
        if not vector.any():
            return []

        def is_new(document: Document) -> bool:
            return document.id not in liked and (where is None or where(document))

        question = _Question(" ".join(words), vector)
        return self._find(question, language, kinds, limit, Reader(level, on, is_new))

    def _find(
        self,
        question: _Question,
        language: str,
        kinds: Collection[str] | None,
        limit: int,
        reader: Reader,
    ) -> list[Hit]:
        hits: list[Hit] = []
        for partition, foreign in _places(self.index, language, kinds):
            rows = reader.rows(partition)
            allowed = rows if foreign is None else foreign if rows is None else rows & foreign
            hits += self._best_of(partition, question, allowed, limit, reader)
        return sorted(hits, key=lambda hit: -hit.score)[:limit]

    def _best_of(
        self,
        partition: Partition,
        question: _Question,
        allowed: NDArray[np.bool_] | None,
        limit: int,
        reader: Reader,
    ) -> list[Hit]:
        """Widen the candidates until enough of them satisfy the reader's condition."""
        count = max(limit, self._settings.candidates)
        while True:
            ranking = rank(
                partition, question.words, question.vector, allowed, count, self._settings
            )
            hits = (Hit(partition.records[row], *scores) for row, *scores in ranking)
            found = list(islice((hit for hit in hits if reader.accepts(hit.document)), limit))
            if len(found) == limit or count >= len(partition.records) or reader.where is None:
                return found
            count *= _WIDER


def _places(
    index: KnowledgeIndex, language: str, kinds: Collection[str] | None
) -> Iterator[tuple[Partition, NDArray[np.bool_] | None]]:
    """The partitions to search: all of this language, of another what this one does not have."""
    for (kind, spoken), partition in index.partitions.items():
        if kinds is not None and kind not in kinds:
            continue
        if spoken == language:
            yield partition, None
            continue
        only = partition.missing_from(index.partitions.get((kind, language)))
        if only.any():
            yield partition, only
