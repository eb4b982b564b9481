"""What became of offers: written down, looked up, reported by other systems (R17, R22)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.event.models import Signal
from crm.offer.models import OfferEvent, OfferOutcome, Purpose

# What another system can report; a sale is closed by the purchase itself.
REPORTED = (
    OfferOutcome.SHOWN,
    OfferOutcome.OPENED,
    OfferOutcome.ACCEPTED,
    OfferOutcome.REJECTED,
)


@dataclass(frozen=True)
class Offered:
    """An offer as its outcomes know it."""

    sku: str
    decision: str | None = None
    promotion_id: str | None = None
    variant: str | None = None
    channel: str | None = None
    purpose: Purpose | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, event: OfferEvent) -> "Offered":
        """The offer that an event is about."""
        return cls(
            event.sku,
            event.decision,
            event.promotion_id,
            event.variant,
            event.channel,
            event.purpose,
            event.facts,
        )


def note(
    session: Session,
    outcome: OfferOutcome,
    offer: Offered,
    *,
    conversation_id: int | None = None,
    customer_id: int | None = None,
    at: datetime | None = None,
    amount: Decimal | None = None,
    sale: str | None = None,
) -> None:
    """Write down what became of an offer; those shown together have one time `at`."""
    event = OfferEvent(
        outcome=outcome,
        conversation_id=conversation_id,
        customer_id=customer_id,
        amount=amount,
        sale=sale,
        **vars(offer),
    )
    if at is not None:
        event.at = at
    session.add(event)
    session.flush()


def note_reported(session: Session, signal: Signal) -> bool:
    """Write down the outcome that a signal of the kind `offer` reports; says whether it could.

    The details understood are `decision`, `outcome` (shown, opened, accepted, rejected) and, where
    a decision chose several offers, `offer`: the SKU, or the id of the campaign.
    """
    decision, outcome = signal.details.get("decision"), signal.details.get("outcome")
    if outcome not in REPORTED or not isinstance(decision, str):
        return False
    chosen = select(OfferEvent).filter_by(decision=decision, outcome=OfferOutcome.CHOSEN)
    named = signal.details.get("offer")
    if named is not None:
        chosen = chosen.where(
            (OfferEvent.promotion_id == str(named))
            | (OfferEvent.promotion_id.is_(None) & (OfferEvent.sku == str(named)))
        )
    events = session.scalars(chosen.order_by(OfferEvent.id)).all()
    for event in events:
        note(
            session,
            OfferOutcome(outcome),
            Offered.of(event),
            conversation_id=event.conversation_id,
            customer_id=event.customer_id or signal.customer_id,
            at=signal.at,
        )
    return bool(events)


def offers_meant(
    session: Session, conversation_id: int, sku: str | None = None, since: datetime | None = None
) -> Sequence[OfferEvent]:
    """The offers that a customer means, best first: the product named, the one spoken of last,
    or all that were shown together last; nothing older than `since`.
    """
    query = select(OfferEvent).where(
        OfferEvent.conversation_id == conversation_id,
        OfferEvent.outcome.not_in((OfferOutcome.REJECTED, OfferOutcome.CHOSEN, OfferOutcome.SOLD)),
    )
    if sku:
        query = query.where(OfferEvent.sku == sku)
    if since:
        query = query.where(OfferEvent.at >= since)
    last = session.scalar(query.order_by(OfferEvent.id.desc()).limit(1))
    if last is None or last.outcome != OfferOutcome.SHOWN:
        return [last] if last else []
    together = query.where(OfferEvent.at == last.at, OfferEvent.outcome == OfferOutcome.SHOWN)
    return session.scalars(together.order_by(OfferEvent.id.desc())).all()
