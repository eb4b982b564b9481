"""Brings the demo company's people in, from its five sources, the way any company's come."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.demo.assistance import assistance_answering
from app.demo.content import COMPANY
from app.demo.model import DemoCompany, OrderReturn
from app.demo.order_returns import SAID
from app.demo.source_files import write_mappings
from crm.db import Database
from crm.offer.models import Product
from crm.order.models import Order
from crm.profile.elastic import read_fields
from crm.source.models import Source
from crm.ticket.desk import NewTicket, open_ticket
from crm.ticket.models import Ticket, TicketCategory
from integrations.sources.catalogue import add_source
from integrations.sources.sync import Syncing, sync

# The list of prospects has no orders; it comes last, so that a load that was broken off shows.
LAST = "prospects"


def bring_in(
    database: Database, folder: Path, service: str, before_last: Callable[[Session], None]
) -> None:
    """Sync every source in a folder.

    Args:
        service: where the assistance will answer as long as the demo runs.
        before_last: writes what belongs to the orders.
    """
    with assistance_answering(folder) as here:
        names = _add(database, write_mappings(folder, here))
        how = Syncing(own_fields=read_fields(COMPANY / "fields.yml"))
        for name in (one for one in names if one != LAST):
            sync(database, name, how)
        with database.writing() as session:
            before_last(session)
        sync(database, LAST, how)
    _add(database, write_mappings(folder, service))


def _add(database: Database, mappings: Sequence[Path]) -> list[str]:
    with database.writing() as session:
        return [add_source(session, path)[0].name for path in mappings]


def is_broken_off(session: Session) -> bool:
    """Whether some source was added and never read to its end."""
    return (
        session.scalar(select(Source.name).where(Source.synced_at.is_(None)).limit(1)) is not None
    )


def open_returns(session: Session, company: DemoCompany) -> None:
    """A ticket for every return under way, once."""
    for back in company.returns:
        order = session.scalar(select(Order).filter_by(number=back.order_number))
        if back.closed_on is None and order is not None and not _has_ticket(session, order):
            _open_return(session, back, order)


def _has_ticket(session: Session, order: Order) -> bool:
    query = select(Ticket.id).filter_by(order_id=order.id, category=TicketCategory.RETURN)
    return session.scalar(query.limit(1)) is not None


def _open_return(session: Session, back: OrderReturn, order: Order) -> None:
    product = session.get_one(Product, back.sku)
    ticket = open_ticket(
        session,
        NewTicket(
            category=TicketCategory.RETURN,
            description=f"{SAID[back.reason]} ({back.number})",
            customer_id=order.customer_id,
            order_id=order.id,
            product=product.name["it"],
            actor="import",
        ),
    )
    ticket.created_at = noon(back.opened_on)


def noon(day: date) -> datetime:
    """The middle of a day, in UTC."""
    return datetime.combine(day, time(12), UTC)
