"""What of a message its intent is read from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rasa.shared.nlu.training_data.message import Message

from bot.rasa_ext.nlu.concepts import ConceptBook, concept_terms
from bot.rasa_ext.nlu.entities.finding import FOUND
from bot.rasa_ext.nlu.terms import TermBlocks, TermWeights, char_ngrams, word_ngrams
from bot.rasa_ext.nlu.wording import fold, reading, signs

# Of these only the kind tells something: every customer has another number.
_ONLY_KIND = frozenset({"email", "cap", "codice_fiscale", "phone", "order_number", "amount"})
# The intent stands at the beginning or the end; what a very long message adds is noise.
_LONGEST_READ = 1200


@dataclass(frozen=True)
class Utterance:
    """A message as the intent classifier sees it."""

    text: str
    lemmas: tuple[str, ...]
    entities: tuple[str, ...]


def utterance_of(message: Message) -> Utterance:
    """Read a message that has been through the analyser and the entity extractor."""
    text, found = message.get("text") or "", message.get(FOUND) or []
    text = text[:_LONGEST_READ]
    lemmas = tuple(fold(token.lemma) for token in message.get("text_tokens") or ())
    kinds = tuple(_mark(e["entity"]) for e in found if e["entity"] not in _ONLY_KIND)
    return Utterance(reading(_with_kinds(text, found)), lemmas[: _LONGEST_READ // 4], kinds)


def garbled(utterance: Utterance) -> Utterance:
    """The utterance in words that nobody knows: each one from its end to its beginning."""
    words = [word[::-1] for word in utterance.text.split()]
    return Utterance(" ".join(words), tuple(lemma[::-1] for lemma in utterance.lemmas), ())


def _with_kinds(text: str, found: Iterable[dict[str, Any]]) -> str:
    """The text with the kind in the place of each value that is only a number or address."""
    for entity in sorted(found, key=lambda entity: -entity["start"]):
        if entity["entity"] in _ONLY_KIND and entity["start"] < len(text):
            mark = f" {_mark(entity['entity'])} "
            text = text[: entity["start"]] + mark + text[entity["end"] :]
    return text


def _mark(entity: str) -> str:
    return f"x{entity.replace('_', '')}x"


class UtteranceTerms:
    """The kinds of term of an utterance: words, pieces of words, concepts."""

    def __init__(self, concepts: Mapping[str, str], blocks: TermBlocks | None = None) -> None:
        self._book = ConceptBook(concepts)
        self.blocks = blocks or TermBlocks(
            {
                "words": TermWeights(length=1.25),
                "pieces": TermWeights(length=1.0, rarest=2),
                "concepts": TermWeights(length=1.5, rarest=2),
            }
        )

    @property
    def concepts(self) -> dict[str, str]:
        """The concepts that it knows, as they were given."""
        return self._book.concepts

    def of(self, utterances: Sequence[Utterance]) -> dict[str, list[list[str]]]:
        """The terms of each kind, one list an utterance."""
        words = [signs(utterance.text) for utterance in utterances]
        return {
            "words": [_word_terms(u, w) for u, w in zip(utterances, words, strict=True)],
            "pieces": [char_ngrams(utterance.text) for utterance in utterances],
            "concepts": [concept_terms(w, self._book.find(w)) for w in words],
        }


def _word_terms(utterance: Utterance, words: list[str]) -> list[str]:
    lemmas = [f"l:{lemma}" for lemma in utterance.lemmas]
    length = f"n:{min(len(words), 12) // 2}"
    return [*word_ngrams(words), *lemmas, *utterance.entities, length]
