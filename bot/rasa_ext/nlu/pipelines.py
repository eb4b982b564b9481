"""spaCy for Italian and English: blank pipelines with a lookup lemmatizer each."""

from functools import cache

import spacy
from spacy.language import Language
from spacy.lookups import load_lookups
from spacy.tokens import Doc, Token

from bot.rasa_ext.nlu.wording import fold, level

LANGUAGES = ("it", "en")
_LEMMAS = "lemma_lookup"


@Language.component("spelling")
def _fold_norms(doc: Doc) -> Doc:
    for token in doc:
        token.norm_ = fold(token.text) or token.text
    return doc


@cache
def pipeline(language: str) -> Language:
    """spaCy's pipeline of a language: words, folded spelling, lemma."""
    words = spacy.blank(language)
    words.add_pipe("spelling")
    lemmatizer = words.add_pipe("lemmatizer", config={"mode": "lookup"})
    lemmatizer.initialize(lookups=load_lookups(language, tables=[_LEMMAS]))
    return words


def analyse(text: str, language: str) -> Doc:
    """The words of a text; their offsets are those of the text."""
    return pipeline(language)(level(text))


def in_dictionary(word: str, language: str) -> bool:
    """Whether the lemmatizer's table of a language lists a word as written in small letters."""
    return word in pipeline(language).get_pipe("lemmatizer").lookups.get_table(_LEMMAS)


@cache
def _lemmas(language: str) -> frozenset[str]:
    return frozenset(pipeline(language).get_pipe("lemmatizer").lookups.get_table(_LEMMAS).values())


def is_listed(word: str, language: str) -> bool:
    """Whether a word in small letters is a form or a lemma of a language's dictionary."""
    return in_dictionary(word, language) or word in _lemmas(language)


def is_dictionary_word(word: Token) -> bool:
    """Whether the dictionary of the word's own language lists it."""
    return in_dictionary(word.lower_, word.lang_) or in_dictionary(word.norm_, word.lang_)


def is_stop_word(word: str, language: str) -> bool:
    """Whether a word in small letters is one of a language's commonest."""
    return word in pipeline(language).Defaults.stop_words
