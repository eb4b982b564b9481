"""All documents of one kind in one language, with the three sides that find them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.dense import DenseSide
from knowledge.documents import Document
from knowledge.encoder import Vectors
from knowledge.lexical import LexicalSide
from knowledge.records import Records
from knowledge.settings import SearchSettings
from knowledge.spelling import Spelling
from knowledge.words import content_words

_LEXICAL = "lexical"
_SPELLING = "spelling.json"


@dataclass
class Partition:
    """Row i is the same document on every side."""

    kind: str
    language: str
    records: Records
    dense: DenseSide
    lexical: LexicalSide
    spelling: Spelling
    _missing: dict[str, NDArray[np.bool_]] = field(default_factory=dict, repr=False)

    @classmethod
    def open(cls, folder: Path, kind: str, language: str, settings: SearchSettings) -> "Partition":
        """Read what `write_partition` wrote."""
        return cls(
            kind,
            language,
            Records(folder),
            DenseSide.load(folder, settings),
            LexicalSide.load(folder / _LEXICAL, settings.lexical_fields_of(kind)),
            Spelling.load(folder / _SPELLING, language),
        )

    def missing_from(self, other: "Partition | None") -> NDArray[np.bool_]:
        """The rows whose group has no document in the other partition."""
        name = other.language if other else ""
        if name not in self._missing:
            groups = frozenset(other.records.groups) if other else frozenset()
            held = [group not in groups for group in self.records.groups]
            self._missing[name] = np.array(held, dtype=np.bool_)
        return self._missing[name]


def write_partition(
    folder: Path, documents: Sequence[Document], vectors: Vectors, settings: SearchSettings
) -> None:
    """Write documents of one kind and language, and their sides, to a new folder."""
    kind, language = documents[0].kind, documents[0].language
    fields = settings.lexical_fields_of(kind)
    folder.mkdir()
    Records.write(folder, documents)
    DenseSide.build(vectors, settings).save(folder)
    LexicalSide.build(documents, language, fields).save(folder / _LEXICAL)
    Spelling.build(_words(documents, language), language).save(folder / _SPELLING)


def _words(documents: Iterable[Document], language: str) -> set[str]:
    words: set[str] = set()
    for document in documents:
        texts = (document.title, *document.also, document.text, *document.tags)
        words.update(content_words(" ".join(texts), language))
    return words
