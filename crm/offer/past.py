"""What became of earlier offers to the same person: refused, met lately (R17, R20)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import String, bindparam, cast, func, select
from sqlalchemy.orm import Session

from crm.offer.models import OfferEvent, OfferOutcome, Purpose
from crm.offer.policy import Cap

MET = (OfferOutcome.CHOSEN, OfferOutcome.SHOWN)
DAY, WEEK = timedelta(days=1), timedelta(days=7)

# Nothing equals a parameter that is NULL: of nobody there is nothing.
_REFUSED = select(OfferEvent.promotion_id, OfferEvent.sku).where(
    (OfferEvent.conversation_id == bindparam("conversation_id"))
    | (OfferEvent.customer_id == bindparam("customer_id")),
    OfferEvent.outcome == OfferOutcome.REJECTED,
)
_MET = select(
    func.coalesce(OfferEvent.promotion_id, OfferEvent.sku),
    func.coalesce(OfferEvent.decision, cast(OfferEvent.id, String)),
    OfferEvent.at,
    OfferEvent.purpose,
    OfferEvent.channel,
).where(
    OfferEvent.customer_id == bindparam("customer_id"),
    OfferEvent.outcome.in_(MET),
    OfferEvent.at >= bindparam("since"),
)


@dataclass(frozen=True, slots=True)
class Refused:
    """SKUs and campaigns that were answered with "non mi interessa"."""

    products: frozenset[str] = frozenset()
    campaigns: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Met:
    """An offer that was chosen or shown; `time` tells the times apart at which one was."""

    key: str
    time: str
    at: datetime
    purpose: Purpose | None
    channel: str | None


def refused(session: Session, conversation_id: int | None, customer_id: int | None) -> Refused:
    """What was refused in this conversation, and by this customer anywhere (R17)."""
    whose = {"conversation_id": conversation_id, "customer_id": customer_id}
    rows = session.execute(_REFUSED, whose).all()
    return Refused(
        frozenset(sku for campaign, sku in rows if campaign is None),
        frozenset(campaign for campaign, _ in rows if campaign is not None),
    )


def met_since(session: Session, customer_id: int, since: datetime) -> list[Met]:
    """The offers that a customer has met since."""
    rows = session.execute(_MET, {"customer_id": customer_id, "since": since})
    return [Met(*row) for row in rows]


def times_seen(met: Iterable[Met], since: datetime) -> tuple[tuple[str, int], ...]:
    """How often each product and each campaign was met since."""
    times: defaultdict[str, set[str]] = defaultdict(set)
    for one in met:
        if one.at >= since:
            times[one.key].add(one.time)
    return tuple((key, len(found)) for key, found in sorted(times.items()))


def reaches_cap(met: Sequence[Met], at: datetime, cap: Cap) -> bool:
    """Whether offers were met as often as a day or a week allows."""
    return any(
        len({one.time for one in met if one.at > at - span}) >= most
        for span, most in ((DAY, cap.per_day), (WEEK, cap.per_week))
    )
