"""The offer of a moment: one product for this customer, chosen by the rules of `crm.offer`."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.event.models import Signal, SignalKind
from crm.moment.occasions import sku_of
from crm.offer.eligibility import Circumstances
from crm.offer.facets import Facet
from crm.offer.models import Product
from crm.offer.recommend import Choice, recommend, rejected_skus
from crm.order.lookup import bought_skus
from crm.profile.traits import current
from crm.ticket.desk import has_open_matter

LOOKED_AT = (SignalKind.PAGE_VIEW, SignalKind.CART, SignalKind.LIKE)
LOOK_BACK = timedelta(days=30)
TRAITS = ("skin", "hair")


def suggest(
    session: Session, customer_id: int, conversation_id: int, channel: str, at: datetime
) -> Choice | None:
    """What to offer to a customer who asked for nothing: what goes with what they have bought, or
    what they looked at lately; None where no rule lets anything through.
    """
    bought = frozenset(bought_skus(session, customer_id))
    owned = session.scalars(select(Product).where(Product.sku.in_(bought))).all()
    told = current(session, customer_id)
    now = Circumstances(
        traits=frozenset(Facet(one, str(told[one].value)) for one in TRAITS if one in told),
        rejected=rejected_skus(session, conversation_id, customer_id),
        bought=bought,
        bought_categories=frozenset(product.category for product in owned),
        has_open_matter=has_open_matter(session, customer_id),
        asked=False,
    )
    choices, _ = recommend(session, _looked_at(session, customer_id, at), now, limit=1)
    return choices[0] if choices else None


def _looked_at(session: Session, customer_id: int, at: datetime) -> dict[str, float]:
    query = select(Signal).where(
        Signal.customer_id == customer_id,
        Signal.kind.in_(LOOKED_AT),
        Signal.at >= at - LOOK_BACK,
    )
    return {sku: 0.5 for signal in session.scalars(query) if (sku := sku_of(signal))}
