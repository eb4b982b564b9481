"""Finds names of people: after words that announce one, or where words that are names meet."""

from collections.abc import Iterable, Iterator

from spacy.tokens import Doc, Token

from bot.rasa_ext.nlu.entities.announcing import ANNOUNCING, PERHAPS_ANNOUNCING
from bot.rasa_ext.nlu.entities.finding import Finding
from bot.rasa_ext.nlu.pipelines import is_dictionary_word
from bot.rasa_ext.nlu.wording import fold

LONGEST_NAME = 5
PARTICLES = frozenset({
    "de", "di", "del", "dello", "della", "dei", "degli", "delle", "da", "dal", "dalla", "dall'",
    "dell'", "d'", "lo", "la", "li", "le", "o'", "mc", "mac", "van", "von", "der", "den", "el",
    "al", "bin", "ben", "do", "dos",
})  # fmt: skip
# Given names that, in small letters, are adjectives or things far more often than people.
_MORE_OFTEN_WORDS = frozenset({
    "rosa", "viola", "bianca", "bianco", "rossa", "rosso", "celeste", "felice", "serena",
    "sereno", "allegra", "grazia", "gioia", "gentile", "franca", "franco", "chiara", "chiaro",
    "fortunata", "fortunato", "bella", "iris", "perla", "ambra", "aurora", "alba", "stella",
    "luce", "libera", "libero", "vera", "vero", "santa", "santo", "domenica", "sabato", "natale",
    "pace", "rita", "marina", "fiore", "rose", "grace", "hope", "faith", "joy", "may", "june",
    "april", "will", "mark", "bill", "pat", "sue", "guy", "dean", "grant", "young", "white",
    "black", "brown", "green", "gray", "grey", "king", "cook", "baker", "long", "short", "price",
    "page", "day", "best", "moss", "wood", "bell", "rice", "fedele", "benvenuto", "aria",
    "bongiorno", "buono", "caro", "cara", "amico", "amica", "cliente", "ferro", "conte",
})  # fmt: skip
_STREET_WORDS = frozenset({
    "via", "viale", "piazza", "corso", "largo", "vicolo", "street", "road", "avenue",
})  # fmt: skip


