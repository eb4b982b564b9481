"""Which planned moments may be over: those of customers of whom something has become known."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, or_

from crm.consent.models import Consent
from crm.moment.customer_rules import UNDONE
from crm.moment.models import Moment, MomentState
from crm.order.models import Order
from crm.profile.models import Customer, CustomerStatus
from crm.ticket.models import OPEN_STATUSES, Ticket, TicketCategory


def with_news(since: datetime) -> ColumnElement[bool]:
    """Planned, and with an open matter, a no, a purchase, an order undone, or a profile gone.

    More than will be withdrawn; never less.

    Args:
        since: from when on a purchase can end a moment that is still planned.
    """
    of = Moment.customer_id
    open_matter = exists().where(
        Ticket.customer_id == of,
        Ticket.status.in_(OPEN_STATUSES),
        Ticket.category != TicketCategory.HANDOFF,
    )
    no = exists().where(Consent.customer_id == of, Consent.granted.is_(False))
    bought = exists().where(Order.customer_id == of, Order.placed_at >= since)
    undone = exists().where(Order.customer_id == of, Order.status.in_(UNDONE))
    gone = exists().where(Customer.id == of, Customer.status != CustomerStatus.ACTIVE)
    return and_(Moment.state == MomentState.PLANNED, or_(open_matter, no, bought, undone, gone))
