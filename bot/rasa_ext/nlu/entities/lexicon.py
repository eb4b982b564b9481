"""Finds words of the lookup tables: products and cities, however they are spelt."""

from collections.abc import Iterable, Iterator, Mapping

from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc, Span
from spacy.util import filter_spans

from bot.rasa_ext.nlu.entities.finding import Finding
from bot.rasa_ext.nlu.pipelines import LANGUAGES, pipeline
from bot.rasa_ext.nlu.wording import fold

_STREET_WORDS = frozenset({
    "via", "v.le", "viale", "piazza", "p.zza", "piazzale", "corso", "c.so", "largo", "vicolo",
    "street", "road", "avenue", "square",
})  # fmt: skip


class Lexicon:
    """The phrases of one entity and the value that each stands for."""

    def __init__(self, entity: str, phrases: Iterable[str], synonyms: Mapping[str, str]) -> None:
        self._entity = entity
        self._synonyms = {fold(said): value for said, value in synonyms.items()}
        phrases = sorted(set(phrases))
        self._matchers = {language: _matcher(phrases, language) for language in LANGUAGES}

    def find(self, doc: Doc) -> Iterator[Finding]:
        """The longest phrases in a text; the value is what a synonym stands for, else the words."""
        matcher = self._matchers.get(doc.lang_, self._matchers[LANGUAGES[0]])
        for parts in self._groups(filter_spans(matcher(doc, as_spans=True))):
            whole = doc[parts[0].start : parts[-1].end]
            value = self._synonym(whole, parts) or self._plain_value(whole)
            yield Finding(whole.start_char, whole.end_char, self._entity, value)

    def _groups(self, spans: list[Span]) -> Iterator[list[Span]]:
        """Phrases that stand directly side by side are one: "ferro" and "arricciacapelli"."""
        group: list[Span] = []
        for span in spans:
            if group and span.start != group[-1].end:
                yield group
                group = []
            group.append(span)
        if group:
            yield group

    def _synonym(self, whole: Span, parts: list[Span]) -> str | None:
        known = (self._synonyms.get(_words(span)) for span in (whole, *reversed(parts)))
        return next((value for value in known if value), None)

    def _plain_value(self, whole: Span) -> str:
        return _words(whole)


class Places(Lexicon):
    """Names of places, each on its own and never that of a street."""

    def _groups(self, spans: list[Span]) -> Iterator[list[Span]]:
        return ([span] for span in spans if not _is_street_name(span))

    def _plain_value(self, whole: Span) -> str:
        return whole.text.title()


def _words(span: Span) -> str:
    return " ".join(fold(span.text).split())


def _matcher(phrases: list[str], language: str) -> PhraseMatcher:
    words = pipeline(language)
    matcher = PhraseMatcher(words.vocab, attr="NORM")
    matcher.add("PHRASE", [words(phrase) for phrase in phrases])
    return matcher


def _is_street_name(span: Span) -> bool:
    return span.start > 0 and span.doc[span.start - 1].norm_ in _STREET_WORDS
