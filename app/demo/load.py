"""Loads the demo company into an empty database: catalogue, then people by their sources."""

import tempfile
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.demo.arrival import bring_in, is_broken_off, open_returns
from app.demo.campaigns import promotion_from
from app.demo.content import COMPANY, read_promotions, read_yaml
from app.demo.model import DemoCompany
from app.demo.past.load import load_past
from app.demo.people import SEED, generate_company
from app.demo.source_files import SERVICE, write_sources
from crm.conversation.models import Conversation
from crm.db import Database, now
from crm.offer.models import Product
from crm.profile.models import Customer

SHOPS = ("online", "rovereto", "milano", "roma", "bari")


def load_demo(
    database: Database, today: date, home: Path | None = None, service: str = SERVICE
) -> bool:
    """Fill the database with the demo company; does nothing when there are customers already.

    Killed in the middle and started again, it goes on where it was.

    Args:
        home: the sources of its customers are laid out in there; none: in a temporary folder.
        service: where the assistance of the company will be asked by later syncs.
    """
    with database.reading() as session:
        is_new = session.scalar(select(Customer.id).limit(1)) is None
        if not is_new and not is_broken_off(session):
            return False
    company = generate_company(SEED, today=today)
    folder = (home or Path(tempfile.mkdtemp(prefix="bottega-demo-"))) / "sources"
    if is_new:
        folder.mkdir(exist_ok=True)
        write_sources(company, folder, service)
        with database.writing() as session:
            load_catalogue(session, today)
    bring_in(database, folder, service, lambda session: _add_history(session, company))
    return True


def _add_history(session: Session, company: DemoCompany) -> None:
    """What has happened since: returns under way, the conversations of two months; once."""
    open_returns(session, company)
    if session.scalar(select(Conversation.id).limit(1)) is None:
        load_past(session, SEED, now())


def load_catalogue(session: Session, today: date) -> None:
    """The products and the promotions, unless they are there."""
    if session.scalar(select(Product.sku).limit(1)) is not None:
        return
    for entry in read_catalogue():
        session.add(product_from(entry))
    for entry in read_promotions():
        session.add(promotion_from(entry, today))
    session.flush()


def read_catalogue() -> Iterable[dict[str, Any]]:
    """The catalogue's entries as they are written, by file and then in order."""
    for path in sorted((COMPANY / "products").glob("*.yml")):
        yield from read_yaml(path)


def product_from(entry: dict[str, Any]) -> Product:
    """A product of the catalogue; what has no column of its own becomes an attribute."""
    own = ("sku", "category", "name", "description", "price")
    return Product(
        **{key: entry[key] for key in own if key != "price"},
        price=Decimal(entry["price"]),
        attributes={key: value for key, value in entry.items() if key not in own},
        stock=_stock(entry["sku"]),
    )


def _stock(sku: str) -> dict[str, int]:
    """Pieces in stock by place, spread by the SKU's number; a few are sold out somewhere."""
    number = int(sku.rpartition("-")[2])
    return {place: (number * (7 + step) + step) % 13 for step, place in enumerate(SHOPS)}
