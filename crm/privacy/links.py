"""Links that are mailed to the address on file: they open something once, and not for long."""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db import now
from crm.privacy.models import LinkPurpose, PersonalLink
from crm.profile.emails import email_key
from crm.profile.models import Customer, CustomerStatus

RANDOM_BYTES = 32
ADDRESS = "mailed_to"


class LinkOver(LookupError):
    """The link is unknown, was used, or is too old."""


def make_link(
    session: Session,
    customer: Customer,
    purpose: LinkPurpose,
    lasting: timedelta,
    language: str,
    details: Mapping[str, Any] | None = None,
) -> str:
    """Make a link; returns its token, which nobody can read again later."""
    token = secrets.token_urlsafe(RANDOM_BYTES)
    session.add(
        PersonalLink(
            purpose=purpose,
            customer_id=customer.id,
            token_hash=_hash(token),
            language=language,
            details={**(details or {}), ADDRESS: _address_hash(token, customer)},
            expires_at=now() + lasting,
        )
    )
    session.flush()
    return token


def find_link(session: Session, purpose: LinkPurpose, token: str) -> PersonalLink:
    """The link with this token, as long as it can be used.

    One that was mailed to another address than the one on file now opens nothing.

    Raises:
        LinkOver
    """
    found = session.execute(
        select(PersonalLink, Customer)
        .join(Customer, Customer.id == PersonalLink.customer_id)
        .where(PersonalLink.token_hash == _hash(token), PersonalLink.purpose == purpose)
        .where(PersonalLink.used_at.is_(None), PersonalLink.expires_at > now())
        .where(Customer.status == CustomerStatus.ACTIVE)
    ).one_or_none()
    if found is None:
        raise LinkOver
    link, customer = found
    mailed_to = link.details.get(ADDRESS, _address_hash(token, customer))
    if mailed_to != _address_hash(token, customer):
        raise LinkOver
    return link


def use_link(session: Session, purpose: LinkPurpose, token: str) -> PersonalLink:
    """Use a link, which is the last time that it works.

    Raises:
        LinkOver
    """
    link = find_link(session, purpose, token)
    session.refresh(link, with_for_update=True)
    if link.used_at is not None:
        raise LinkOver
    link.used_at = now()
    session.flush()
    return link


def _address_hash(token: str, customer: Customer) -> str:
    """Says whether an address is still the same, and to nobody without the token which it is."""
    return _hash(f"{token} {email_key(customer.email or '')}")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
