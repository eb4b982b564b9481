"""The platform's own proof: the telephone number it vouches for is the one on file.

A WhatsApp message comes from a number, a Telegram user may share their own. Where that number is on
file for one customer and nobody else, no code is needed. Only a number that the platform itself
states may be given here, never one that somebody typed or passed on.
"""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.profile.assurance import claim, verify
from crm.profile.models import ChannelIdentity, Customer, CustomerStatus, IdentityKey
from crm.profile.phones import normalise_phone

# Which customer the platform has proved here before, kept in the identity's details.
PROVED = "proved_customer"

# Where customers may be asked to share their own number with a key.
CHANNELS_WITH_CONTACTS = frozenset(["telegram"])

# What a shared contact stands for in the conversation: it is the one on file, or it proves nothing.
PROVED_COMMAND = "/identify"
UNPROVED_COMMAND = '/identify{"contact": "unknown"}'


def prove_by_phone(
    session: Session, identity: ChannelIdentity, phone: str, lasting: timedelta
) -> bool:
    """Verify an identity by the number that its platform states; whether it is proved now.

    Nothing happens when the number is on file for nobody or for several (a family), when somebody
    else is recognised here already (another person holds the telephone), or when the customer that
    it points to was proved before and then denied ("that's not me").

    Args:
        session: nothing is committed here.
        identity: who speaks, on which channel.
        phone: the number with its country, "+39…".
        lasting: how long the proof holds.
    """
    customer = sole_holder(session, phone)
    if customer is None or not _may_be(identity, customer):
        return False
    claim(identity, customer)
    verify(identity, lasting)
    identity.details = {**identity.details, PROVED: customer.id}
    session.flush()
    return True


def sole_holder(session: Session, phone: str) -> Customer | None:
    """The one customer whose number on file this is, if no other ever had it."""
    number = normalise_phone(phone)
    holders = _ever_held(session, number) if number else []
    if len(holders) != 1 or normalise_phone(holders[0].phone or "") != number:
        return None
    return holders[0]


def _ever_held(session: Session, number: str) -> Sequence[Customer]:
    query = (
        select(Customer)
        .join(IdentityKey, IdentityKey.customer_id == Customer.id)
        .where(
            IdentityKey.kind == "phone",
            IdentityKey.value == number,
            Customer.status == CustomerStatus.ACTIVE,
        )
        .limit(2)
    )
    return session.scalars(query).all()


def _may_be(identity: ChannelIdentity, customer: Customer) -> bool:
    if identity.customer_id is None:
        return bool(identity.details.get(PROVED) != customer.id)
    return identity.customer_id == customer.id
