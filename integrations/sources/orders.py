"""Rows that are orders, or lines of orders."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from crm.offer.sales import close_imported
from crm.order.models import Order, OrderLine, OrderStatus
from crm.profile.elastic import BadValue, to_number
from crm.source.models import SourceOrder, SourceRecord
from integrations.sources.mapping import OrderColumns
from integrations.sources.owners import Found, Owners, find_owners, key_of, owner_of, time_of
from integrations.sources.rows import Row, RowError
from integrations.sources.translation import Translator, read_time, text_of

LONGEST_NUMBER = 20
# What an order may say besides, and how long it may be; these are the names of its columns, too.
LONGEST = {"shop": 40, "shipping": 40, "carrier": 60, "tracking": 60}
DAYS = ("expected_on", "delivered_on")
LONGEST_SKU = 40
LARGEST = Decimal("99999999")
CENT = Decimal("0.01")


@dataclass(frozen=True)
class ReadOrder:
    """What a row says of an order; without a sku it says nothing of its lines.

    Attributes:
        more: shop, delivery and days, as far as the mapping names a column for them.
    """

    number: str
    owner: SourceRecord
    placed_at: datetime
    status: OrderStatus
    total: Decimal
    sku: str | None
    quantity: int
    price: Decimal
    more: Mapping[str, Any] = field(default_factory=dict)


def take_orders_in(
    session: Session, translator: Translator, rows: Sequence[Row], window_days: int
) -> Found:
    """Write orders; rows with one number are its lines. A line told again replaces the former.

    Offers that led to them become sales.

    Args:
        window_days: how long before a purchase an offer counts.
    """
    found = Found()
    columns = translator.mapping.orders
    assert columns is not None
    owners = find_owners(session, translator, rows, found)
    known = _known(session, {text_of(row.get(translator.mapping.key)) for row in rows})
    told: defaultdict[str, set[str]] = defaultdict(set)
    record_of: dict[str, int] = {}
    for row in rows:
        try:
            read = _read(translator, columns, row, owners)
            order = _write(session, translator.mapping.source, read, known)
        except BadValue as problem:
            found.errors.append(RowError(row.place, "", str(problem)))
            continue
        _write_line(order, read, told[read.number])
        record_of[read.number] = read.owner.id
        found.intake.customers.add(order.customer_id)
        found.intake.counts["orders"] += 1
    session.flush()
    _note_records(session, {known[number].id: record for number, record in record_of.items()})
    sold = close_imported(session, [known[number] for number in record_of], window_days)
    found.intake.counts["sales"] += sold
    return found


def _note_records(session: Session, record_of: Mapping[int, int]) -> None:
    """Keep under which record each order came, so that it follows the record to another profile."""
    query = select(SourceOrder).where(SourceOrder.order_id.in_(record_of))
    there = {one.order_id: one for one in session.scalars(query)}
    for order_id, record_id in record_of.items():
        if order_id in there:
            there[order_id].record_id = record_id
        else:
            session.add(SourceOrder(order_id=order_id, record_id=record_id))
    session.flush()


def _known(session: Session, numbers: set[str]) -> dict[str, Order]:
    query = select(Order).where(Order.number.in_(numbers)).options(selectinload(Order.lines))
    return {order.number: order for order in session.scalars(query)}


def _read(translator: Translator, columns: OrderColumns, row: Row, owners: Owners) -> ReadOrder:
    number = key_of(translator, row)
    if len(number) > LONGEST_NUMBER:
        raise BadValue(f"the order's number has more than {LONGEST_NUMBER} characters")
    total = _money(row, columns.total)
    return ReadOrder(
        number=number,
        owner=owner_of(translator, row, owners),
        placed_at=time_of(translator, row),
        status=_status(columns, row),
        total=total,
        sku=_word(row, columns.sku, LONGEST_SKU),
        quantity=_quantity(row, columns.quantity),
        price=_money(row, columns.price) if columns.price else total,
        more=_more(translator, columns, row),
    )


def _more(translator: Translator, columns: OrderColumns, row: Row) -> dict[str, Any]:
    """Shop, delivery and days; a column that is not named leaves what is there."""
    words = {
        name: _word(row, column, longest)
        for name, longest in LONGEST.items()
        if (column := getattr(columns, name))
    }
    days = {
        name: _day(translator, row, column) for name in DAYS if (column := getattr(columns, name))
    }
    return {**words, **days}


def _write(session: Session, source: str, read: ReadOrder, known: dict[str, Order]) -> Order:
    """The order of a row, made or brought up to date."""
    order = known.get(read.number)
    if order is not None and order.source != source:
        raise BadValue(f"order {read.number} came from the source {order.source} already")
    if order is None:
        order = Order(number=read.number, source=source, lines=[])
        known[read.number] = order
        session.add(order)
    order.customer_id = read.owner.customer_id or 0
    order.placed_at, order.status = read.placed_at, read.status
    order.total = read.total
    for name, value in read.more.items():
        setattr(order, name, value)
    return order


def _write_line(order: Order, read: ReadOrder, told: set[str]) -> None:
    """A product of an order; the same one on two rows of it counts together."""
    if read.sku is None:
        return
    line = next((one for one in order.lines if one.sku == read.sku), None)
    if line is None:
        order.lines.append(OrderLine(sku=read.sku, quantity=read.quantity, price=read.price))
    elif read.sku in told:
        line.quantity += read.quantity
    else:
        line.quantity, line.price = read.quantity, read.price
    told.add(read.sku)


def _status(columns: OrderColumns, row: Row) -> OrderStatus:
    if columns.status is None:
        return OrderStatus.DELIVERED
    written = text_of(row.get(columns.status))
    status = columns.statuses.get(written, written)
    if status not in set(OrderStatus):
        raise BadValue(f"the status is none of {', '.join([*columns.statuses, *OrderStatus])}")
    return OrderStatus(status)


def _word(row: Row, column: str | None, longest: int) -> str | None:
    word = text_of(row.get(column)) if column else ""
    if len(word) > longest:
        raise BadValue(f"{column}: it has more than {longest} characters")
    return word or None


def _day(translator: Translator, row: Row, column: str) -> date | None:
    """A day; unlike other times it may lie ahead."""
    value = row.get(column)
    if value in (None, ""):
        return None
    try:
        return read_time(value, translator.zone).astimezone(translator.zone).date()
    except BadValue as problem:
        raise BadValue(f"{column}: {problem}") from None


def _quantity(row: Row, column: str | None) -> int:
    if column is None:
        return 1
    try:
        number = to_number(row.get(column))
    except BadValue:
        number = 0.5
    if number != int(number) or not 0 < number < 1_000_000:
        raise BadValue(f"{column}: it is no number of pieces")
    return int(number)


def _money(row: Row, column: str) -> Decimal:
    value = row.get(column)
    try:
        amount = value if isinstance(value, Decimal) else Decimal(str(to_number(value)))
    except (InvalidOperation, BadValue):
        raise BadValue(f"{column}: it is no amount in euro") from None
    if not -LARGEST < amount < LARGEST:
        raise BadValue(f"{column}: the amount is too large")
    return amount.quantize(CENT)
