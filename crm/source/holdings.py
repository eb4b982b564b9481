"""What a profile has of its own, apart from the records of the sources: then it has a life."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.profile.emails import email_key
from crm.profile.keys import IDENTIFYING, OF_BIRTH, Key, stored_keys
from crm.profile.models import ChannelIdentity, Trait
from crm.profile.phones import normalise_phone
from crm.source.records import known_from
from crm.ticket.models import Ticket

CLAIMED_IN = "conversation"
CHUNK = 400


@dataclass
class Holding:
    """The keys that a profile has of its own, and the contacts in them that nobody proved."""

    keys: set[Key] = field(default_factory=set)
    claimed: set[str] = field(default_factory=set)


def holdings_of(
    session: Session, customer_ids: Iterable[int], origins: Collection[str]
) -> dict[int, Holding]:
    """The holdings of those customers who have any; empty ones have talked or have tickets.

    Args:
        origins: by these the values of records are known; they are nobody's own.
    """
    holdings: dict[int, Holding] = {}
    ids = sorted(customer_ids)
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        for customer_id in _alive(session, some):
            holdings[customer_id] = Holding()
        _add_own_values(session, some, origins, holdings)
    return holdings


def _alive(session: Session, customer_ids: Sequence[int]) -> set[int]:
    """The customers who have talked on some channel or have a ticket."""
    found: set[int] = set()
    for column in (ChannelIdentity.customer_id, Ticket.customer_id):
        query = select(column).where(column.in_(customer_ids)).distinct()
        found |= {one for one in session.scalars(query) if one is not None}
    return found


def _add_own_values(
    session: Session, ids: Sequence[int], origins: Collection[str], holdings: dict[int, Holding]
) -> None:
    told: defaultdict[tuple[Any, ...], dict[str, Any]] = defaultdict(dict)
    query = select(
        Trait.customer_id, Trait.name, Trait.value, Trait.kind, Trait.source, Trait.at
    ).where(Trait.customer_id.in_(ids), Trait.name.in_((*IDENTIFYING, *OF_BIRTH)))
    for customer_id, name, value, kind, source, at in session.execute(query):
        if source not in origins:
            told[customer_id, kind, source, at][name] = value
    for (customer_id, _, source, _), facts in told.items():
        holding = holdings.setdefault(customer_id, Holding())
        holding.keys |= stored_keys(known_from(facts))
        if source.startswith(CLAIMED_IN):
            holding.claimed |= _contacts(facts)


def _contacts(facts: dict[str, Any]) -> set[str]:
    email = email_key(str(facts.get("email") or ""))
    phone = normalise_phone(str(facts.get("phone") or ""))
    return {contact for contact in (email, phone) if contact}
