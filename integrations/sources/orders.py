"""Rows that are orders, or lines of orders."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from crm.order.models import Order, OrderLine, OrderStatus
from crm.profile.elastic import BadValue, to_number
from crm.source.models import SourceOrder, SourceRecord
from integrations.sources.mapping import OrderColumns
from integrations.sources.owners import Found, Owners, find_owners, key_of, owner_of, time_of
from integrations.sources.rows import Row, RowError
from integrations.sources.translation import Translator, text_of

LONGEST_NUMBER = 20
LONGEST_WORD = 40
LARGEST = Decimal("99999999")
CENT = Decimal("0.01")


@dataclass(frozen=True)
class ReadOrder:
    """What a row says of an order; without a sku it says nothing of its lines."""

    number: str
    owner: SourceRecord
    placed_at: datetime
    status: OrderStatus
    total: Decimal
    shop: str | None
    sku: str | None
    quantity: int
    price: Decimal


def take_orders_in(session: Session, translator: Translator, rows: Sequence[Row]) -> Found:
    """Write orders; rows with one number are its lines. A line told again replaces the former."""
    found = Found()
    columns = translator.mapping.orders
    assert columns is not None
    owners = find_owners(session, translator, rows, found)
    known = _known(session, {text_of(row.get(translator.mapping.key)) for row in rows})
    told: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        try:
            read = _read(translator, columns, row, owners)
            order = _write(session, translator.mapping.source, read, known)
        except BadValue as problem:
            found.errors.append(RowError(row.place, "", str(problem)))
            continue
        _write_line(order, read, told[read.number])
        found.intake.customers.add(order.customer_id)
        found.intake.counts["orders"] += 1
    session.flush()
    return found


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
        shop=_word(row, columns.shop),
        sku=_word(row, columns.sku),
        quantity=_quantity(row, columns.quantity),
        price=_money(row, columns.price) if columns.price else total,
    )


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
    order.total, order.shop = read.total, read.shop
    if order.id is None:
        session.flush()
        session.add(SourceOrder(order_id=order.id, record_id=read.owner.id))
    else:
        session.merge(SourceOrder(order_id=order.id, record_id=read.owner.id))
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


def _word(row: Row, column: str | None) -> str | None:
    word = text_of(row.get(column)) if column else ""
    if len(word) > LONGEST_WORD:
        raise BadValue(f"{column}: it has more than {LONGEST_WORD} characters")
    return word or None


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
