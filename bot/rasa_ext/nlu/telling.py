"""Which words of a message speak for a language: names, products and codes speak for none."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.rasa_ext.nlu.entities.names import PARTICLES
from bot.rasa_ext.nlu.pipelines import LANGUAGES, is_listed, is_stop_word
from bot.rasa_ext.nlu.spoken import cased_words_of

# A word that one language uses this many times as often as the other is of that language.
_CLEARLY = 12.0
# So often heard, a word is no name even where it begins with a capital ("Good Morning"), and
# tells a language even alone.
_COMMONLY = 8
_BOTH = "both"


@dataclass(frozen=True)
class Spoken:
    """The words that a language is read from, and those of them that belong to one language."""

    words: list[str]
    telling: dict[str, str]


class TellingWords:
    """Knows the values that are the same in every language, and whose words the others are."""

    def __init__(self, values: Iterable[str], heard: Mapping[str, Mapping[str, int]]) -> None:
        """Take values such as names and products; how often each language used each word."""
        self.values = sorted({value.lower() for value in values})
        self.heard = {language: dict(heard.get(language, {})) for language in LANGUAGES}
        self._phrases: dict[str, list[list[str]]] = defaultdict(list)
        for value in self.values:
            words = [word.lower() for word, _ in cased_words_of(value)]
            if words:
                self._phrases[words[0]].append(words)
        for phrases in self._phrases.values():
            phrases.sort(key=len, reverse=True)
        self._used = {language: 1 + sum(self.heard[language].values()) for language in LANGUAGES}

    @classmethod
    def learn(cls, values: Iterable[str], labelled: Iterable[tuple[str, str]]) -> "TellingWords":
        """Learn from values and from texts with their languages."""
        heard: dict[str, Counter[str]] = {language: Counter() for language in LANGUAGES}
        silent = cls(values, {})
        for text, language in labelled:
            heard[language].update(silent.pick(text).words)
        return cls(silent.values, heard)

    def pick(self, text: str) -> Spoken:
        """The words of a text but for its values and proper names."""
        cased = cased_words_of(text)
        words = [word.lower() for word, _ in cased]
        silent = self._values_in(cased) | self._proper_names(cased)
        silent |= self._particles(words, silent)
        spoken = [word for at, word in enumerate(words) if at not in silent]
        owned = {word: self.language_of(word) for word in spoken}
        telling = {word: language for word, language in owned.items() if language}
        return Spoken(spoken, telling if self._suffices(telling) else {})

    def _suffices(self, telling: Mapping[str, str]) -> bool:
        """One word that is not often heard is rather the name of something: "reset", "Glow"."""
        return len(telling) > 1 or any(map(self._is_common, telling))

    def language_of(self, word: str) -> str | None:
        """The one language that a word belongs to; none where it is of both or of neither."""
        heard = self._hearing(word)
        if heard:
            return None if heard == _BOTH else heard
        common = [language for language in LANGUAGES if is_stop_word(word, language)]
        listed = common or [language for language in LANGUAGES if is_listed(word, language)]
        return listed[0] if len(listed) == 1 else None

    def _hearing(self, word: str) -> str | None:
        """Who used a word in the training texts, when it occurred more than once."""
        times = {language: self.heard[language].get(word, 0) for language in LANGUAGES}
        if sum(times.values()) < 2:
            return None
        rates = {language: times[language] / self._used[language] for language in LANGUAGES}
        often, seldom = sorted(LANGUAGES, key=lambda language: -rates[language])
        return often if rates[often] > _CLEARLY * rates[seldom] else _BOTH

    def _values_in(self, cased: Sequence[tuple[str, bool]]) -> set[int]:
        """Where known values stand; in small letters the commonest words are no values."""
        words = [word.lower() for word, _ in cased]
        silent: set[int] = set()
        for at, word in enumerate(words):
            for phrase in self._phrases.get(word, ()):
                if words[at : at + len(phrase)] == phrase:
                    silent.update(range(at, at + len(phrase)))
                    break
        alone = {at for at in silent if not {at - 1, at + 1} & silent and cased[at][0].islower()}
        return silent - {at for at in alone if self._is_common(words[at])}

    def _proper_names(self, words: Sequence[tuple[str, bool]]) -> set[int]:
        """Words with a capital inside a sentence, and what belongs to them: "Ada", "De"."""
        if sum(word.isupper() for word, _ in words) > 0.6 * len(words):
            return set()
        named = [word[:1].isupper() and not self._is_common(word.lower()) for word, _ in words]
        inside = {at for at, (_, begins) in enumerate(words) if named[at] and not begins}
        first = {at - 1 for at in inside if named[at - 1]}
        return inside | first

    def _particles(self, words: Sequence[str], silent: set[int]) -> set[int]:
        """Words such as "de" and "lo" before a name."""
        return {at - 1 for at in silent if at > 0 and words[at - 1] in PARTICLES}

    def _is_common(self, word: str) -> bool:
        heard = max(self.heard[language].get(word, 0) for language in LANGUAGES)
        return heard >= _COMMONLY or _is_stop_word(word)


def _is_stop_word(word: str) -> bool:
    return any(is_stop_word(word, language) for language in LANGUAGES)
