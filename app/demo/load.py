"""Loads the demo company into an empty database."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.demo.content import COMPANY, read_promotions, read_yaml
from app.demo.model import DemoCompany, OrderReturn, Person, SourceRecord
from app.demo.past.load import load_past
from app.demo.people import generate_company
from crm.consent.models import Consent
from crm.db import Database, now
from crm.offer.models import Product, Promotion
from crm.order.models import Order, OrderLine
from crm.profile.keys import index_customers
from crm.profile.models import Customer, Trait, TraitKind
from crm.profile.names import display_name
from crm.profile.traits import COLUMNS, winner
from crm.ticket.desk import NewTicket, open_ticket
from crm.ticket.models import TicketCategory

SEED = 1950
SHOPS = ("online", "rovereto", "milano", "roma", "bari")


def load_demo(database: Database, today: date) -> bool:
    """Fill the database with the demo company; does nothing when there are customers already."""
    with database.writing() as session:
        if session.scalar(select(Customer.id).limit(1)) is not None:
            return False
        load_catalogue(session, today)
        load_people(session, generate_company(SEED, today=today))
        load_past(session, SEED, now())
    return True


def load_catalogue(session: Session, today: date) -> None:
    """The products and the promotions."""
    for entry in read_catalogue():
        session.add(product_from(entry))
    for entry in read_promotions():
        session.add(
            Promotion(
                id=entry["id"],
                name=entry["name"],
                text=entry["text"],
                terms={key: entry[key] for key in ("discount", "applies_to", "audience", "zone")},
                starts_on=today + timedelta(days=entry["starts_days"]),
                ends_on=today + timedelta(days=entry["ends_days"]),
            )
        )
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


def load_people(session: Session, company: DemoCompany) -> None:
    """Customers with their traits and consents, orders, returns under way."""
    records: dict[str, list[SourceRecord]] = defaultdict(list)
    for record in company.records:
        records[record.person_id].append(record)
    ids = {
        person.id: number for number, person in enumerate(company.people, 1) if records[person.id]
    }
    _load_profiles(session, company.people, records, ids)
    _load_orders(session, company, ids)
    _load_returns(session, company.returns, company, ids)
    index_customers(session, ids.values())


def _load_profiles(
    session: Session,
    people: Sequence[Person],
    records: dict[str, list[SourceRecord]],
    ids: dict[str, int],
) -> None:
    customers, traits, consents = [], [], []
    for person in people:
        if person.id not in ids:
            continue
        known = [
            trait for record in records[person.id] for trait in _traits(record, ids[person.id])
        ]
        customers.append(_columns(ids[person.id], known))
        traits += [_row(trait) for trait in known]
        consents += [row for record in records[person.id] for row in _consents(record, ids)]
    session.execute(insert(Customer), customers)
    session.execute(insert(Trait), traits)
    session.execute(insert(Consent), consents)


def _traits(record: SourceRecord, customer_id: int) -> Iterable[Trait]:
    at = noon(record.registered_on)
    for name, value in record.fields.items():
        yield _trait(customer_id, *_understood(name, value), "explicit", record, at)
    for name, (value, kind) in record.traits.items():
        yield _trait(customer_id, name, value, kind, record, at)


def _understood(name: str, value: str) -> tuple[str, Any]:
    """A field of a source under our name and in our writing; slips of the pen stay slips."""
    if name == "points":
        return "loyalty_points", int(value)
    if name in ("given_name", "family_name"):
        return name, display_name(value)
    if name == "email":
        return name, value.strip().lower()
    return name, value


def _trait(
    customer_id: int, name: str, value: Any, kind: str, record: SourceRecord, at: datetime
) -> Trait:
    return Trait(
        customer_id=customer_id,
        name=name,
        value=value,
        kind=TraitKind(kind),
        source=record.source,
        at=at,
    )


def _row(trait: Trait) -> dict[str, Any]:
    names = ("customer_id", "name", "value", "kind", "source", "at")
    return {name: getattr(trait, name) for name in names}


def _columns(customer_id: int, known: Sequence[Trait]) -> dict[str, Any]:
    row: dict[str, Any] = {"id": customer_id}
    for column in COLUMNS:
        values = [trait for trait in known if trait.name == column]
        row[column] = winner(values).value if values else None
    return row


def _consents(record: SourceRecord, ids: dict[str, int]) -> Iterable[dict[str, Any]]:
    for (purpose, channel), granted in record.consents.items():
        yield {
            "customer_id": ids[record.person_id],
            "purpose": purpose,
            "channel": channel,
            "granted": granted,
            "source": record.source,
            "evidence": f"{record.source} {record.key}",
            "at": noon(record.registered_on),
        }


def _load_orders(session: Session, company: DemoCompany, ids: dict[str, int]) -> None:
    orders, lines = [], []
    for number, order in enumerate(company.orders, 1):
        orders.append(
            {
                "id": number,
                "number": order.number,
                "customer_id": ids[order.person_id],
                "source": order.source,
                "status": order.status,
                "placed_at": _aware(order.placed_at),
                "total": order.total,
                "shipping": order.shipping_method,
                "carrier": order.carrier,
                "tracking": order.tracking_code,
                "shop": order.shop_id,
                "expected_on": order.expected_on,
                "delivered_on": order.delivered_on,
            }
        )
        lines += [
            {"order_id": number, "sku": line.sku, "quantity": line.quantity,
             "price": line.unit_price} for line in order.lines
        ]  # fmt: skip
    session.execute(insert(Order), orders)
    session.execute(insert(OrderLine), lines)


def _load_returns(
    session: Session, returns: Sequence[OrderReturn], company: DemoCompany, ids: dict[str, int]
) -> None:
    numbers = {order.number: position for position, order in enumerate(company.orders, 1)}
    owners = {order.number: order.person_id for order in company.orders}
    for back in returns:
        if back.closed_on is None:
            ticket = open_ticket(
                session,
                NewTicket(
                    category=TicketCategory.RETURN,
                    description=f"{back.number}: {back.reason}",
                    customer_id=ids[owners[back.order_number]],
                    order_id=numbers[back.order_number],
                    product=back.sku,
                    actor="import",
                ),
            )
            ticket.created_at = noon(back.opened_on)


def noon(day: date) -> datetime:
    """The middle of a day, in UTC."""
    return datetime.combine(day, time(12), UTC)


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
