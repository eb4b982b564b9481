"""Killed and started again, tried without effect, orders and signals, the command."""

import csv
import gc
import inspect
import random
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from sqlalchemy import select
from typer.testing import CliRunner

from app.cli import cli
from app.settings import ROOT
from crm.db import Database
from crm.event.models import Signal, SignalKind
from crm.offer.models import OfferEvent, OfferOutcome
from crm.offer.outcomes import Offered, note
from crm.order.models import Order, OrderStatus
from crm.profile import emails, names, phones, places
from crm.profile.models import Customer
from crm.source.models import SourceRecord
from integrations.sources.catalogue import add_source
from integrations.sources.rehearsal import rehearsal
from integrations.sources.sync import Report, Syncing, sync
from tests.crm.source.rows import contents
from tests.integrations.sources.conftest import Bring

CARDS: dict[str, Any] = {
    "source": "cards",
    "read": {"kind": "file", "path": "cards.csv"},
    "key": "card",
    "at": "since",
    "fields": {"given_name": "name", "family_name": "surname", "email": "mail", "phone": "phone"},
    "consents": [{"purpose": "marketing", "channel": "email", "from": "news"}],
}


def write_cards(folder: Path, count: int) -> None:
    """Cards of a town where many a person has two and families share contacts."""
    draw = random.Random(7)
    with (folder / "cards.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["card", "since", "name", "surname", "mail", "phone", "news"])
        for card in range(count):
            person = draw.randrange(count // 2)
            name = ["Mario", "Lucia", "Anna", "Ugo"][person % 4]
            surname = ["Rossi", "Zanella", "Fumagalli"][person % 3]
            mail = f"{surname}.{person // 3}@example.it" if draw.random() < 0.7 else ""
            phone = f"340{person // 3:07}" if draw.random() < 0.6 else ""
            news = draw.choice(["si", "no", ""])
            table.writerow([card, "2026-03-01", name, surname, mail, phone, news])


def add(database: Database, folder: Path, mapping: dict[str, Any]) -> None:
    path = folder / f"{mapping['source']}.yml"
    path.write_text(yaml.safe_dump(mapping, sort_keys=False))
    with database.writing() as session:
        add_source(session, path)


@pytest.mark.parametrize("rows", [1, 50, 199])
def test_killed_in_the_middle_and_started_again_it_ends_the_same(
    database: Database, tmp_path: Path, rows: int
) -> None:
    write_cards(tmp_path, 200)
    add(database, tmp_path, CARDS)
    database.close()
    other = shutil.copy(tmp_path / "test.db", tmp_path / "other.db")

    command = [sys.executable, "-m", "tests.integrations.sources.killed"]
    url = f"sqlite:///{other}"
    killed = subprocess.run([*command, url, "cards", str(rows)], cwd=ROOT, check=False)
    assert killed.returncode == -9
    again = Database(url, durable=False)
    with again.reading() as session:
        done = len(session.scalars(select(SourceRecord)).all())
        assert 0 < done <= 200
    report = sync(again, "cards", Syncing(batch=20))
    assert report.counts["rows"] == 200 - done

    sync(database, "cards", Syncing(batch=20))
    assert contents(again) == contents(database)
    again.close()


def test_nothing_is_kept_of_rows_that_were_taken_in(database: Database, tmp_path: Path) -> None:
    write_cards(tmp_path, 400)
    add(database, tmp_path, CARDS)
    held: dict[int, int] = {}

    def weigh(report: Report, total: int | None) -> None:
        if report.counts["rows"] in (100, 400):
            gc.collect()
            ours = (str(type(one).__module__).partition(".")[0] for one in gc.get_objects())
            held[report.counts["rows"]] = sum(area in ("crm", "integrations") for area in ours)

    sync(database, "cards", Syncing(batch=20, progress=weigh))
    assert held[400] - held[100] < 20  # a batch has more than a hundred of our own things


@pytest.mark.parametrize("module", [names, emails, phones, places], ids=lambda one: one.__name__)
def test_what_is_remembered_of_values_has_an_end(module: ModuleType) -> None:
    cached = {name: one for name, one in vars(module).items() if hasattr(one, "cache_info")}
    with_arguments = [one for one in cached.values() if inspect.signature(one).parameters]
    assert with_arguments
    assert all((one.cache_info().maxsize or 10**9) <= 20_000 for one in with_arguments)


def test_a_dry_run_reports_the_same_and_changes_nothing(database: Database, tmp_path: Path) -> None:
    write_cards(tmp_path, 60)
    add(database, tmp_path, CARDS)
    before = contents(database)
    with rehearsal(database) as copy:
        tried = sync(copy, "cards")
    assert contents(database) == before
    assert sync(database, "cards").counts == tried.counts
    assert tried.counts["new"] > 0 < tried.counts["joined"]


ORDERS: dict[str, Any] = {
    "source": "shop_orders",
    "read": {"kind": "file", "path": "orders.csv"},
    "key": "number",
    "at": "day",
    "customer": "card",
    "of": "cards",
    "orders": {"status": "state", "statuses": {"S": "shipped"}, "total": "total", "sku": "sku",
               "quantity": "pieces", "price": "price"},
}  # fmt: skip
ORDER_ROWS = (
    "number,day,card,state,total,sku,pieces,price\n"
    'O-1,2026-03-02,0,delivered,"25,00",EG-1,2,10\n'
    'O-1,2026-03-02,0,delivered,"25,00",EG-2,1,5\n'
    "O-2,2026-03-03,1,S,9.90,EG-3,1,9.90\n"
)


def test_r22_an_order_that_a_source_brings_closes_the_offers_that_led_to_it(
    database: Database, tmp_path: Path, bring_in: Bring
) -> None:
    cards = "card,since,name,surname,mail,phone,news\n0,2026-02-01,Mario,Rossi,m@example.it,,\n"
    (tmp_path / "cards.csv").write_text(cards + "1,2026-02-01,Lucia,Verdi,l@example.it,,\n")
    (tmp_path / "orders.csv").write_text(ORDER_ROWS)
    bring_in(CARDS)
    day = datetime(2026, 3, 1, tzinfo=UTC)
    met = (("EG-1", OfferOutcome.SHOWN, 9), ("EG-2", OfferOutcome.ACCEPTED, 2),
           ("EG-2", OfferOutcome.SHOWN, 40), ("EG-9", OfferOutcome.SHOWN, 1))  # fmt: skip
    with database.writing() as session:
        query = select(SourceRecord.customer_id).where(SourceRecord.key == "0")
        mario = session.scalars(query).one()
        for sku, outcome, ago in met:
            at = day - timedelta(days=ago)
            note(session, outcome, Offered(sku), customer_id=mario, at=at)
    # One row a batch: the second line of an order comes after the first is closed.
    assert bring_in(ORDERS, Syncing(batch=1, window_days=5)).counts["sales"] == 1
    assert bring_in(ORDERS, Syncing(batch=1, anew=True)).counts["sales"] == 1
    assert bring_in(ORDERS, Syncing(anew=True)).counts["sales"] == 0
    with database.reading() as session:
        sold = session.scalars(select(OfferEvent).filter_by(outcome=OfferOutcome.SOLD))
        assert sorted((one.sku, str(one.amount), one.customer_id) for one in sold) == [
            ("EG-1", "20.00", mario), ("EG-2", "5.00", mario)
        ]  # fmt: skip


def test_orders_come_with_their_lines_and_follow_their_record(
    database: Database, tmp_path: Path, bring_in: Bring
) -> None:
    cards = "card,since,name,surname,mail,phone,news\n0,2026-03-01,Mario,Rossi,m@example.it,,\n"
    (tmp_path / "cards.csv").write_text(cards + "1,2026-03-01,Mario,Rossi,,3401234567,\n")
    (tmp_path / "orders.csv").write_text(ORDER_ROWS + "O-3,2026-03-04,77,delivered,1,EG-1,1,1\n")
    bring_in(CARDS)
    report = bring_in(ORDERS, Syncing(batch=1))
    assert [str(error) for error in report.errors] == [
        "orders.csv:5: card names no customer of the source cards; sync that one first"
    ]
    bring_in(ORDERS, Syncing(batch=2, anew=True))
    with database.reading() as session:
        first, second = session.scalars(select(Order).order_by(Order.number))
        assert sorted((line.sku, line.quantity) for line in first.lines) == [
            ("EG-1", 2), ("EG-2", 1)
        ]  # fmt: skip
        assert (str(first.total), second.status) == ("25.00", OrderStatus.SHIPPED)
        assert first.customer_id != second.customer_id
    joined = "card,since,name,surname,mail,phone,news\n2,2026-03-05,Mario,Rossi,m@example.it,"
    (tmp_path / "more.csv").write_text(joined + "3401234567,\n")
    bring_in({**CARDS, "source": "more", "read": {"kind": "file", "path": "more.csv"}})
    with database.reading() as session:
        first, second = session.scalars(select(Order).order_by(Order.number))
        assert first.customer_id == second.customer_id
        assert session.get_one(Customer, first.customer_id).status == "active"


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        ("O-9,2026-03-04,0,lost,1,,,1", "the status is none of S, placed"),
        ("O-9,,0,S,1,,,1", "day: it is empty"),
        ("O-9,2026-03-04,0,S,molto,,,1", "total: it is no amount in euro"),
        ("O-9,2026-03-04,0,S,1,EG-1,mezzo,1", "pieces: it is no number of pieces"),
        ("0-999999999999999999999999,2026-03-04,0,S,1,,1,1", "more than 20 characters"),
    ],
)
def test_a_wrong_order_is_an_error_and_leaves_nothing(
    database: Database, tmp_path: Path, bring_in: Bring, bad: str, sentence: str
) -> None:
    write_cards(tmp_path, 20)
    (tmp_path / "orders.csv").write_text(ORDER_ROWS + bad + "\n")
    bring_in(CARDS)
    [error] = bring_in(ORDERS).errors
    assert sentence in str(error)
    with database.reading() as session:
        assert len(session.scalars(select(Order)).all()) == 2


