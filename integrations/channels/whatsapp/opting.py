"""Yes and no to marketing on WhatsApp, kept with its evidence, of known customers and others.

What somebody says before they are recognised is noted on the channel identity, and written into
the customer's consents as soon as one is recognised there.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from crm.consent.models import Consent, Purpose
from crm.consent.register import consent_history, record_consent
from crm.profile.assurance import level_of
from crm.profile.models import ChannelIdentity, Level
from integrations.channels.whatsapp.events import CHANNEL, Preference, Said
from integrations.channels.whatsapp.identities import SAID_OF_CONSENT, note

MARKETING = Purpose.MARKETING.value
UNSUBSCRIBE = "/unsubscribe"
STOP_WORDS = frozenset(("stop", "basta", "stop promozioni", "stop promotions", "unsubscribe"))
NOT_A_WORD = re.compile(r"[\W_]+")
KEPT = 20
LONGEST_EVIDENCE = 200


def says_stop(text: str) -> bool:
    """Whether the whole message is a word that stops messages, however it is written."""
    return NOT_A_WORD.sub(" ", text).strip().casefold() in STOP_WORDS


def note_stop(session: Session, identity: ChannelIdentity, said: Said) -> None:
    """Somebody wrote STOP: no marketing on WhatsApp any more."""
    _note(identity, granted=False, at=said.at, evidence=said.text, message=said.wamid)
    settle(session, identity)


def note_preference(session: Session, identity: ChannelIdentity, preference: Preference) -> None:
    """Somebody stopped or resumed marketing messages in WhatsApp's settings."""
    _note(identity, granted=preference.wanted, at=preference.at, evidence=preference.words)
    settle(session, identity)


def _note(
    identity: ChannelIdentity, *, granted: bool, at: datetime, evidence: str, message: str = ""
) -> None:
    said = [
        *_said(identity),
        {
            "purpose": MARKETING,
            "granted": granted,
            "at": at.isoformat(),
            "evidence": evidence[:LONGEST_EVIDENCE],
            "message": message,
        },
    ]
    note(identity, **{SAID_OF_CONSENT: said[-KEPT:]})


def _said(identity: ChannelIdentity) -> list[dict[str, Any]]:
    return list(identity.details.get(SAID_OF_CONSENT, ()))


def refuses_marketing(details: Mapping[str, Any]) -> bool:
    """Whether the last thing said about marketing was no, by the details of an identity."""
    said: list[dict[str, Any]] = list(details.get(SAID_OF_CONSENT) or ())
    return bool(said) and not said[-1]["granted"]


def settle(session: Session, identity: ChannelIdentity) -> None:
    """Write what was said here into the consents of the customer who is recognised.

    A no counts at once. A yes counts from who is proved to be the customer, and gives back only
    what they had granted before: WhatsApp's "resume" is not a first consent.
    """
    said = _said(identity)
    if identity.customer_id is None or all("customer" in one for one in said):
        return
    settled = [_settled(session, identity, identity.customer_id, one) for one in said]
    note(identity, **{SAID_OF_CONSENT: settled})


def _settled(
    session: Session, identity: ChannelIdentity, customer_id: int, one: dict[str, Any]
) -> dict[str, Any]:
    if "customer" in one:
        return one
    spoken = [
        consent
        for consent in consent_history(session, customer_id)
        if consent.purpose == Purpose.MARKETING and consent.channel == CHANNEL
    ]
    if _counts(identity, spoken, one):
        record_consent(
            session,
            customer_id,
            Purpose.MARKETING,
            CHANNEL,
            bool(one["granted"]),
            source="whatsapp",
            evidence=" ".join(filter(None, (one["evidence"], one["at"], one["message"]))),
        )
    return {**one, "customer": customer_id}


def _counts(identity: ChannelIdentity, spoken: list[Consent], one: Mapping[str, Any]) -> bool:
    if spoken and spoken[-1].at > datetime.fromisoformat(str(one["at"])):
        return False
    if not one["granted"]:
        return True
    return level_of(identity) == Level.VERIFIED and any(consent.granted for consent in spoken)
