"""Finds what has a fixed form: e-mail addresses, codici fiscali, order numbers, phones, CAPs."""

import re
from collections.abc import Iterator

from spacy.tokens import Doc

from bot.rasa_ext.nlu.entities.finding import Finding

_AT_SIGN = r"\s?@\s?"
_AT_SAID = r"\s*[\[(]\s*(?:at|chiocciola)\s*[\])]\s*|\s+(?:chiocciol(?:a|ina)|at sign)\s+"
_AT_WORD = r"\s+at\s+"
_JOINT = r"(?:[._%+-]|\s+(?:punto|dot|trattino basso|underscore|trattino|dash|meno)\s+)"
_DOT = r"(?:\s?\.\s?|\s+(?:punto|dot)\s+)"
_PART = r"[a-z0-9]+(?:[-_][a-z0-9]+)*"
_LOCAL = rf"(?P<local>[a-z0-9]+(?:{_JOINT}+[a-z0-9]+)*)"
_DOMAIN = rf"(?P<domain>{_PART}(?:(?:{_DOT}){_PART})*(?:{_DOT})[a-z]{{2,10}})"
_EMAIL_TYPED = re.compile(
    r"(?P<local>[\w.%+'-]{1,64})@(?P<domain>[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,24})", re.I
)
_EMAIL_SAID = re.compile(rf"(?<![\w.@]){_LOCAL}(?:{_AT_SIGN}|{_AT_SAID}){_DOMAIN}\b", re.I)
_EMAIL_AT = re.compile(rf"(?<![\w.@]){_LOCAL}{_AT_WORD}{_DOMAIN}\b", re.I)
_MAIL_CUE = re.compile(r"\b(?:e-?mail|mail|posta|indirizzo|address|contact)\b", re.I)
_MAIL_HOSTS = frozenset({
    "gmail", "hotmail", "outlook", "yahoo", "libero", "tiscali", "alice", "virgilio", "icloud",
    "live", "msn", "fastwebnet", "tin", "email", "inwind", "proton", "protonmail", "pec", "aruba",
    "example", "me", "googlemail", "aol",
})  # fmt: skip
_SPOKEN_MARKS = (
    (r"\s+(?:punto|dot)\s+", "."),
    (r"\s+(?:trattino basso|underscore)\s+", "_"),
    (r"\s+(?:trattino|dash|meno)\s+", "-"),
)

_DIGIT = "[0-9LMNPQRSTUV]"
_CODICE_FISCALE = re.compile(
    rf"\b[A-Z]{{3}}[ -]?[A-Z]{{3}}[ -]?{_DIGIT}{{2}}[ABCDEHLMPRST]{_DIGIT}{{2}}[ -]?"
    rf"[A-Z]{_DIGIT}{{3}}[A-Z]\b",
    re.I,
)
_ORDER_NUMBER = re.compile(r"\bE\.?G\.?\s?[-–_/.]?\s?(\d{5,6})\b", re.I)
_PHONE = re.compile(
    r"(?<![\w/.,-])(?:(?P<plus>\+|00)(?P<country>\d{1,3})[\s./-]?)?"
    r"\(?(?P<number>(?:3\d{2}|0\d{1,4}|\d{2,4})\)?(?:[\s./-]?\d{2,7}){1,5})(?![\w/-]|[.,]\d)"
)
_FIVE_DIGITS = re.compile(r"(?<![\w/.,+-])(\d{5})(?![\w/-]|[.,]\d)")
_NOT_A_CAP = re.compile(r"\s*(?:€|euro?s?\b|punti\b|points?\b|ml\b|g\b|watt|w\b)", re.I)
_ITALIAN_CAPS = range(10, 98169)