class NameBook:
    """Given names and surnames, and the ordinary words that no name is taken from."""

    def __init__(
        self,
        given: Iterable[str],
        surnames: Iterable[str],
        places: Iterable[str],
        ordinary: Iterable[str],
    ) -> None:
        self._given = {fold(name) for name in given}
        self._surnames = {fold(part) for name in surnames for part in name.split()}
        self._places = {fold(place) for place in places}
        self._ordinary = {fold(word) for word in ordinary}

    def find(self, doc: Doc) -> Iterator[Finding]:
        """The names in a text; the value has capital initials."""
        sentence = _Sentence([word for word in doc if not word.is_space])
        for first, last in self._spans(doc, sentence):
            words = sentence.words[first:last]
            start, end = words[0].idx, words[-1].idx + len(words[-1])
            yield Finding(start, end, "person_name", _capitalised(doc.text[start:end]))

    def _spans(self, doc: Doc, sentence: "_Sentence") -> Iterator[tuple[int, int]]:
        for pattern, certain in ((ANNOUNCING, True), (PERHAPS_ANNOUNCING, False)):
            for match in pattern.finditer(doc.text):
                first = sentence.index_at(match.end())
                titled = bool(match.groupdict().get("title"))
                last = self._end_of_name(sentence, first, certain or titled)
                if last > first:
                    yield first, last
        yield from self._alone(sentence)
        yield from self._meeting(sentence)

    def _end_of_name(self, sentence: "_Sentence", first: int, certain: bool) -> int:
        """Where a name that begins at a word ends; the same word when there is none."""
        if first >= len(sentence.words) or not self._may_begin(sentence, first, certain):
            return first
        last = first + 1
        while last < len(sentence.words) and last - first < LONGEST_NAME:
            if self._may_go_on(sentence, last):
                last += 1
            elif self._is_particle(sentence, last) and self._is_part(sentence, last + 1):
                last += 2
            else:
                break
        return last

    def _may_begin(self, sentence: "_Sentence", at: int, certain: bool) -> bool:
        word = sentence.words[at]
        if self._is_particle(sentence, at) and self._is_part(sentence, at + 1):
            return sentence.shows_capital(at) or certain
        if not _is_wordlike(word) or self._is_stop(word) or self._is_street(sentence, at):
            return False
        if certain:
            told = sentence.shows_capital(at) or self._is_name(word)
            return told or not self._is_ordinary(word)
        return self._is_clear_name(sentence, at)

    def _may_go_on(self, sentence: "_Sentence", at: int) -> bool:
        word = sentence.words[at]
        if self._is_stop(word) or not _is_wordlike(word) or word.norm_ in _STREET_WORDS:
            return False
        if sentence.shows_capital(at - 1):
            return sentence.shows_capital(at)
        return self._is_name(word) or not self._is_ordinary(word)

    def _is_part(self, sentence: "_Sentence", at: int) -> bool:
        """Whether a word may come after "De" or "Lo" in a surname."""
        if at >= len(sentence.words) or not _is_wordlike(sentence.words[at]):
            return False
        word = sentence.words[at]
        if word.norm_ in self._places or self._is_stop(word):
            return False
        return sentence.shows_capital(at) or word.norm_ in self._surnames

    def _is_clear_name(self, sentence: "_Sentence", at: int) -> bool:
        word = sentence.words[at]
        if word.norm_ in self._places and word.norm_ not in self._given:
            return False
        if sentence.shows_capital(at):
            return self._is_name(word) or not self._is_ordinary(word)
        if word.norm_ not in self._given:
            return False
        unmistaken = word.norm_ not in _MORE_OFTEN_WORDS and word.norm_ not in self._ordinary
        return unmistaken or self._surname_follows(sentence, at)

    def _surname_follows(self, sentence: "_Sentence", at: int) -> bool:
        return at + 1 < len(sentence.words) and sentence.words[at + 1].norm_ in self._surnames

    def _alone(self, sentence: "_Sentence") -> Iterator[tuple[int, int]]:
        """Stretches between commas that are nothing but a name."""
        for first, last in sentence.stretches():
            words = [word for word in sentence.words[first:last] if word.norm_ not in PARTICLES]
            if 0 < len(words) <= LONGEST_NAME and self._are_a_name(sentence, first, last, words):
                yield first, last

    def _are_a_name(self, sentence: "_Sentence", first: int, last: int, words: list[Token]) -> bool:
        if words[-1].norm_ in self._places and len(words) == 1:
            return False
        if len(words) == 1:
            alone = sentence.is_whole(first, last) or sentence.shows_capital(last - 1)
            return alone and self._is_name(words[0]) and words[0].norm_ not in _MORE_OFTEN_WORDS
        if all(self._is_name(word) for word in words):
            return any(word.norm_ not in _MORE_OFTEN_WORDS for word in words)
        shown = all(sentence.shows_capital(at) for at in range(first, last))
        known = any(self._is_name(word) for word in words) or sentence.is_whole(first, last)
        return shown and known and not any(self._is_ordinary(word) for word in words)

    def _meeting(self, sentence: "_Sentence") -> Iterator[tuple[int, int]]:
        """A given name before or after a surname."""
        for at, word in enumerate(sentence.words):
            unclear = not self._is_clear_name(sentence, at) or self._is_street(sentence, at)
            if word.norm_ not in self._given or unclear:
                continue
            before = at > 0 and sentence.words[at - 1].norm_ in self._surnames
            if before and sentence.shows_capital(at - 1) and sentence.shows_capital(at):
                yield at - 1, at + 1
            last = self._end_of_name(sentence, at, certain=False)
            if last > at + 1:
                yield at, last

    def _is_name(self, word: Token) -> bool:
        return word.norm_ in self._given or word.norm_ in self._surnames

    def _is_stop(self, word: Token) -> bool:
        return word.is_stop and not self._is_name(word)

    def _is_ordinary(self, word: Token) -> bool:
        known = word.norm_ in self._ordinary or is_dictionary_word(word)
        return known or word.is_stop or word.norm_.endswith("mente")

    def _is_street(self, sentence: "_Sentence", at: int) -> bool:
        return at > 0 and sentence.words[at - 1].norm_ in _STREET_WORDS

    def _is_particle(self, sentence: "_Sentence", at: int) -> bool:
        return at < len(sentence.words) and sentence.words[at].norm_ in PARTICLES


class _Sentence:
    """The words of a message, and what their capitals tell."""

    def __init__(self, words: list[Token]) -> None:
        self.words = words
        letters = [word for word in words if word.is_alpha and len(word) > 1]
        self.is_shouted = sum(word.is_upper for word in letters) > 0.6 * len(letters)

    def shows_capital(self, at: int) -> bool:
        """Whether a word has a capital that tells something: not where all is in capitals."""
        return not self.is_shouted and self.words[at].text[:1].isupper()

    def index_at(self, offset: int) -> int:
        """The first word at or after an offset."""
        return next(
            (at for at, word in enumerate(self.words) if word.idx >= offset), len(self.words)
        )

    def stretches(self) -> Iterator[tuple[int, int]]:
        """What stands between marks, digits and addresses."""
        first = 0
        for at, word in enumerate(self.words):
            if not _is_wordlike(word):
                if at > first:
                    yield first, at
                first = at + 1
        if len(self.words) > first:
            yield first, len(self.words)

    def is_whole(self, first: int, last: int) -> bool:
        """Whether a stretch is all that the message says."""
        outside = self.words[:first] + self.words[last:]
        return not any(word.is_alpha or word.like_num for word in outside)


def _is_wordlike(word: Token) -> bool:
    return word.text.replace("'", "").replace("-", "").isalpha()


def _capitalised(name: str) -> str:
    if name != name.lower() and name != name.upper():
        return " ".join(name.split())
    return " ".join(_capital_initials(part) for part in name.lower().split())


def _capital_initials(part: str) -> str:
    for mark in ("'", "-"):
        if mark in part:
            return mark.join(piece[:1].upper() + piece[1:] for piece in part.split(mark))
    return part[:1].upper() + part[1:]
