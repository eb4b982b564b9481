"""The demo company as its five separate databases, each of another kind, with mappings beside.

The online shop is a SQLite database, the loyalty cards and the newsletter are CSV files, the list
of prospects is an Excel sheet, and the assistance answers JSON over HTTP (`app.demo.assistance`).

python -m app.demo.source_files FOLDER
"""

import csv
import json
import sqlite3
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, date
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from app.demo.assistance import ANSWERS
from app.demo.content import COMPANY
from app.demo.model import SOURCES, DemoCompany, Order, Source, SourceRecord
from app.demo.people import SEED, generate_company

SERVICE = "http://127.0.0.1:8000"
PERSON = ("given_name", "family_name", "codice_fiscale")
CONTACT = ("email", "phone")
HOME = ("address", "city", "province", "cap")

Table = tuple[list[str], list[list[Any]]]


def write_sources(company: DemoCompany, folder: Path, service: str = SERVICE) -> None:
    """Write what each source knows, as it knows it, and the mappings beside.

    Args:
        service: where the assistance's JSON is to be asked for.
    """
    by_source = {source: _records(company, source) for source in SOURCES}
    tables = {source: _table(records) for source, records in by_source.items()}
    accounts = _accounts(company)
    _write_shop(folder / "ecommerce.db", tables["ecommerce"], company, accounts)
    _write_csv(folder / "shop_loyalty.csv", tables["shop_loyalty"])
    _write_csv(folder / "shop_receipts.csv", _receipts(company, accounts))
    _write_csv(folder / "newsletter.csv", tables["newsletter"])
    _write_sheet(folder / "prospects.xlsx", tables["prospects"])
    answers = [_nested(_row(record)) for record in by_source["assistance"]]
    (folder / ANSWERS).write_text(json.dumps(answers, ensure_ascii=False), encoding="utf-8")
    write_mappings(folder, service)


def write_mappings(folder: Path, service: str) -> list[Path]:
    """Copy the mappings, with the address of the service filled in; customers before orders."""
    written = []
    for path in sorted((COMPANY / "sources").glob("*.yml"), key=lambda one: _place(one.stem)):
        text = path.read_text(encoding="utf-8").replace("{service}", service)
        (folder / path.name).write_text(text, encoding="utf-8")
        written.append(folder / path.name)
    return written


def _place(name: str) -> tuple[bool, int]:
    places: dict[str, int] = {source: place for place, source in enumerate(SOURCES)}
    return name not in places, places.get(name, 0)


def _records(company: DemoCompany, source: Source) -> list[SourceRecord]:
    return [record for record in company.records if record.source == source]


def _table(records: Sequence[SourceRecord]) -> Table:
    """The records as rows under the names of all their fields."""
    rows = [_row(record) for record in records]
    header = list(dict.fromkeys(name for row in rows for name in row))
    return header, [[row.get(name, "") for name in header] for row in rows]


def _row(record: SourceRecord) -> dict[str, str]:
    answers = {
        f"{purpose}_{channel}": "1" if granted else "0"
        for (purpose, channel), granted in record.consents.items()
    }
    traits = {name: value for name, (value, _) in record.traits.items()}
    own = {"key": record.key, "registered_on": record.registered_on.isoformat()}
    return {**own, **record.fields, **traits, **answers}


def _nested(row: dict[str, str]) -> dict[str, Any]:
    """As services like to answer: what belongs together is together."""
    groups = {"person": PERSON, "contact": CONTACT, "home": HOME}
    grouped = {name for names in groups.values() for name in names}
    nested: dict[str, Any] = {name: value for name, value in row.items() if name not in grouped}
    for group, names in groups.items():
        nested[group] = {name: row[name] for name in names if name in row}
    return nested


def _accounts(company: DemoCompany) -> dict[tuple[str, str], str]:
    """Under which key of a source a person buys: the oldest one."""
    oldest = sorted(company.records, key=lambda record: record.registered_on, reverse=True)
    return {(record.person_id, record.source): record.key for record in oldest}


def _orders(company: DemoCompany, source: Source) -> list[Order]:
    return [order for order in company.orders if order.source == source]


def _write_shop(
    path: Path, accounts: Table, company: DemoCompany, keys: dict[tuple[str, str], str]
) -> None:
    path.unlink(missing_ok=True)
    orders = _orders(company, "ecommerce")
    bought = ["number", "account", "placed_at", "updated_at", "status", "total", "shipping",
              "carrier", "tracking", "shop", "expected_on", "delivered_on"]  # fmt: skip
    rows = [
        [order.number, keys[order.person_id, "ecommerce"], _at(order), _at(order),
         order.status, str(order.total), order.shipping_method, order.carrier,
         order.tracking_code, order.shop_id, _day(order.expected_on), _day(order.delivered_on)]
        for order in orders
    ]  # fmt: skip
    lines = [
        [order.number, line.sku, line.quantity, str(line.unit_price)]
        for order in orders for line in order.lines
    ]  # fmt: skip
    connection = sqlite3.connect(path)
    with connection:
        _fill(connection, "account", *accounts)
        _fill(connection, "purchase", bought, rows)
        _fill(connection, "purchase_line", ["purchase", "sku", "quantity", "price"], lines)
    connection.close()


def _fill(
    connection: sqlite3.Connection, table: str, header: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    columns, places = ", ".join(header), ", ".join("?" for _ in header)
    connection.execute(f"CREATE TABLE {table} ({columns})")
    connection.executemany(f"INSERT INTO {table} VALUES ({places})", rows)  # noqa: S608 - "?"


def _receipts(company: DemoCompany, keys: dict[tuple[str, str], str]) -> Table:
    """What the tills of the shops printed for holders of a card, line by line."""
    header = ["number", "card", "sold_at", "status", "total", "shop", "handed_over", "taken_on",
              "sku", "quantity", "price"]  # fmt: skip
    return header, [
        [order.number, keys[order.person_id, "shop_loyalty"], _at(order), order.status,
         order.total, order.shop_id, order.shipping_method, _day(order.delivered_on),
         line.sku, line.quantity, line.unit_price]
        for order in _orders(company, "shop_loyalty") for line in order.lines
    ]  # fmt: skip


def _at(order: Order) -> str:
    """When an order was placed; in UTC, so that the texts sort by time."""
    return order.placed_at.astimezone(UTC).isoformat()


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _write_csv(path: Path, table: Table) -> None:
    header, rows = table
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter=";").writerows([header, *rows])


def _write_sheet(path: Path, table: Table) -> None:
    header, rows = table
    book = Workbook(write_only=True)
    sheet = book.create_sheet("prospects")
    for row in (header, *rows):
        sheet.append(row)
    book.save(path)


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    write_sources(generate_company(SEED, today=date.today()), target)  # noqa: DTZ011 - the demo's day
