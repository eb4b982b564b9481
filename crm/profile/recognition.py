"""Finds the customer that somebody says to be, or makes a profile; the same for all to see.

Whoever names an address, a name and a CAP has proved nothing. So a claim opens no data, and it
changes nothing that could let somebody else in: neither the email nor the telephone number nor the
codice fiscale of a profile that is already there.
"""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from crm.db import now
from crm.profile.assurance import claim
from crm.profile.facts import Facts
from crm.profile.keys import index_customer
from crm.profile.matching import Candidate, Outcome, find
from crm.profile.models import ChannelIdentity, Customer, TraitKind
from crm.profile.traits import Origin, current, record

# What a claim may add to a profile that lacks it; a code is never sent to any of these.
HARMLESS = ("given_name", "family_name", "cap")


def recognise(
    session: Session, identity: ChannelIdentity, facts: Facts, language: str, source: str
) -> Customer:
    """The one customer that the facts point to, or a new one; claimed on the channel.

    Args:
        session: nothing is committed here.
        identity: who speaks, on which channel.
        facts: what they say of themselves.
        language: of the conversation, "it" or "en".
        source: where the facts come from, such as "conversation:12".
    """
    customer = _pointed_to(session, identity, find(session, facts))
    if customer is None:
        customer = _make(session, facts, language, source)
    else:
        _complete(session, customer, facts, source)
    claim(identity, customer)
    session.flush()
    return customer


def _pointed_to(
    session: Session, identity: ChannelIdentity, candidates: list[Candidate]
) -> Customer | None:
    """The customer who is surely the same; else the one already claimed here, if it may be."""
    for candidate in candidates:
        if candidate.outcome == Outcome.SAME:
            return session.get_one(Customer, candidate.customer_id)
    for candidate in candidates:
        is_claimed = candidate.customer_id == identity.customer_id
        if is_claimed and candidate.outcome == Outcome.UNSURE:
            return session.get_one(Customer, candidate.customer_id)
    return None


def _make(session: Session, facts: Facts, language: str, source: str) -> Customer:
    customer = Customer()
    session.add(customer)
    session.flush()
    record(session, customer, _told(facts), Origin(TraitKind.EXPLICIT, source, now()))
    record(session, customer, {"language": language}, Origin(TraitKind.IMPLICIT, source, now()))
    index_customer(session, customer.id)
    return customer


def _complete(session: Session, customer: Customer, facts: Facts, source: str) -> None:
    """Add what the profile lacks and what can do no harm."""
    known = current(session, customer.id)
    told = _told(facts)
    lacking = {name: told[name] for name in HARMLESS if name in told and name not in known}
    if lacking:
        record(session, customer, lacking, Origin(TraitKind.EXPLICIT, source, now()))
        index_customer(session, customer.id)


def _told(facts: Facts) -> Mapping[str, str]:
    values = {name: getattr(facts, name) for name in facts.__dataclass_fields__}
    return {name: value for name, value in values.items() if value}
