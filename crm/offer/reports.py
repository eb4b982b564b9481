"""What a signal tells about offers: an outcome, or a purchase that closes them (R22)."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.event.models import Signal, SignalKind
from crm.offer.outcomes import note_reported
from crm.offer.policy import OfferPolicy
from crm.offer.sales import close_sales
from crm.order.models import Order


def note_signal(session: Session, signal: Signal, policy: OfferPolicy) -> None:
    """Write down what a signal that has just come means for the offers of its customer."""
    if signal.kind == SignalKind.OFFER:
        note_reported(session, signal)
    if signal.kind == SignalKind.PURCHASE and signal.customer_id is not None:
        _close(session, signal, policy.attribution.window_days)


def _close(session: Session, signal: Signal, window_days: int) -> None:
    """Close the sales of the order that this purchase made; one known before made none."""
    number = str(signal.details.get("order") or "")
    query = select(Order).filter_by(
        number=number,
        customer_id=signal.customer_id,
        source=signal.source,
        placed_at=signal.at,
    )
    order = session.scalar(query) if number else None
    if order is not None:
        close_sales(session, order, window_days)
