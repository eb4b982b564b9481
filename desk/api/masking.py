"""What a reader may see of people: everything, or only what cannot be traced to one of them."""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from crm.conversation.inbox import names_said
from crm.conversation.models import Conversation
from crm.profile.directory import names_of
from crm.profile.emails import find_emails
from crm.profile.phones import find_phones
from crm.ticket.models import Ticket
from desk.api.access import Staff

DOTS = "•••"
EMAIL = re.compile(r"([^\s@<>,;:()\"']+)@([\w.-]+\.\w+)")
CODICE_FISCALE = re.compile(
    r"\b[A-Z]{6}[0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{3}[A-Z]\b", re.IGNORECASE
)
# Seven digits and more, however they are grouped: a phone number, if not a date.
LONG_NUMBER = re.compile(r"(?<![\w-])\+?\d(?:[ ./()-]{0,2}\d){6,}(?!\w)")
DATE = re.compile(r"\d{1,4}([-./])\d{1,2}\1\d{1,4}")
SHORTEST_WORD = 3
# Elsewhere a record goes by a key that may be a customer's number there.
OWN_SOURCES = frozenset({"conversation", "staff"})
KEPT_DIGITS = 2

# Traits and details of an identity that say who somebody is, whatever a company calls them.
TELLING = re.compile(
    r"name|mail|phone|mobile|address|street|birth|fiscal|iban|card|contact|user|(?:^|_)(?:tax|vat)"
    r"|nome|telefono|cellulare|indirizzo|nascita|tessera|url|file|(?:^|_)(?:id|key)$"
)


class Veil:
    """Shows everything; the veil of those who may see personal data."""

    def name(self, name: str | None) -> str | None:
        """A person's name."""
        return name

    def email(self, address: str | None) -> str | None:
        """An e-mail address."""
        return address

    def number(self, number: str | None) -> str | None:
        """A phone number, or a number by which somebody is known on a channel."""
        return number

    def text(self, text: str) -> str:
        """Something written, in which people may be named."""
        return text

    def value(self, name: str, value: Any) -> Any:
        """A value of a profile, under the name that says what it is."""
        return value

    def source(self, source: str) -> str:
        """Where a value is from: `shop_loyalty:2950100000002`, `conversation:12`."""
        return source

    def texts(self, data: Any) -> Any:
        """Data as JSON, with texts in it."""
        return data

    def shows(self, text: str, words: str) -> bool:
        """Whether words can be read in a text; only then may a search find it."""
        return True


class Masking(Veil):
    """Shows initials, m•••@example.it, •••01; in texts too, as far as names are known."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names = _any_of(names)

    def name(self, name: str | None) -> str | None:
        return initials(name) if name else name

    def email(self, address: str | None) -> str | None:
        return EMAIL.sub(_masked_email, address) if address else address

    def number(self, number: str | None) -> str | None:
        return _ending(number) if number else number

    def text(self, text: str) -> str:
        text = _without_contacts(text)
        text = EMAIL.sub(_masked_email, text)
        text = CODICE_FISCALE.sub(DOTS, text)
        text = LONG_NUMBER.sub(_masked_number, text)
        return self._names.sub(lambda found: initials(found.group()), text)

    def value(self, name: str, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: self.value(key, part) for key, part in value.items()}
        return DOTS if TELLING.search(name.lower()) else self.texts(value)

    def source(self, source: str) -> str:
        system, _, record = source.partition(":")
        return f"{system}:{DOTS}" if record and system not in OWN_SOURCES else source

    def texts(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            return {
                key: self.source(part) if key == "source" else self.texts(part)
                for key, part in data.items()
            }
        if isinstance(data, list):
            return [self.texts(part) for part in data]
        return self.text(data) if isinstance(data, str) else data

    def shows(self, text: str, words: str) -> bool:
        return words.strip().casefold() in self.text(text).casefold()


def initials(name: str) -> str:
    """`Maria Luisa De Santis` → `M. L. D. S.`"""
    return " ".join(f"{word[0].upper()}." for word in name.split())


def _without_contacts(text: str) -> str:
    """Addresses and numbers as people write them: "mario chiocciola example punto it"."""
    for mail in reversed(list(find_emails(text))):
        masked = EMAIL.sub(_masked_email, mail.address)
        text = text[: mail.start] + masked + text[mail.end :]
    for phone in reversed(list(find_phones(text))):
        if not DATE.fullmatch(text[phone.start : phone.end]):
            text = text[: phone.start] + _ending(phone.number) + text[phone.end :]
    return text


def _ending(number: str) -> str:
    return f"{DOTS}{number[-KEPT_DIGITS:]}"


def _masked_number(found: re.Match[str]) -> str:
    written = found.group()
    return written if DATE.fullmatch(written) else _ending(written)


def _masked_email(found: re.Match[str]) -> str:
    return f"{found.group(1)[0]}{DOTS}@{found.group(2)}"


def _any_of(names: Iterable[str]) -> re.Pattern[str]:
    """Matches each name as a whole, and its longer words on their own."""
    parts = {" ".join(name.split()) for name in names}
    parts |= {word for name in parts for word in name.split() if len(word) >= SHORTEST_WORD}
    parts.discard("")
    if not parts:
        return re.compile(r"(?!)")
    longest_first = sorted(parts, key=lambda part: (-len(part), part))
    spelt = "|".join(re.escape(part).replace(r"\ ", r"\s+") for part in longest_first)
    return re.compile(rf"(?<!\w)(?:{spelt})(?!\w)", re.IGNORECASE)


def veil_for(
    staff: Staff,
    session: Session,
    *,
    conversations: Collection[Conversation] = (),
    tickets: Collection[Ticket] = (),
    customer_ids: Collection[int] = (),
) -> Veil:
    """The veil through which somebody reads what is on one page."""
    if staff.sees_personal_data:
        return Veil()
    owners = {conversation.identity.customer_id for conversation in conversations}
    owners |= {ticket.customer_id for ticket in tickets}
    known = {owner for owner in owners if owner is not None} | set(customer_ids)
    talks = {conversation.id for conversation in conversations}
    talks |= {ticket.conversation_id for ticket in tickets if ticket.conversation_id}
    names = names_of(session, known) | names_said(session, talks)
    for conversation in conversations:
        names |= set(_names_in(conversation.identity.details))
    for ticket in tickets:
        names |= set(_names_in(ticket.contact))
    return Masking(names)


def _names_in(details: Mapping[str, Any]) -> Iterable[str]:
    for key, value in details.items():
        if "name" in key.lower() and isinstance(value, str):
            yield value
