"""The offer of a moment: one product for this customer, chosen by the rules of `crm.offer`."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.event.models import Signal, SignalKind
from crm.moment.occasions import sku_of
from crm.offer.decision import decide
from crm.offer.models import Purpose
from crm.offer.policy import OfferPolicy
from crm.offer.recommend import Choice
from crm.offer.request import DecisionRequest, OfferKind
from crm.profile.models import Level

LOOKED_AT = (SignalKind.PAGE_VIEW, SignalKind.CART, SignalKind.LIKE)
LOOK_BACK = timedelta(days=30)


def suggest(
    session: Session,
    customer_id: int,
    conversation_id: int,
    channel: str,
    at: datetime,
    policy: OfferPolicy,
) -> Choice | None:
    """What to offer to a customer who asked for nothing: what goes with what they have bought, or
    what they looked at lately; None where no rule lets anything through.

    When something is said at all is for the moments' own limits; here it is what.
    """
    looked_at = _looked_at(session, customer_id, at)
    request = DecisionRequest(
        customer_id=customer_id,
        level=Level.VERIFIED,
        conversation_id=conversation_id,
        purpose=Purpose.PROACTIVE,
        channel=channel,
        candidates=looked_at,
        origins=dict.fromkeys(looked_at, "likes"),
        states_need=False,
        kinds=frozenset([OfferKind.PRODUCT]),
        limit=1,
        at=at,
    )
    by_day = policy.model_copy(update={"rules": {**policy.rules, "not_at_night": False}})
    return next(iter(decide(session, request, by_day).choices), None)


def _looked_at(session: Session, customer_id: int, at: datetime) -> dict[str, float]:
    query = select(Signal).where(
        Signal.customer_id == customer_id,
        Signal.kind.in_(LOOKED_AT),
        Signal.at >= at - LOOK_BACK,
    )
    return {sku: 0.5 for signal in session.scalars(query) if (sku := sku_of(signal))}
