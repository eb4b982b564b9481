"""SQL databases: read in order, from the watermark on, by table or query."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from crm.db import Database
from crm.profile.models import Customer
from integrations.sources.errors import BadMapping, SourceAway
from integrations.sources.sync import Syncing
from tests.integrations.sources.conftest import Bring

ONLINE: dict[str, Any] = {
    "source": "online",
    "read": {"kind": "sql", "url": "sqlite:///shop.db", "table": "account", "watermark": "changed"},
    "key": "id",
    "at": "changed",
    "fields": {"given_name": "first", "family_name": "last", "email": "mail"},
}


@pytest.fixture
def shop(tmp_path: Path):
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("create table account (id integer, first, last, mail, changed)")
        add(connection, 1, "Mario", "2026-03-01 10:00:00")
        add(connection, 2, "Lucia", "2026-03-01 10:00:00")
        add(connection, 3, "Anna", "2026-03-02 10:00:00")
    yield connection
    connection.close()


def add(connection: sqlite3.Connection, number: int, first: str, changed: str | None) -> None:
    row = (number, first, "Rossi", f"{first.lower()}@example.it", changed)
    connection.execute("insert into account values (?, ?, ?, ?, ?)", row)
    connection.commit()


def names(database: Database) -> list[str | None]:
    with database.reading() as session:
        return sorted(session.scalars(select(Customer.given_name)))


def test_only_what_changed_since_is_read(
    database: Database, shop: sqlite3.Connection, bring_in: Bring
) -> None:
    assert bring_in(ONLINE).counts["new"] == 3
    add(shop, 4, "Ugo", "2026-03-02 10:00:00")
    add(shop, 5, "Pia", "2026-03-04 10:00:00")
    report = bring_in(ONLINE)
    assert (report.counts["rows"], report.counts["new"], report.counts["unchanged"]) == (3, 2, 1)
    assert names(database) == ["Anna", "Lucia", "Mario", "Pia", "Ugo"]


def test_rows_without_a_watermark_are_read_each_time(
    shop: sqlite3.Connection, bring_in: Bring
) -> None:
    add(shop, 9, "Nino", None)
    assert bring_in(ONLINE).counts["new"] == 4
    report = bring_in(ONLINE)
    assert (report.counts["rows"], report.counts["unchanged"]) == (2, 2)


@pytest.mark.parametrize("watermark", ["changed", None])
@pytest.mark.parametrize("batch", [1, 2, 500])
def test_broken_off_anywhere_it_goes_on_from_there(
    database: Database, shop: sqlite3.Connection, bring_in: Bring, batch: int, watermark: str | None
) -> None:
    source = {**ONLINE, "read": {**ONLINE["read"], "watermark": watermark}}

    def break_off(report: Any, total: int | None) -> None:
        if report.counts["rows"] >= 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bring_in(source, Syncing(batch=batch, progress=break_off))
    report = bring_in(source, Syncing(batch=batch))
    assert report.counts["rows"] == max(3 - batch, 0)
    assert names(database) == ["Anna", "Lucia", "Mario"]


def test_a_query_says_which_rows(
    database: Database, shop: sqlite3.Connection, bring_in: Bring
) -> None:
    query = "select id, first, last, mail from account where first <> 'Anna';"
    read = {"kind": "sql", "url": "sqlite:///shop.db", "query": query}
    bring_in({**ONLINE, "read": read, "at": None})
    assert names(database) == ["Lucia", "Mario"]


def test_mistakes_are_said_in_one_sentence(
    tmp_path: Path, shop: sqlite3.Connection, bring_in: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reading(**change: Any) -> dict[str, Any]:
        return {**ONLINE, "read": {**ONLINE["read"], **change}}

    with pytest.raises(SourceAway, match="There is no database file"):
        bring_in(reading(url="sqlite:///altro.db"))
    assert not (tmp_path / "altro.db").exists()
    with pytest.raises(SourceAway, match="no such table: clienti"):
        bring_in(reading(table="clienti"))
    with pytest.raises(BadMapping, match=r"There is no column 'data'; there are: id, first"):
        bring_in(reading(watermark="data"))
    with pytest.raises(BadMapping, match="needs the environment variable SHOP_URL"):
        bring_in(reading(url="${SHOP_URL}"))
    with pytest.raises(BadMapping, match="no address of a database"):
        bring_in(reading(url="nonsense"))
    monkeypatch.setenv("SHOP_URL", "sqlite:///shop.db")
    assert bring_in(reading(url="${SHOP_URL}")).counts["new"] == 3