def test_signals_come_once_into_the_timeline(
    database: Database, tmp_path: Path, bring_in: Bring
) -> None:
    write_cards(tmp_path, 4)
    (tmp_path / "visits.csv").write_text(
        "id,when,who,what,page\nv1,2026-03-02T10:00:00,0,view,/phon\nv2,2026-03-02,1,jump,/\n"
    )
    visits = {
        "source": "visits",
        "read": {"kind": "file", "path": "visits.csv"},
        "key": "id",
        "at": "when",
        "customer": "who",
        "of": "cards",
        "signals": {
            "kind_from": "what",
            "kinds": {"view": "page_view"},
            "details": {"page": "page"},
        },
    }
    bring_in(CARDS)
    report = bring_in(visits)
    assert "the kind is none of view, purchase" in str(report.errors[0])
    assert bring_in(visits, Syncing(anew=True)).counts["unchanged"] == 1
    with database.reading() as session:
        [signal] = session.scalars(select(Signal))
    assert (signal.kind, signal.details) == (SignalKind.PAGE_VIEW, {"page": "/phon"})
    assert signal.customer_id is not None


def run(*words: str) -> Any:
    return CliRunner().invoke(cli, ["source", *words])


def test_the_command_adds_checks_syncs_and_lists(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOTTEGA_HOME", str(tmp_path / "home"))
    write_cards(tmp_path, 30)
    mapping = tmp_path / "cards.yml"
    mapping.write_text(yaml.safe_dump(CARDS, sort_keys=False))
    assert "cards: 30 rows read, 0 errors" in run("check", str(mapping)).stdout
    assert run("add", str(mapping)).stdout == "cards: added\n"
    assert "never synced" in run("list").stdout
    assert "dry run: nothing was changed" in run("sync", "--dry-run").stdout
    assert "0 records" in run("list").stdout
    assert "30 rows read" in run("sync", "cards").stdout
    assert "cards  file  30 records  20" in run("list").stdout
    unknown = run("sync", "card")
    assert str(unknown.exception) == "There is no source 'card'; there are: cards."


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"source": "Le Carte"}, "source: string should match pattern"),
        ({"keys": "card"}, "keys is not a word of a mapping; see docs/sources.md."),
        ({"read": {"kind": "ftp"}}, "read: input tag 'ftp' found using 'kind' does not match"),
        ({"read": {"kind": "sql", "url": "x"}}, "read.sql: give either 'table' or 'query'."),
        ({"fields": {}}, "The mapping: name at least one of 'fields'."),
        ({"orders": {"total": "t"}}, "orders need 'customer' and 'at'"),
        ({"consents": [{"purpose": "x", "channel": "email", "from": "n"}]}, "consents.0.purpose:"),
        ({"consents": [{"purpose": "marketing", "channel": "fax", "from": "n"}]}, "use one of"),
    ],
)
def test_a_wrong_mapping_is_told_in_a_sentence(
    database: Database, tmp_path: Path, change: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ValueError) as raised:
        add(database, tmp_path, {**CARDS, **change})
    assert sentence in str(raised.value)
