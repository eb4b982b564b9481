"""One spelling for the many ways in which people write the same thing."""

import re
import unicodedata

# No channel carries longer messages; what lies beyond is not read.
LONGEST_READ = 5000

# One character for one character, so that offsets stay those of the original text.
_SAME_LENGTH = str.maketrans(
    dict.fromkeys("’‘‛`´ʼ′＇", "'") | dict.fromkeys("\t\r\n\xa0\u2009\u202f", " ")
)
_LETTER_REPEATED = re.compile(r"([^\W\d_])\1{2,}")
_MARK_REPEATED = re.compile(r"([^\w\s])\1+")
# "e' arrivato", "perche'": an apostrophe typed for an accent.
_APOSTROPHE_FOR_ACCENT = re.compile(r"(?<=[aeiou])'(?![\w'])")
_SPACES = re.compile(r"\s+")
_WORD = re.compile(r"\w+")
# Words, and the marks that tell something: questions, shouts, money, emoji (without their shade).
_SIGN = re.compile(r"\w+|[^\w\s.,;:'\"()\[\]{}/\\*_~…–—-]")
_SHADES = re.compile("[\ufe0f\u200d\U0001f3fb-\U0001f3ff]")

# Chat abbreviations, by the folded spelling that they stand for.
_SHORTHAND = {
    "nn": "non", "cmq": "comunque", "xke": "perche", "xche": "perche", "perke": "perche",
    "pke": "perche", "qnd": "quando", "qndo": "quando", "qnt": "quanto", "qnto": "quanto",
    "cn": "con", "sn": "sono", "grz": "grazie", "qlc": "qualcosa", "qlcs": "qualcosa",
    "qlcn": "qualcuno", "tt": "tutto", "tutt": "tutto", "cs": "cosa", "ke": "che", "ki": "chi",
    "anke": "anche", "ank": "anche", "nnt": "niente", "nnte": "niente", "dv": "dove",
    "msg": "messaggio", "num": "numero", "tel": "telefono", "risp": "rispondere",
    "pls": "please", "plz": "please", "thx": "thanks", "tks": "thanks", "thks": "thanks",
    "ty": "thanks", "u": "you", "ur": "your", "r": "are", "abt": "about", "wanna": "want to",
    "gonna": "going to", "dont": "don t", "cant": "can t", "didnt": "didn t",
    "doesnt": "doesn t", "isnt": "isn t", "wont": "won t", "im": "i m", "ive": "i ve",
    "whats": "what s", "wheres": "where s", "msgs": "messages", "rn": "right now",
}  # fmt: skip
_X_FOR_PER = re.compile(r"\bx(?=\s+(?!\d)\w)")


def level(text: str) -> str:
    """The text with one kind of apostrophe and of space, as long as before."""
    return text[:LONGEST_READ].translate(_SAME_LENGTH)


def fold(text: str) -> str:
    """Compatible characters, lower case, no accents, no letter three times in a row."""
    compatible = unicodedata.normalize("NFKC", level(text)).casefold()
    parts = unicodedata.normalize("NFD", compatible)
    bare = "".join(part for part in parts if not unicodedata.combining(part))
    return _LETTER_REPEATED.sub(r"\1", bare)


def reading(text: str) -> str:
    """The text as a classifier reads it: folded, abbreviations written out, one space between."""
    folded = _APOSTROPHE_FOR_ACCENT.sub("", fold(text))
    folded = _X_FOR_PER.sub("per", _MARK_REPEATED.sub(r"\1\1", folded))
    spelt = _WORD.sub(lambda word: _SHORTHAND.get(word[0], word[0]), folded)
    return _SPACES.sub(" ", spelt).strip()


def signs(text: str) -> list[str]:
    """The words of a text already in one spelling, and its telling marks."""
    return _SIGN.findall(_SHADES.sub("", text))
