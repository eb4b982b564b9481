"""Where in a text somebody says who they are: email, codice fiscale, telephone, CAP.

Every fact found is blanked out before the next kind is looked for, so that the digits of a
telephone number are no CAP and the letters of an address no name.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from crm.profile.emails import find_emails
from crm.profile.phones import find_phones
from crm.profile.places import is_plausible, places_of
from crm.profile.tax_codes import find_tax_codes

BLANK = "\x00"

# Numbers that are something else than a CAP: EG-20417, "ordine n. 20417", "il numero è 20417".
_FILLER = (
    r"(?:è|e'|is|il|lo|la|l'|the|di|del|dell'|mio|my|numero|number|n|nr|no|num|ordine|order|of)"
)
NUMBERED = re.compile(
    r"\b(?!(?:I|IT)-\d{5}\b)[A-Z]{1,4}-\d{3,}\b"
    r"|\bEG\s?\d{4,}\b"
    r"|(?:\b(?:ordin[ei]|orders?|ticket|segnalazione|fattura|invoice|scontrino|receipt|pratica"
    r"|tessera|carta|card|tracking|spedizione|codice|(?<!zip )(?<!postal )(?<!post )code|pin|otp"
    r"|numero|number|nr|no\.|n\.)|n[°º]|\#)"
    rf"[\s:.°º#'-]*(?:{_FILLER}\b[\s:.°º#']*){{0,5}}[A-Z]{{0,3}}[\s-]?\d{{3,}}\b",
    re.IGNORECASE,
)
ABOUT_NUMBERS = re.compile(
    r"\b(?:ordin[ei]|orders?|ticket|fattura|invoice|scontrino|receipt|pratica|tessera|tracking"
    r"|numero|number|codice|code|pin|otp)\b",
    re.IGNORECASE,
)
CAP = re.compile(
    r"(?<![\w€$£])(?<!\d[.,/-])(?:IT?-)?(?P<cap>\d{5})(?![\w%€/]|-\d|[.,]\d)"
    r"(?!\s*(?:euro|eur|€|punti|points|volte|km|kg|ml|watt|pezzi)\b)",
    re.IGNORECASE,
)
SPREAD_CAP = re.compile(r"(?<!\d)(?:\d[ .-]?){4}\d(?!\d)")

_IS = r"(?:\s*(?:è|é|e'|e|is|sarebbe|was|era|:|=|-))*\s*"
_MY = r"(?:\b(?:il|lo|la|e|ed|the|and|my|our|mio|mia|nostro|nostra|con|with|here's|ecco)\s+|\bl')*"
CAP_LEAD = re.compile(
    rf"{_MY}\b(?:c\.?a\.?p\.?|codice(?:\s+di\s+avviamento)?\s+postale|post(?:al)?\s?code"
    rf"|zip(?:\s?code)?)(?:\s+(?:di\s+casa(?:\s+mia)?|di\s+residenza|number|numero))?{_IS}$",
    re.IGNORECASE,
)
EMAIL_LEAD = re.compile(
    r"(?:\b(?:sono\s+|mi\s+sono\s+)?(?:registrat[oa]|iscritt[oa])\s+con\s+"
    r"|\b(?:scriv\w+|contatt\w+|rispond\w+)(?:mi|temi|etemi)\s+a\s+"
    r"|\b(?:accesso|entro)\s+con\s+|\breach\s+me\s+at\s+|\blog\s+me\s+in\s+as\s+)?"
    rf"(?:{_MY}\b(?:indirizzo\s+(?:di\s+posta\s+elettronica|di\s+posta|e-?mail|mail)|e-?mail\s+address"
    rf"|e-?mail|mail|posta\s+elettronica|posta|indirizzo|casella|address){_IS})?$",
    re.IGNORECASE,
)
PHONE_LEAD = re.compile(
    rf"(?:{_MY}\b(?:numero(?:\s+di\s+(?:telefono|cellulare))?|telefono|tel\.?|cellulare|cell\.?"
    rf"|(?:phone|mobile)(?:\s+number)?|mobile){_IS})?$",
    re.IGNORECASE,
)
TAX_CODE_LEAD = re.compile(
    rf"(?:{_MY}\b(?:codice\s+fiscale|c\.?f\.?|(?:italian\s+)?tax\s+code){_IS})?$", re.IGNORECASE
)
NEGATION = re.compile(
    r"(?:\bnon|\bnot|n't)\s+(?:(?:è|e'|era|più|is|was|am|il|la|lo|l'|the|my|mio|mia|in)\s*)*$",
    re.IGNORECASE,
)
WORD_AFTER = re.compile(r"\s*,?\s*([^\W\d_][\w' -]*)")
WORDS_BEFORE = re.compile(r"([^\W\d_][\w' -]*?)\s*,?\s*$")


@dataclass(frozen=True)
class Spot:
    """A fact in a text: from where its introduction begins to where it ends."""

    kind: str
    value: str
    start: int
    end: int
    value_start: int
    denied: bool = False


def spot_facts(text: str, expected: str | None = None) -> tuple[list[Spot], str]:
    """All facts but names, in order, and the text with them and other numbers blanked out.

    The blanked text has the length of the original.
    """
    spots: list[Spot] = []
    for find in (_emails, _tax_codes, _phones):
        found = list(find(text))
        text = blank_out(text, found)
        spots += found
    for number in NUMBERED.finditer(text):
        if not CAP_LEAD.search(text[: number.start()]):
            text = _blank(text, number.start(), number.end())
    caps = list(_caps(text, is_expected=expected == "cap"))
    return sorted([*spots, *caps], key=lambda spot: spot.start), blank_out(text, caps)


def blank_out(text: str, spots: list[Spot]) -> str:
    """The text with what was found replaced by blanks of the same length."""
    for spot in spots:
        text = _blank(text, spot.start, spot.end)
    return text


def _blank(text: str, start: int, end: int) -> str:
    return text[:start] + BLANK * (end - start) + text[end:]


def _emails(text: str) -> Iterator[Spot]:
    for found in find_emails(text):
        yield _spot("email", found.address, text, found.start, found.end, EMAIL_LEAD)


def _tax_codes(text: str) -> Iterator[Spot]:
    for found in find_tax_codes(text):
        yield _spot("codice_fiscale", found.code, text, found.start, found.end, TAX_CODE_LEAD)


def _phones(text: str) -> Iterator[Spot]:
    for found in find_phones(text):
        if not re.search(r"[A-Za-z]-?$", text[: found.start]):
            yield _spot("phone", found.number, text, found.start, found.end, PHONE_LEAD)


def _caps(text: str, *, is_expected: bool) -> Iterator[Spot]:
    for found in CAP.finditer(text):
        cap, start, end = found["cap"], found.start(), found.end()
        is_named = CAP_LEAD.search(text[:start]) is not None
        if is_named or is_expected or _is_cap_here(cap, text, start, end):
            start, end = _with_place(cap, text, start, end)
            yield _spot("cap", cap, text, start, end, CAP_LEAD)
    spread = SPREAD_CAP.fullmatch(text.strip()) if is_expected else None
    if spread and not CAP.search(text):
        yield Spot("cap", re.sub(r"\D", "", text), 0, len(text), 0)


def _is_cap_here(cap: str, text: str, start: int, end: int) -> bool:
    if not is_plausible(cap):
        return False
    clause = re.split(rf"[,;!?\n{BLANK}]|\w{{3,}}\.\s", text[:start])[-1]
    return not ABOUT_NUMBERS.search(clause) or _with_place(cap, text, start, end) != (start, end)


def _with_place(cap: str, text: str, start: int, end: int) -> tuple[int, int]:
    """The span with the place written beside the CAP: "38068 Rovereto", "Bari 70121"."""
    for place in places_of(cap):
        comune = re.escape(place.comune)
        after = re.match(
            rf"[\s,]*{comune}\b(?:\s*\(?{place.provincia}\b\)?)?", text[end:], re.IGNORECASE
        )
        before = re.search(
            rf"(?:\b(?:abito|vivo|sto|risiedo|i\s+live)\s+(?:a|in)\s+)?\b{comune}[\s,]*$",
            text[:start],
            re.IGNORECASE,
        )
        if after or before:
            return (before.start() if before else start), (end + after.end() if after else end)
    return start, end


def _spot(kind: str, value: str, text: str, start: int, end: int, lead: re.Pattern[str]) -> Spot:
    led = lead.search(text[:start])
    lead_start = led.start() if led else start
    denied = bool(NEGATION.search(text[:lead_start]) or NEGATION.search(text[:start]))
    return Spot(kind, value, lead_start, end, start, denied)
