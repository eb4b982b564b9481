"""E-mail addresses: found in a text however they are written, freed of slips, compared.

Nothing is looked up on the network.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from email_validator import EmailNotValidError, validate_email
from rapidfuzz.distance import OSA

from crm.profile.likeness import Likeness

PROVIDERS = Path(__file__).parent / "data" / "mail_providers.txt"

ATOM = r"[^\W_](?:[\w+%&'-]*\w)?"
DOT = r"(?:\.|,(?=[a-z]{2,4}\b)|\s+(?:\.|punto|dot)\s+|\s*[(\[](?:dot|punto)[)\]]\s*)"
LOCAL_JOIN = rf"(?:{DOT}|\s+(?:trattino|dash)\s+|\s+(?:underscore|trattino\s+basso)\s+)"
TOP = r"(?:it|com|net|org|eu|con|cmo|ti)"
AT = r"(?:\s*[@＠]+\s*|\s+(?:chiocciola|chiocciolina)\s+|\s*[(\[](?:at|chiocciola)[)\]]\s*)"
LOCAL = rf"(?:{ATOM}[_.-]?(?:{LOCAL_JOIN}{ATOM}_?)*)"
DOMAIN = rf"(?:{ATOM}(?:{DOT}{ATOM})+|{ATOM}\s*\.\s*{TOP}\b|{ATOM})"
WRITTEN = re.compile(rf"(?<![\w.@%&'+-])(?P<local>{LOCAL}){AT}(?P<domain>{DOMAIN})", re.IGNORECASE)
# "steve at gmail.com": only an address if the domain is a mail provider's.
WRITTEN_AT = re.compile(
    rf"(?<![\w.@%&'+-])(?P<local>{ATOM}(?:\.{ATOM})*)\s+at\s+(?P<domain>{ATOM}(?:{DOT}{ATOM})+)",
    re.IGNORECASE,
)
SPOKEN = (
    (re.compile(r"\s*[(\[](?:dot|punto)[)\]]\s*|\s+(?:punto|dot)\s+|,", re.IGNORECASE), "."),
    (re.compile(r"\s+(?:underscore|trattino\s+basso)\s+", re.IGNORECASE), "_"),
    (re.compile(r"\s+(?:trattino|dash)\s+", re.IGNORECASE), "-"),
)

# Ends that exist: an address under one of these is not a slip for .it or .com.
REAL_ENDS = frozenset(
    ("it", "com", "net", "org", "eu", "at", "ch", "li", "lt", "ie", "fr", "de", "es", "uk")
)
# Domains of one mailbox: the address is the same person's under either.
SAME_MAILBOX = {"googlemail.com": "gmail.com", "me.com": "icloud.com", "mac.com": "icloud.com"}

KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
SHORTEST_TELLING = 5
PUNCTUATION = re.compile(r"[._-]")
NOT_LETTERS = re.compile(r"[\W\d_]+")
YEAR = re.compile(r"(?<!\d)(?:19|20)?\d\d$")


@dataclass(frozen=True)
class FoundEmail:
    """An address and where in the text it is written."""

    address: str
    start: int
    end: int


def find_emails(text: str) -> Iterator[FoundEmail]:
    """All addresses in a text, with spoken forms ("chiocciola", "punto") and slips resolved."""
    for written in WRITTEN.finditer(text):
        address = read_email(written["local"], written["domain"])
        if address:
            yield FoundEmail(address, written.start(), written.end())
    for written in WRITTEN_AT.finditer(text):
        domain = correct_domain(_spell_out(written["domain"]).lower())
        address = read_email(written["local"], domain) if domain in _common() else None
        if address:
            yield FoundEmail(address, written.start(), written.end())


def read_email(local: str, domain: str) -> str | None:
    """A valid address from its two parts as they are written, or None."""
    local = _spell_out(local).removeprefix("mailto:")
    domain = correct_domain(_spell_out(domain).lower())
    try:
        checked = validate_email(f"{local}@{domain}", check_deliverability=False)
    except EmailNotValidError:
        return None
    return checked.normalized.lower()


def read_without_at(text: str) -> str | None:
    """An address that lacks its "@": "mario.rossi gmail.com". Only where one was asked for."""
    parts = text.strip(" .,;").split()
    if len(parts) != 2 or correct_domain(parts[1].lower()) not in _common():
        return None
    return read_email(*parts)


def _spell_out(part: str) -> str:
    for pattern, sign in SPOKEN:
        part = pattern.sub(sign, part)
    return "".join(part.split())


def correct_domain(domain: str) -> str:
    """The provider's domain that was meant: gmial.com, gmail.con and gmail are gmail.com.

    A domain that could be another one's stays as it is.
    """
    if domain in _common() or domain in _others():
        return domain
    name, dot, end = domain.partition(".")
    if not dot:
        return _complete(name)
    slips = [other for other in _common() if _is_slip(name, end, other)]
    return slips[0] if slips else domain


def _complete(name: str) -> str:
    """A domain without its end, if only one provider is called so: libero, gmailcom."""
    meant = [other for other in _common() if name in (other.partition(".")[0], _undotted(other))]
    return meant[0] if len(meant) == 1 else name


def _undotted(domain: str) -> str:
    return domain.replace(".", "")


def _is_slip(name: str, end: str, provider: str) -> bool:
    right_name, _, right_end = provider.partition(".")
    same_name, same_end = name == right_name, end == right_end
    end_slips = end not in REAL_ENDS and OSA.distance(end, right_end) <= 1
    name_slips = len(right_name) >= 5 and _is_finger_slip(name, right_name)
    return (same_name and end_slips) or (name_slips and (same_end or end_slips))


def _is_finger_slip(written: str, meant: str) -> bool:
    """One letter lost, doubled or hit beside its key, or two swapped; no other word."""
    if OSA.distance(written, meant) != 1:
        return False
    if len(written) != len(meant):
        return True
    wrong = [(a, b) for a, b in zip(written, meant, strict=True) if a != b]
    return len(wrong) == 2 or _are_neighbours(*wrong[0])


def _are_neighbours(one: str, other: str) -> bool:
    """Whether two keys touch, or both are vowels, which are misheard for one another."""
    if one in "aeiou" and other in "aeiou":
        return one + other in ("ae", "ea", "ei", "ie", "io", "oi", "iu", "ui")
    places = {sign: (y, x + y / 2) for y, row in enumerate(KEYBOARD) for x, sign in enumerate(row)}
    if one not in places or other not in places:
        return False
    (y1, x1), (y2, x2) = places[one], places[other]
    return abs(y1 - y2) <= 1 and abs(x1 - x2) <= 1


@lru_cache(maxsize=5_000)
def email_key(address: str) -> str:
    """The mailbox behind an address: no case, no "+label", no dots at Gmail, no slips.

    Empty when it is no address.
    """
    local, at, domain = address.strip().lower().rpartition("@")
    if not at:
        return ""
    domain = correct_domain(domain)
    domain = SAME_MAILBOX.get(domain, domain)
    local = local.partition("+")[0]
    if domain == "gmail.com":
        local = local.replace(".", "")
    return f"{local}@{domain}"


def compare_emails(one: str, other: str, name_parts: Collection[str] = ()) -> Likeness:
    """Compare two email keys.

    Two mailboxes made of one name are two people's rather than one's slip: mario.rossi and
    mariorossi, mario.rossi@libero.it and mario.rossi@tiscali.it.

    Args:
        one: an address as `email_key` gives it.
        other: another one.
        name_parts: the keys of the names that are known of the people.
    """
    if not one or not other:
        return Likeness.MISSING
    if one == other:
        return Likeness.EXACT
    (local, _, domain), (local2, _, domain2) = one.rpartition("@"), other.rpartition("@")
    if domain == domain2:
        is_slip = _is_slip_of(local, local2, name_parts)
    else:
        is_slip = _are_one_local(local, local2) and _are_one_domain(domain, domain2)
    return Likeness.CLOSE if is_slip else Likeness.ELSE


def _are_one_local(one: str, other: str) -> bool:
    """Whether two are the same but for the dots, which an address at Gmail has lost in its key."""
    one, other = one.replace(".", ""), other.replace(".", "")
    return one == other and len(one) >= SHORTEST_TELLING


def _are_one_domain(one: str, other: str) -> bool:
    """Whether one domain may be a slip for the other: by a letter, or by the country."""
    if OSA.distance(one, other) <= 1:
        return True
    known = (*_common(), *_others())
    return one in known and other in known and one.partition(".")[0] == other.partition(".")[0]


def _is_slip_of(local: str, other: str, name_parts: Collection[str]) -> bool:
    if max(len(local), len(other)) < SHORTEST_TELLING or OSA.distance(local, other) > 1:
        return False
    if PUNCTUATION.sub("", local) == PUNCTUATION.sub("", other):
        return not all(_is_made_of(of, name_parts) for of in (local, other))
    return not (_differ_by_initial(local, other, name_parts) or _differ_by_year(local, other))


def _differ_by_initial(local: str, other: str, name_parts: Collection[str]) -> bool:
    """Whether two addresses are those of two people of one family: b.neri and n.neri."""
    one, second = (NOT_LETTERS.sub("", address) for address in (local, other))
    is_initial = one[:1] in {part[0] for part in name_parts if part} and one[:1] != second[:1]
    return is_initial and one[1:] == second[1:] and one[1:] in name_parts


def _differ_by_year(local: str, other: str) -> bool:
    """Whether two addresses end in two years of birth: rossi57 and rossi87, father and son."""
    years = YEAR.search(local), YEAR.search(other)
    return all(years) and NOT_LETTERS.sub("", local) == NOT_LETTERS.sub("", other)


def _is_made_of(local: str, name_parts: Collection[str]) -> bool:
    """Whether the punctuation of an address stands where the parts of a name meet."""
    parts = {*name_parts, *(part[0] for part in name_parts if part)}
    wholes = {first + second for first in parts for second in (*parts, "")}
    return all(word in wholes for word in NOT_LETTERS.split(local) if word)


@cache
def _common() -> tuple[str, ...]:
    return _listed("common")


@cache
def _others() -> tuple[str, ...]:
    return _listed("other")


def _listed(title: str) -> tuple[str, ...]:
    text = re.sub("#.*", "", PROVIDERS.read_text(encoding="utf-8"))
    sections = re.split(r"\[(\w+)\]", text)[1:]
    return tuple(dict(zip(sections[::2], sections[1::2], strict=True))[title].split())
