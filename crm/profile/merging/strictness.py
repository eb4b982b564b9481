"""After a merge holds the stricter of two consents, and after its undo no wider one (R5).

Silence is a no: what only one of the two allowed is not allowed for both.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from crm.consent.models import Consent, Purpose
from crm.consent.register import current_consents
from crm.db import now

About = tuple[Purpose, str]
Held = dict[About, bool]
TICK = timedelta(microseconds=1)


def held_by(session: Session, customer_id: int) -> Held:
    """What a customer allowed and forbade, by purpose and channel."""
    current = current_consents(session, customer_id)
    return {about: consent.granted for about, consent in current.items()}


def strictest(one: Held, other: Held) -> Held:
    """What both allow; everything that either spoke of is answered."""
    return {
        about: one.get(about, False) and other.get(about, False) for about in sorted({*one, *other})
    }


def keep_to(session: Session, customer_id: int, allowed: Held, source: str, why: str) -> list[int]:
    """Write a no wherever more would hold than is allowed; the ids of what was written."""
    written = [
        _forbid(session, consent, source, why)
        for about, consent in current_consents(session, customer_id).items()
        if consent.granted and not allowed.get(about, False)
    ]
    session.add_all(written)
    session.flush()
    return [consent.id for consent in written]


def _forbid(session: Session, wider: Consent, source: str, why: str) -> Consent:
    return Consent(
        customer_id=wider.customer_id,
        purpose=wider.purpose,
        channel=wider.channel,
        granted=False,
        source=source,
        evidence=why,
        at=max(now(), wider.at + TICK),
    )


def take_back(session: Session, written: Collection[int]) -> None:
    """Remove the noes that a merge itself wrote down."""
    session.execute(delete(Consent).where(Consent.id.in_(written)))
    session.expire_all()


def said_since(session: Session, customer_id: int, before: Collection[int]) -> Sequence[Consent]:
    """What a customer said beside what had been written down before, oldest first."""
    query = (
        select(Consent)
        .where(Consent.customer_id == customer_id, Consent.id.not_in(before))
        .order_by(Consent.at, Consent.id)
    )
    return session.scalars(query).all()


def withdraw_for(session: Session, customer_id: int, said: Sequence[Consent]) -> None:
    """Write every no down for another customer too: it is not known which of two meant it."""
    for consent in said:
        if not consent.granted:
            session.add(
                Consent(
                    customer_id=customer_id,
                    purpose=consent.purpose,
                    channel=consent.channel,
                    granted=False,
                    source=consent.source,
                    evidence=consent.evidence,
                    at=consent.at,
                )
            )
    session.flush()
