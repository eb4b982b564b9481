"""Segments that leave the house: lists and hashed audiences of those who consented (R5, R8)."""

import csv
import hashlib
from collections.abc import Iterator
from enum import StrEnum
from typing import TextIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.consent.models import Purpose
from crm.db import now
from crm.profile.models import Customer
from crm.profile.phones import normalise_phone
from crm.segment.filters import Condition, ConsentIs
from crm.segment.sql import members

BY_PHONE = ("sms", "phone", "whatsapp")
RISKY = ("=", "@", "-", "\t", "\r")
COLUMNS = ("customer_id", "given_name", "family_name", "contact", "cap", "language")
CHUNK = 500


class Platform(StrEnum):
    """For whom an audience is hashed: they differ in how a phone number is written before."""

    GOOGLE = "google"
    META = "meta"


def consenting(condition: Condition, purpose: Purpose, channel: str) -> Condition:
    """The part of a segment that allows a purpose on a channel."""
    allows = Condition(consent=ConsentIs(purpose=purpose, channel=channel))
    return Condition(all=[condition, allows])


def export_list(
    session: Session, condition: Condition, purpose: Purpose, channel: str, to: TextIO
) -> int:
    """Write the consenting customers with the contact for the channel as CSV; says how many.

    Who has no contact for the channel is left out.
    """
    table = csv.writer(to)
    table.writerow(COLUMNS)
    written = 0
    for customer in _people(session, consenting(condition, purpose, channel)):
        contact = contact_of(customer, channel)
        if contact:
            names = (customer.given_name, customer.family_name)
            cells = (*names, contact, customer.cap, customer.language)
            table.writerow([customer.id, *map(_harmless, cells)])
            written += 1
    return written


def export_audience(
    session: Session,
    condition: Condition,
    purpose: Purpose,
    channel: str,
    to: TextIO,
    platform: Platform = Platform.GOOGLE,
) -> int:
    """Write SHA-256 hashes of the consenting customers' contacts as CSV; says how many.

    Addresses are hashed on the channel email, numbers on those by phone, in the one form that the
    platform can match; what has none is left out. Sorted, each once: the order says nothing.
    """
    hashes = {
        hash_contact(contact, platform)
        for customer in _people(session, consenting(condition, purpose, channel))
        if (contact := _in_one_form(contact_of(customer, channel), channel))
    }
    table = csv.writer(to)
    table.writerow(["phone" if channel in BY_PHONE else "email"])
    table.writerows([one] for one in sorted(hashes))
    return len(hashes)


def hash_contact(contact: str, platform: Platform = Platform.GOOGLE) -> str:
    """SHA-256 in hex of an address in small letters, or of a number as the platform writes it."""
    plain = contact.strip().lower()
    if platform == Platform.META and plain.startswith("+"):
        plain = plain.removeprefix("+")
    return hashlib.sha256(plain.encode()).hexdigest()


def _in_one_form(contact: str | None, channel: str) -> str | None:
    """An address in small letters, or a number as E.164: +393401234567."""
    written = (contact or "").strip()
    return normalise_phone(written) if channel in BY_PHONE else written.lower() or None


def contact_of(customer: Customer, channel: str) -> str | None:
    """What a channel reaches a customer by; for no channel in particular, the address."""
    return customer.phone if channel in BY_PHONE else customer.email


def _people(session: Session, condition: Condition) -> Iterator[Customer]:
    last = 0
    while True:
        query = select(Customer).where(members(condition, now()), Customer.id > last)
        found = session.scalars(query.order_by(Customer.id).limit(CHUNK)).all()
        yield from found
        if len(found) < CHUNK:
            return
        last = found[-1].id
        session.expunge_all()


def _harmless(cell: str | None) -> str | None:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell and cell.startswith(RISKY) else cell
