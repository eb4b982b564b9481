"""Double opt-in: a yes counts once it is confirmed through a link mailed to the address on file.

Whoever only says who they are has proved nothing: nobody shall subscribe somebody else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.consent.models import Purpose
from crm.consent.register import current_consents, record_consent
from crm.db import now
from crm.privacy.links import LinkOver, make_link, use_link
from crm.privacy.models import LinkPurpose, PersonalLink
from crm.profile.models import Customer

LASTING = timedelta(days=7)
SOURCE = "double_opt_in"
QUOTED = 200


@dataclass(frozen=True)
class Asked:
    """A yes that waits for its confirmation."""

    purpose: Purpose
    channels: Sequence[str]
    asked_at: datetime
    expires_at: datetime


def ask_opt_in(
    session: Session,
    customer: Customer,
    purpose: Purpose,
    channels: Sequence[str],
    *,
    source: str,
    evidence: str,
    language: str,
) -> str:
    """Keep a yes until it is confirmed; returns the token for the link to be mailed."""
    return make_link(
        session,
        customer,
        LinkPurpose.OPT_IN,
        LASTING,
        language,
        {
            "purpose": str(purpose),
            "channels": list(channels),
            "source": source,
            "evidence": evidence[:QUOTED],
        },
    )


def confirm_opt_in(session: Session, token: str) -> Sequence[str]:
    """Write down a consent that was asked for and is confirmed now; the channels it is for.

    A no said after the asking stands: an old mail does not take it back.

    Raises:
        LinkOver
    """
    link = use_link(session, LinkPurpose.OPT_IN, token)
    asked, channels = link.details, _still_asked(session, link)
    if not channels:
        raise LinkOver
    for channel in channels:
        record_consent(
            session,
            link.customer_id,
            Purpose(asked["purpose"]),
            channel,
            True,
            source=SOURCE,
            evidence=_evidence(link),
        )
    return channels


def _still_asked(session: Session, link: PersonalLink) -> list[str]:
    """The channels of an asked consent that the customer has not refused since."""
    held = current_consents(session, link.customer_id)
    purpose = Purpose(link.details["purpose"])
    refused = {
        channel
        for (of, channel), answer in held.items()
        if of == purpose and not answer.granted and answer.at > link.created_at
    }
    return [channel for channel in link.details["channels"] if channel not in refused]


def _evidence(link: PersonalLink) -> str:
    asked, when = link.details, "%Y-%m-%d %H:%M UTC"
    return (
        f"Asked in {asked['source']}, {link.created_at:{when}}: “{asked['evidence']}”; confirmed "
        f"{now():{when}} through the link mailed to the address on file."
    )


def waiting(session: Session, customer_id: int) -> Sequence[Asked]:
    """What a customer has said yes to and not confirmed yet."""
    query = select(PersonalLink).where(
        PersonalLink.customer_id == customer_id,
        PersonalLink.purpose == LinkPurpose.OPT_IN,
        PersonalLink.used_at.is_(None),
        PersonalLink.expires_at > now(),
    )
    return [
        Asked(Purpose(link.details["purpose"]), channels, link.created_at, link.expires_at)
        for link in session.scalars(query.order_by(PersonalLink.id)).all()
        if (channels := _still_asked(session, link))
    ]
