"""Takes a signal in: once, for the person it is about, with what it means for orders (R10)."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.event.models import Signal, SignalKind
from crm.event.purchases import note_delivery, note_purchase
from crm.event.register import NewSignal, find_signal, register_known
from crm.profile.emails import email_key
from crm.profile.facts import Facts
from crm.profile.matching import Outcome, find
from crm.profile.models import Customer, CustomerStatus
from crm.profile.names import display_name, split_name
from crm.profile.phones import normalise_phone
from crm.profile.places import normalise_cap
from crm.profile.tax_codes import normalise_tax_code
from crm.source.intake import take_in
from crm.source.models import SourceRecord
from crm.source.records import Incoming, Told


@dataclass(frozen=True)
class About:
    """Whom a signal is about, as far as its system knows.

    Attributes:
        customer_id: the id of a profile here.
        key: the customer's key in the system that sends.
        facts: contacts and names: `email`, `phone`, `name`, `given_name` …
    """

    customer_id: int | None = None
    key: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Arrival:
    """What became of a signal."""

    signal: Signal
    is_new: bool


def arrive(session: Session, new: NewSignal, about: About) -> Arrival:
    """Write a signal down, each once, and find or make the profile of its person.

    A signal of which nobody can tell whose it is has no customer; facts that cannot be right are
    left out, the signal counts all the same.
    """
    about = replace(about, facts=usable(about.facts))
    known = find_signal(session, new.source, new.event_id)
    if known is not None:
        return Arrival(known, is_new=False)
    customer_id, record_id = _whose(session, new, about)
    register_known(session, new, customer_id, record_id)
    signal = find_signal(session, new.source, new.event_id)
    assert signal is not None
    if new.kind == SignalKind.PURCHASE and customer_id is not None:
        note_purchase(session, signal, record_id)
    if new.kind == SignalKind.DELIVERY and customer_id is not None:
        note_delivery(session, signal)
    return Arrival(signal, is_new=True)


def _whose(session: Session, new: NewSignal, about: About) -> tuple[int | None, int | None]:
    """The customer, and the record of the source by which they are known."""
    if about.customer_id is not None:
        return _in_use(session, about.customer_id), None
    if about.key is not None:
        return _by_key(session, new, about.key, about.facts)
    same = next(
        (one for one in find(session, _facts(about.facts)) if one.outcome == Outcome.SAME), None
    )
    if same is not None:
        return same.customer_id, None
    contact = _contact(about.facts)
    return _by_key(session, new, contact, about.facts) if contact else (None, None)


def _by_key(
    session: Session, new: NewSignal, key: str, facts: Mapping[str, str]
) -> tuple[int | None, int | None]:
    """The owner of a record that is there; else the facts become one."""
    query = select(SourceRecord).filter_by(source=new.source, key=key)
    record = session.scalar(query)
    if record is None and facts:
        told = {name: Told(value) for name, value in _parted(facts).items()}
        take_in(session, new.source, [Incoming(key, new.at, told)])
        record = session.scalar(query)
    if record is None or record.customer_id is None:
        return None, None
    owner = _in_use(session, record.customer_id)
    return owner, record.id if owner else None


def _in_use(session: Session, customer_id: int) -> int | None:
    """The profile in use that a profile is, or was merged into; none if it was erased."""
    customer = session.get(Customer, customer_id)
    while customer and customer.status == CustomerStatus.MERGED and customer.merged_into_id:
        customer = session.get(Customer, customer.merged_into_id)
    return customer.id if customer and customer.status == CustomerStatus.ACTIVE else None


def usable(facts: Mapping[str, str]) -> dict[str, str]:
    """The facts in the profile's own form, without those that cannot be right."""
    read = ((name, CLEAN[name](value.strip())) for name, value in facts.items() if value.strip())
    return {name: value for name, value in read if value}


def _email(written: str) -> str:
    return written.lower() if email_key(written) else ""


def _name(written: str) -> str:
    return display_name(written)[:80]


CLEAN: Mapping[str, Callable[[str], str | None]] = {
    "email": _email,
    "phone": normalise_phone,
    "cap": normalise_cap,
    "codice_fiscale": normalise_tax_code,
    "name": _name,
    "given_name": _name,
    "family_name": _name,
}


def _facts(facts: Mapping[str, str]) -> Facts:
    return Facts(**_parted(facts))


def _parted(facts: Mapping[str, str]) -> dict[str, str]:
    """The facts with a full name taken apart, where its parts were not given."""
    parted = {name: value for name, value in facts.items() if name != "name"}
    if "name" in facts and not {"given_name", "family_name"} & set(facts):
        parts = zip(("given_name", "family_name"), split_name(facts["name"]), strict=True)
        parted |= {name: value for name, value in parts if value}
    return parted


def _contact(facts: Mapping[str, str]) -> str | None:
    """A key that is the same for the same contact and does not show it."""
    contact = email_key(facts.get("email", "")) or normalise_phone(facts.get("phone", ""))
    if not contact:
        return None
    return f"contact-{hashlib.blake2b(contact.encode(), digest_size=12).hexdigest()}"
