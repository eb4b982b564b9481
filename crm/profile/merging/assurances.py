"""How sure we are of who is speaking does not survive a merge: what was proved for one profile is
not proved for what the other one holds. The undo gives it back."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.profile.models import ChannelIdentity, Level


def lower(session: Session, customer_ids: Collection[int]) -> list[dict[str, Any]]:
    """Let nobody be verified for these customers; returns who was, and until when."""
    query = select(ChannelIdentity).where(
        ChannelIdentity.customer_id.in_(customer_ids), ChannelIdentity.level == Level.VERIFIED
    )
    verified = session.scalars(query).all()
    before = [_assurance(identity) for identity in verified]
    for identity in verified:
        _claimed(identity)
    session.flush()
    return before


def _assurance(identity: ChannelIdentity) -> dict[str, Any]:
    until = identity.verified_until
    return {
        "id": identity.id,
        "customer_id": identity.customer_id,
        "until": until.isoformat() if until else None,
    }


def restore(session: Session, before: Iterable[Mapping[str, Any]], survivor_id: int) -> None:
    """Give back who was verified; what was proved while two were one proves nothing now."""
    owners = {entry["customer_id"] for entry in before} | {survivor_id}
    lower(session, owners)
    for entry in before:
        identity = session.get(ChannelIdentity, entry["id"])
        if identity is not None and identity.customer_id == entry["customer_id"]:
            until = entry["until"]
            identity.level = Level.VERIFIED
            identity.verified_until = datetime.fromisoformat(until) if until else None
    session.flush()


def _claimed(identity: ChannelIdentity) -> None:
    identity.level, identity.verified_until = Level.CLAIMED, None
