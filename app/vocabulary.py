"""The words that the assistant knows: from its examples, lists and documents; names; places."""

import re
import threading
from collections.abc import Iterator
from functools import cache

from app.settings import ROOT
from crm.profile.names import is_family_name, is_given_name, plain
from crm.profile.ordinary_words import is_ordinary
from crm.profile.places import is_place
from knowledge.index import KnowledgeIndex
from knowledge.search import KnowledgeSearch
from knowledge.words import STOP_WORDS, stem

NLU_DATA = ROOT / "nlu_data"
LEARNT_FROM = {".yml", ".csv", ".txt"}
WORD = re.compile(r"[^\W\d_]{3,}")
LANGUAGES = ("it", "en")


class Vocabulary:
    """Whether a word is known. The documents are read again with each new version of the index."""

    def __init__(self, knowledge: KnowledgeSearch) -> None:
        self._knowledge = knowledge
        self._reading = threading.Lock()
        self._version = ""
        self._documents: frozenset[str] = frozenset()

    def knows(self, word: str) -> bool:
        """Whether a word in small letters, or another form of it, is among those learnt."""
        if any(word in small for small in STOP_WORDS.values()) or is_ordinary(word):
            return True
        if is_place(word):
            return True
        if is_given_name(word) or is_family_name(word):
            return True
        forms = forms_of(word)
        return not forms.isdisjoint(_learnt()) or not forms.isdisjoint(self._in_documents())

    def _in_documents(self) -> frozenset[str]:
        index = self._knowledge.index
        with self._reading:
            if index.version != self._version:
                self._documents, self._version = frozenset(_words_of(index)), index.version
            return self._documents


def forms_of(word: str) -> frozenset[str]:
    """A word without accents, and its stems: what its other forms have in common with it."""
    bare = plain(word)
    return frozenset([bare, *(stem(bare, language) for language in LANGUAGES)])


def _words_of(index: KnowledgeIndex) -> Iterator[str]:
    for document in index:
        yield from _words_in(" ".join((document.title, document.text, *document.also)))


@cache
def _learnt() -> frozenset[str]:
    """The words of the training data, as it is when the app starts."""
    files = (path for path in sorted(NLU_DATA.rglob("*")) if path.suffix in LEARNT_FROM)
    return frozenset(word for path in files for word in _words_in(path.read_text("utf-8")))


def _words_in(text: str) -> Iterator[str]:
    for word in set(WORD.findall(text.casefold())):
        yield from forms_of(word)
