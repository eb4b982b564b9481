"""Gives and withdraws consents; the newest of a purpose and channel holds (R5)."""

from collections.abc import Sequence

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from crm.consent.models import Consent, Purpose

CHANNELS = ("email", "sms", "phone", "post", "whatsapp", "telegram", "webchat")

_HISTORY = (
    select(Consent)
    .where(Consent.customer_id == bindparam("customer_id"))
    .order_by(Consent.at, Consent.id)
)


def record_consent(
    session: Session,
    customer_id: int,
    purpose: Purpose,
    channel: str,
    granted: bool,
    *,
    source: str,
    evidence: str,
) -> None:
    """Write down what a customer allowed or forbade, and in which words."""
    session.add(
        Consent(
            customer_id=customer_id,
            purpose=purpose,
            channel=channel,
            granted=granted,
            source=source,
            evidence=evidence[:500],
        )
    )
    session.flush()


def consent_history(session: Session, customer_id: int) -> Sequence[Consent]:
    """Everything a customer ever said about consent, oldest first."""
    return session.scalars(_HISTORY, {"customer_id": customer_id}).all()


def current_consents(session: Session, customer_id: int) -> dict[tuple[Purpose, str], Consent]:
    """The consent that holds for each purpose and channel that was ever spoken of."""
    return {
        (consent.purpose, consent.channel): consent
        for consent in consent_history(session, customer_id)
    }


def allows(session: Session, customer_id: int, purpose: Purpose, channel: str) -> bool:
    """Whether data may be used for a purpose on a channel; silence is a no."""
    held = current_consents(session, customer_id).get((purpose, channel))
    return held is not None and held.granted


def withdraw_all(
    session: Session, customer_id: int, purpose: Purpose, *, source: str, evidence: str
) -> None:
    """A customer wants none of it, on any channel."""
    for channel in CHANNELS:
        record_consent(
            session, customer_id, purpose, channel, False, source=source, evidence=evidence
        )
