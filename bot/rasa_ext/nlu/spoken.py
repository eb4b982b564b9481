"""Which language a message is in, as far as it and its surroundings say without any training."""

import re

from rasa.shared.nlu.training_data.message import Message

from bot.rasa_ext.nlu.pipelines import LANGUAGES, in_dictionary, is_stop_word
from bot.rasa_ext.nlu.wording import level

DEFAULT_LANGUAGE = "it"
_LONGEST_READ = 300
_STOP_WORD_COUNTS = 2
_WORD = re.compile(r"[^\W\d_]+")
# Codes and addresses have no language.
_NO_LANGUAGE = re.compile(r"\S*[@\d]\S*|https?:\S*|www\.\S*")


def cased_words_of(text: str) -> list[tuple[str, bool]]:
    """The words of a text without codes and addresses, and whether each begins a sentence."""
    plain = _NO_LANGUAGE.sub(" ", level(text[:_LONGEST_READ]))
    words = _WORD.finditer(plain)
    return [(word[0], _begins_sentence(plain[: word.start()].rstrip())) for word in words]


def _begins_sentence(before: str) -> bool:
    return not before or before[-1] in ".!?:"


def words_of(text: str) -> list[str]:
    """The words of a text, in small letters, without codes and addresses."""
    return [word.lower() for word, _ in cased_words_of(text)]


def leaning(words: list[str]) -> int:
    """By how many words of one dictionary only a text leans to English (or, negative, Italian)."""
    return sum(map(_leaning, words))


def _leaning(word: str) -> int:
    common = is_stop_word(word, "en") - is_stop_word(word, "it")
    if common:
        return common * _STOP_WORD_COUNTS
    return in_dictionary(word, "en") - in_dictionary(word, "it")


def labelled_language(message: Message) -> str | None:
    """The language that the training data gives an example, in its intent's metadata."""
    metadata = (message.get("metadata") or {}).get("intent")
    language = metadata.get("language") if isinstance(metadata, dict) else None
    return language if language in LANGUAGES else None


def conversation_language(message: Message) -> str | None:
    """The conversation's language so far, as the input channel passes it."""
    language = (message.get("metadata") or {}).get("language")
    return language if language in LANGUAGES else None


def language_of(message: Message, default: str = DEFAULT_LANGUAGE) -> str:
    """The language as identified, else as labelled, else as the dictionaries guess it."""
    known = message.get("language") or labelled_language(message)
    if known in LANGUAGES:
        return known
    guess = leaning(words_of(message.get("text") or ""))
    if guess:
        return "en" if guess > 0 else "it"
    return conversation_language(message) or default
