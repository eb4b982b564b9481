"""How sure we are of who is speaking, and what lifts or lowers it."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from crm.db import now
from crm.profile.models import LEVELS, ChannelIdentity, Customer, Level


def level_of(identity: ChannelIdentity, at: datetime | None = None) -> Level:
    """The level that holds now: a verification grows old and leaves a claim behind."""
    if identity.customer_id is None:
        return Level.ANONYMOUS
    if identity.level != Level.VERIFIED:
        return identity.level
    fresh = identity.verified_until is not None and (at or now()) < identity.verified_until
    return Level.VERIFIED if fresh else Level.CLAIMED


def reaches(level: Level, needed: Level) -> bool:
    """Whether a level is at least another one."""
    return LEVELS.index(level) >= LEVELS.index(needed)


def claim(identity: ChannelIdentity, customer: Customer) -> None:
    """Somebody on a channel says that they are this customer.

    Another customer than before is a switch: what was verified for one is not for the other.
    """
    if identity.customer_id == customer.id:
        return
    identity.customer = customer
    identity.customer_id = customer.id
    identity.level, identity.verified_until = Level.CLAIMED, None


def verify(identity: ChannelIdentity, lasting: timedelta) -> None:
    """Somebody has proved to be the customer they claim to be."""
    identity.level, identity.verified_until = Level.VERIFIED, now() + lasting


def forget(session: Session, identity: ChannelIdentity) -> None:
    """Nobody is recognised on this channel any more: the next person may be another one."""
    identity.customer, identity.customer_id = None, None
    identity.level, identity.verified_until = Level.ANONYMOUS, None
    session.flush()
