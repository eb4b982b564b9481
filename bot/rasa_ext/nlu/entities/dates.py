"""Finds days and stretches of days, in Italian and English.

The value is `YYYY-MM-DD` where the words name a day of a year; otherwise it is the words
themselves, folded: which day "domani" is depends on when it is asked, and that is not known here.
"""

import re
from collections.abc import Iterator
from datetime import date

from spacy.tokens import Doc

from bot.rasa_ext.nlu.entities.finding import Finding
from bot.rasa_ext.nlu.wording import fold

_MONTHS_IT = (
    "gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto",
    "settembre", "ottobre", "novembre", "dicembre",
)  # fmt: skip
_MONTHS_EN = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_SHORT_MONTHS = (
    "gen", "feb", "mar", "apr", "mag", "giu", "lug", "ago", "sett?", "ott", "nov", "dic", "jan",
    "may", "june?", "july?", "aug", "sept?", "oct", "dec",
)  # fmt: skip
# "May" and "march" are words too: alone they are months only after these.
_UNMISTAKEN_MONTHS = "|".join((*_MONTHS_IT, *(m for m in _MONTHS_EN if m not in ("may", "march"))))
_MONTH_ALONE = rf"(?:{_UNMISTAKEN_MONTHS}|(?:(?<=in )|(?<=of )|(?<=since )|(?<=by ))(?:may|march))"
_MONTH = "|".join((*_MONTHS_IT, *_MONTHS_EN, *(rf"{month}\.?" for month in _SHORT_MONTHS)))

_DAY = r"(?:primo|first|1°|[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th|°|º)?"
_YEAR = r"(?:19|20)\d{2}"
_WEEKDAY_IT = r"(?:(?:lune|marte|mercole|giove|vener)d[iì]'?|sabato|domenica)"
_WEEKDAY_EN = r"(?:(?:mon|tues?|wednes|thurs?|fri|satur|sun)days?)"
_PART_IT = r"(?:\s+(?:mattina|pomeriggio|sera|notte))?"
_NEXT_IT = r"(?:prossim[oa]|scors[oa]|ultim[oa]|passat[oa]|che viene)"
_THE_IT = r"(?:(?:la|il|lo|l'|questa|questo|quest')\s?)?"
_COUNT = (
    r"(?:\d{1,3}|un'?|una|due|tre|quattro|cinque|sei|sette|otto|nove|dieci|quindici|venti|"
    r"un paio di|qualche|pochi|a|an|one|two|three|four|five|six|seven|eight|nine|ten|a few|"
    r"a couple of)"
)
_SPAN = (
    r"(?:giorn[oi]|settiman[ae]|mes[ei]|ann[oi]|quindicina|days?|weeks?|months?|years?|fortnight)"
)
_WHOLE_IT = r"(?:settimana|mese|anno|week\s?-?end|fine settimana|estate|inverno|primavera|autunno)"
_WHOLE_EN = r"(?:week|month|year|weekend|summer|winter|spring|autumn|fall)"
_FEAST = (
    r"(?:natale|pasquetta|pasqua|capodanno|ferragosto|epifania|befana|san valentino|halloween|"
    r"christmas(?: eve| day)?|easter(?: monday| sunday)?|new year'?s?(?: eve| day)?|boxing day|"
    r"valentine'?s day|black friday)"
)