_ORDER_WORDS = frozenset({
    "ordine", "ordini", "ord", "order", "orders", "pacco", "parcel", "package", "spedizione",
    "shipment", "acquisto", "n", "nr", "no", "num", "#", "numero", "number",
})  # fmt: skip
_CAP_WORDS = frozenset({
    "cap", "postale", "avviamento", "postcode", "zip", "postal",
})  # fmt: skip
_PLACE_WORDS = _CAP_WORDS | frozenset({
    "zona", "via", "viale", "piazza", "corso", "largo", "abito", "vivo", "risiedo", "citta",
    "paese", "live", "area",
})  # fmt: skip
_NEAR, _FAR = 3, 12


def find_emails(doc: Doc) -> Iterator[Finding]:
    """Addresses as typed, or dictated ("mario punto rossi chiocciola libero punto it")."""
    for pattern in (_EMAIL_TYPED, _EMAIL_SAID):
        for match in pattern.finditer(doc.text):
            yield _email(match)
    for match in _EMAIL_AT.finditer(doc.text):
        host = re.split(r"\W", match["domain"].lower())[0]
        if host in _MAIL_HOSTS or _MAIL_CUE.search(doc.text, 0, match.start()):
            yield _email(match)


def _email(match: re.Match[str]) -> Finding:
    start = match.start() + len(match["local"]) - len(match["local"].lstrip(".'-+"))
    address = f"{match['local'].lstrip('''.'-+''')}@{match['domain']}"
    for said, mark in _SPOKEN_MARKS:
        address = re.sub(said, mark, address, flags=re.I)
    return Finding(start, match.end(), "email", re.sub(r"\s+", "", address).lower())


def find_codici_fiscali(doc: Doc) -> Iterator[Finding]:
    """Sixteen characters of the right form; whether one is valid is for the profile to judge."""
    for match in _CODICE_FISCALE.finditer(doc.text):
        value = re.sub(r"[ -]", "", match[0]).upper()
        yield Finding(match.start(), match.end(), "codice_fiscale", value)


def find_order_numbers(doc: Doc) -> Iterator[Finding]:
    """EG and five digits in any spelling, or five digits said of an order."""
    for match in _ORDER_NUMBER.finditer(doc.text):
        yield Finding(match.start(), match.end(), "order_number", f"EG-{match[1]}")
    for match in _FIVE_DIGITS.finditer(doc.text):
        if _speaks_of_order(doc, match.start()):
            yield Finding(match.start(1), match.end(1), "order_number", f"EG-{match[1]}")


def find_caps(doc: Doc) -> Iterator[Finding]:
    """Five digits in the range of Italian CAPs that are not said of an order."""
    for match in _FIVE_DIGITS.finditer(doc.text):
        is_cap = int(match[1]) in _ITALIAN_CAPS and not _NOT_A_CAP.match(doc.text, match.end())
        if is_cap and not _speaks_of_order(doc, match.start()):
            yield Finding(match.start(1), match.end(1), "cap", match[1])


def _speaks_of_order(doc: Doc, at: int) -> bool:
    """Whether the words before a number speak of an order: the last one, else any CAP, first."""
    before = [word.norm_.strip(".:°") for word in doc if word.idx < at and not word.is_punct]
    if before and before[-1] in _ORDER_WORDS:
        return True
    if _PLACE_WORDS.intersection(before[-_NEAR:]) or _CAP_WORDS.intersection(before[-_FAR:]):
        return False
    return bool(_ORDER_WORDS.intersection(before[-_FAR:]))


def find_phones(doc: Doc) -> Iterator[Finding]:
    """Italian mobile and fixed numbers, and foreign ones with their country's prefix."""
    for match in _PHONE.finditer(doc.text):
        digits = re.sub(r"\D", "", match["number"])
        country = match["country"] or "39"
        if _may_be_phone(digits, foreign=bool(match["plus"]) and country != "39"):
            yield Finding(match.start(), match.end(), "phone", f"+{country}{digits}")


def _may_be_phone(digits: str, foreign: bool) -> bool:
    if foreign:
        return 6 <= len(digits) <= 13
    if digits.startswith("3"):
        return 9 <= len(digits) <= 10
    return digits.startswith("0") and 8 <= len(digits) <= 11
