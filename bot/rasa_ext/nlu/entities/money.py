"""Finds amounts of money, in figures and in words."""

import re
from collections.abc import Iterator

from spacy.tokens import Doc

from bot.rasa_ext.nlu.entities.finding import Finding

_NUMBERS = {
    "due": 2, "tre": 3, "quattro": 4, "cinque": 5, "sei": 6, "sette": 7,
    "otto": 8, "nove": 9, "dieci": 10, "undici": 11, "dodici": 12, "tredici": 13,
    "quattordici": 14, "quindici": 15, "sedici": 16, "diciassette": 17, "diciotto": 18,
    "diciannove": 19, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6,
    "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13,
    "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18,
    "nineteen": 19,
}  # fmt: skip
_ITALIAN_TENS = {
    "vent": 20, "trent": 30, "quarant": 40, "cinquant": 50, "sessant": 60, "settant": 70,
    "ottant": 80, "novant": 90,
}  # fmt: skip
_ENGLISH_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70,
    "eighty": 80, "ninety": 90,
}  # fmt: skip
_ENGLISH_UNITS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_ITALIAN_UNITS = ("uno", "due", "tre", "quattro", "cinque", "sei", "sette", "otto", "nove")


def _number_words() -> dict[str, int]:
    """Every number from 1 to 99 and the round hundreds, by its words in both languages."""
    words = dict(_NUMBERS)
    for stem, ten in _ITALIAN_TENS.items():
        words[stem + ("i" if stem == "vent" else "a")] = ten
        for unit, name in enumerate(_ITALIAN_UNITS, 1):
            vowel = "" if name[0] in "uo" else ("i" if stem == "vent" else "a")
            words[stem + vowel + name] = ten + unit
    for word, ten in _ENGLISH_TENS.items():
        words[word] = ten
        for unit, name in enumerate(_ENGLISH_UNITS, 1):
            words[f"{word}-{name}"] = words[f"{word} {name}"] = ten + unit
    words |= {"cento": 100, "mille": 1000, "a hundred": 100, "one hundred": 100}
    words |= {name + "cento": 100 * n for n, name in enumerate(_ITALIAN_UNITS, 1) if n > 1}
    return words | {"centocinquanta": 150, "centoventi": 120, "a thousand": 1000}


WORDS = _number_words()
_FIGURE = r"\d{1,3}(?:[.,'\s]\d{3})+(?:[.,]\d{1,2})?|\d{1,6}(?:[.,]\d{1,2})?"
_SAID = "|".join(sorted(map(re.escape, WORDS), key=len, reverse=True))
_CURRENCY = r"€|£|\$|eur\b|euros?\b|eurini\b|euri\b|pounds?\b|sterline\b|dollar[is]?\b|quid\b"
_CENTS = r"(?:\s+(?:e|and)\s+(?P<cents>\d{2})(?=\s*(?:cent|[.,;!?)]|$))(?:\s*cent(?:esimi|s)?\b)?)?"
_AFTER = re.compile(
    rf"(?<![\w.,-])(?P<number>{_FIGURE}|(?:{_SAID}))\s?(?:{_CURRENCY}){_CENTS}", re.I
)
_BEFORE = re.compile(rf"(?:€|£|\$|\beuros?\s|\beur\s)\s?(?P<number>{_FIGURE})(?![\w%])", re.I)


def find_amounts(doc: Doc) -> Iterator[Finding]:
    """Amounts with their currency; the value is a plain decimal number such as "29.90"."""
    for match in _AFTER.finditer(doc.text):
        cents = match["cents"]
        value = amount_of(match["number"]) + (f".{cents}" if cents else "")
        yield Finding(match.start(), match.end(), "amount", value)
    for match in _BEFORE.finditer(doc.text):
        yield Finding(match.start(), match.end("number"), "amount", amount_of(match["number"]))


def amount_of(written: str) -> str:
    """A number as written in Italy or in Britain, in figures or words, as a plain decimal."""
    word = WORDS.get(written.lower())
    if word is not None:
        return str(word)
    digits = re.sub(r"[\s']", "", written)
    whole, _, decimals = re.fullmatch(r"(.*?)(?:([.,])(\d{1,2}))?", digits).groups("")  # type: ignore[union-attr]
    whole = re.sub(r"\D", "", whole)
    return f"{int(whole)}.{decimals:0<2}" if decimals else str(int(whole))