# Days of a year or of any year; the groups y, m and d make the value.
_CALENDAR_DAYS = (
    rf"(?P<y>{_YEAR})-(?P<m>\d{{1,2}})-(?P<d>\d{{1,2}})",
    r"(?P<d>0?[1-9]|[12]\d|3[01])(?P<mark>[/.-])(?P<m>0?[1-9]|1[0-2])(?P=mark)"
    r"(?P<y>(?:19|20)?\d{2})",
    r"(?:il\s+)?(?:0?[1-9]|[12]\d|3[01])/(?:0?[1-9]|1[0-2])",
    rf"(?:{_WEEKDAY_IT}\s+)?(?:(?:il|l'|dal|al|del|lo)\s?)?(?P<d>{_DAY})\s*(?:di\s+)?"
    rf"(?P<m>{_MONTH})(?:\s+(?:del\s+)?(?P<y>{_YEAR}))?",
    rf"(?:{_WEEKDAY_EN},?\s+)?(?:the\s+)?(?P<d>{_DAY})\s+(?:of\s+)?(?P<m>{_MONTH})"
    rf"(?:,?\s+(?P<y>{_YEAR}))?",
    rf"(?P<m>{_MONTH})\s+(?:the\s+)?(?P<d>{_DAY})(?!\d|\s*[:€])(?:,?\s+(?P<y>{_YEAR}))?",
)
_RELATIVE_DAYS = (
    rf"(?:(?:l')?altro\s?ieri|avantieri|(?:dopo\s?)?domani|ieri){_PART_IT}|oggi|stamattina|"
    r"stamani|stasera|stanotte|questa (?:mattina|sera|notte)|questo pomeriggio|l'altra sera",
    r"(?:the )?day (?:after tomorrow|before yesterday)|today|tonight|tomorrow|yesterday|"
    r"this (?:morning|afternoon|evening)|last night|the day after",
    rf"{_WEEKDAY_IT}\s+(?:il\s+)?\d{{1,2}}\b",
    rf"(?:(?:(?:il|lo|la)\s+)?(?:prossim[oa]|scors[oa]|quest[oa])\s+)?{_WEEKDAY_IT}"
    rf"(?:\s+{_NEXT_IT})?{_PART_IT}",
    rf"(?:(?:next|last|this)\s+)?{_WEEKDAY_EN}(?:\s+(?:the\s+)?{_DAY}\b)?",
    r"the\s+(?:[12]?\d|3[01])(?:st|nd|rd|th)",
    r"il\s+(?:[12]?\d|3[01])(?=\s*(?:$|[.,;?!]|mattina|pomeriggio|sera|alle|dalle|non\b))",
    _FEAST,
)
_STRETCHES = (
    rf"{_THE_IT}{_NEXT_IT}\s+{_WHOLE_IT}",
    rf"{_THE_IT}{_WHOLE_IT}\s+{_NEXT_IT}",
    r"questa settimana|questo mese|quest'anno|(?:in|nel|questo) week\s?-?end",
    rf"(?:the\s+)?(?:next|last|this|past|coming)\s+(?:{_WHOLE_EN}|{'|'.join(_MONTHS_EN)})",
    rf"(?:fra|tra|in|within)\s+{_COUNT}\s?{_SPAN}",
    rf"{_COUNT}\s?{_SPAN}\s+(?:fa|ago|or sono|addietro)",
    rf"{_MONTH_ALONE}(?:\s+(?:scorso|prossimo))?(?:\s+{_YEAR})?",
)
_DATES = [
    re.compile(rf"(?<![\w/@.-])(?:{form})(?![\w/@-])", re.I)
    for form in (*_CALENDAR_DAYS, *_RELATIVE_DAYS, *_STRETCHES)
]


def find_dates(doc: Doc) -> Iterator[Finding]:
    """Days ("il 3 maggio", "domani", "12/05/1980") and stretches ("la settimana scorsa")."""
    for pattern in _DATES:
        for match in pattern.finditer(doc.text):
            yield Finding(match.start(), match.end(), "date", _value(match))


def _value(match: re.Match[str]) -> str:
    parts = match.groupdict()
    if parts.get("y"):
        try:
            return date(_year(parts["y"]), _month(parts["m"]), _day(parts["d"])).isoformat()
        except ValueError:
            pass
    return " ".join(fold(match[0]).split())


def _year(written: str) -> int:
    if len(written) == 4:
        return int(written)
    return int(written) + (2000 if int(written) < 40 else 1900)


def _month(written: str) -> int:
    if written.isdigit():
        return int(written)
    name = fold(written)[:3]
    for months in (_MONTHS_IT, _MONTHS_EN):
        for number, month in enumerate(months, 1):
            if month.startswith(name):
                return number
    raise ValueError(f"{written!r} is no month.")


def _day(written: str) -> int:
    digits = re.match(r"\d+", written)
    return int(digits[0]) if digits else 1
