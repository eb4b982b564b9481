"""Words as the lexical sides see them: folded, split, stemmed, in Italian and English."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

import Stemmer

_WORD = re.compile(r"[^\W_]+")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_STEMMERS = {"it": "italian", "en": "english"}

# Articles, prepositions, auxiliaries, courtesies. Question words (quanto, quando, dove, come,
# how, when) are kept: in questions they tell one document from another.
_STOP = {
    "it": """a ad al allo alla ai agli alle all d da dal dallo dalla dai dagli dalle dall di del
        dello della dei degli delle dell e ed i il in l la le lo gli un uno una nel nello nella nei
        negli nelle nell su sul sullo sulla sui sugli sulle sull per con col tra fra o che chi mi ti
        ci vi si se ma anche io tu lui lei noi voi loro mio mia miei mie tuo tua vostro vostra
        vostri vostre ho hai ha abbiamo avete hanno sono sei e siamo siete era sia essere avere
        questo questa questi queste quello quella ne cui c vorrei volevo ciao salve buongiorno
        buonasera grazie scusate scusa sapere""",
    "en": """a an the and or of to in on at for from by with as is are was were be been am i you he
        she it we they my your our their me us them this that these those do does did have has had
        will would could should shall if so please hi hello hey thanks thank s t m d ll re ve
        there""",
}
# As messages are typed on a phone. Question words matter most: "qnt" tells a price from a date.
_SHORTHAND = dict(
    pair.split("=")
    for pair in [
        "qnt=quanto",
        "qnto=quanto",
        "qnd=quando",
        "qndo=quando",
        "dv=dove",
        "cm=come",
        "nn=non",
        "cn=con",
        "sn=sono",
        "xke=perché",
        "xche=perché",
        "xché=perché",
        "xké=perché",
        "perke=perché",
        "pke=perché",
        "ke=che",
        "cs=cosa",
        "cmq=comunque",
        "qlc=qualche",
        "tel=telefono",
        "num=numero",
        "u=you",
        "ur=your",
        "abt=about",
        "pls=please",
        "plz=please",
        "thx=thanks",
    ]
)
STOP_WORDS = {language: frozenset(words.split()) for language, words in _STOP.items()}


def fold(text: str) -> str:
    """Lower case, without accents, one form for each character (NFKD)."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return _BEYOND_ASCII.sub(_without_accent, decomposed)


def _without_accent(found: re.Match[str]) -> str:
    return "" if unicodedata.combining(found[0]) else found[0]


def split_words(text: str) -> list[str]:
    """The folded words of a text; an apostrophe divides ("l'ordine" gives l, ordine)."""
    return _WORD.findall(fold(text))


def content_words(text: str, language: str) -> list[str]:
    """The words that carry meaning; all of them where nothing else would be left."""
    every = split_words(text)
    stop = STOP_WORDS.get(language, frozenset())
    return [word for word in every if word not in stop] or every


def in_full(text: str) -> str:
    """The text with the abbreviations of text messages written out."""
    return _WORD.sub(lambda word: _SHORTHAND.get(word[0].lower(), word[0]), text)


def stems(text: str, language: str) -> list[str]:
    """The stems of the content words, in order."""
    return [stem(word, language) for word in content_words(text, language)]


@lru_cache(maxsize=200_000)
def stem(word: str, language: str) -> str:
    """The Snowball stem; the word itself in a language that has no stemmer here."""
    if language not in _STEMMERS:
        return word
    return str(_stemmer(language).stemWord(word))


@lru_cache
def _stemmer(language: str) -> Stemmer.Stemmer:
    return Stemmer.Stemmer(_STEMMERS[language])


def guess_language(texts: Iterable[str], default: str = "it") -> str:
    """The language whose small words occur most; `default` where none does."""
    words = [word for text in texts for word in split_words(text)]
    counts = {language: sum(w in stop for w in words) for language, stop in STOP_WORDS.items()}
    best = max(counts, key=lambda language: counts[language])
    return best if counts[best] > counts.get(default, 0) else default
