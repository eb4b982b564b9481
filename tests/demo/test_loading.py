"""The demo company as `make run` loads it: through its five sources, into one profile a person."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.demo.content import COMPANY
from app.demo.load import load_demo
from app.demo.model import SOURCES
from app.demo.people import SEED, generate_company
from app.demo.source_files import write_mappings
from crm.db import Database, migrate
from crm.order.models import Order
from crm.profile.facts import read_facts
from crm.profile.matching import Outcome, find
from crm.profile.models import Customer, Trait
from crm.profile.traits import current
from crm.source.models import Source, SourceRecord
from crm.ticket.models import Ticket, TicketCategory
from integrations.sources.mapping import parse_mapping, read_mapping

TODAY = date(2026, 3, 2)
SERVICE = "http://127.0.0.1:8123"

# As the README names them, with the sources that know them and the orders to be found.
NAMED = [
    ("Mario Rossi, mario.rossi@example.it, 38068", {"ecommerce", "shop_loyalty", "newsletter"},
     {"EG-20417", "EG-20266", "EG-20107", "EG-20052"}),
    ("Emily Carter, emily.carter@example.com, 70121", {"ecommerce"}, {"EG-20436", "EG-20250"}),
    ("Giulia Bianchi, famiglia.bianchi@example.it, 20121", {"ecommerce", "shop_loyalty"},
     {"EG-20431", "EG-20190", "EG-20071"}),
    ("Luca Bianchi, famiglia.bianchi@example.it, 20121", {"ecommerce"}, {"EG-20440", "EG-20233"}),
    ("Maria Luisa De Santis, marialuisa.desantis@example.it, 00184",
     {"ecommerce", "shop_loyalty", "assistance"}, {"EG-20425", "EG-20160", "EG-20063"}),
    ("Franco Greco, franco.greco@example.it, 70125", {"ecommerce", "shop_loyalty"},
     {"EG-20399", "EG-20284", "EG-20120"}),
]  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def demo(home: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{home / 'bottega.db'}", durable=False)
    migrate(database.engine)
    assert load_demo(database, TODAY, home, SERVICE)
    yield database
    database.close()


@pytest.mark.parametrize(("said", "sources", "orders"), NAMED)
def test_whoever_the_readme_names_is_one_profile_with_all_that_is_theirs(
    demo: Database, said: str, sources: set[str], orders: set[str]
) -> None:
    with demo.reading() as session:
        [found] = [one for one in find(session, read_facts(said)) if one.outcome == Outcome.SAME]
        customer = session.get_one(Customer, found.customer_id)
        assert customer.full_name == said.partition(",")[0]
        query = select(SourceRecord.source).filter_by(customer_id=customer.id)
        assert set(session.scalars(query)) == sources
        bought = select(Order.number).filter_by(customer_id=customer.id)
        assert set(session.scalars(bought)) == orders


def test_what_else_the_readme_promises_is_there(demo: Database) -> None:
    with demo.reading() as session:
        emails = {one.email: one for one in session.scalars(select(Customer))}
        mario, franco = emails["mario.rossi@example.it"], emails["franco.greco@example.it"]
        under_way = session.scalars(select(Order).filter_by(number="EG-20417")).one()
        assert under_way.customer_id == mario.id
        assert (under_way.status, under_way.shipping) == ("shipped", "standard")
        assert under_way.tracking
        assert under_way.expected_on > TODAY
        assert current(session, mario.id)["loyalty_points"].value >= 100
        assert emails["emily.carter@example.com"].language == "en"
        ticket = session.scalars(select(Ticket).filter_by(customer_id=franco.id)).one()
        assert (ticket.category, ticket.product) == (
            TicketCategory.RETURN,
            "Regolabarba multiuso 9 in 1",
        )


def test_every_order_arrives_with_all_its_lines(demo: Database) -> None:
    company = generate_company(SEED, today=TODAY)
    with demo.reading() as session:
        stored = {order.number: order for order in session.scalars(select(Order))}
        assert len(stored) == len(company.orders)
        for order in company.orders:
            there = stored[order.number]
            assert (there.total, there.status, there.shop) == (
                order.total, order.status, order.shop_id,
            )  # fmt: skip
            assert (there.delivered_on, there.shipping) == (
                order.delivered_on, order.shipping_method,
            )  # fmt: skip
            assert sorted((one.sku, one.quantity, one.price) for one in there.lines) == sorted(
                (one.sku, one.quantity, one.unit_price) for one in order.lines
            )


def test_a_second_start_loads_nothing(demo: Database, home: Path) -> None:
    assert not load_demo(demo, TODAY, home, SERVICE)


def test_the_assistance_is_asked_where_the_demo_runs_afterwards(demo: Database) -> None:
    with demo.reading() as session:
        url = session.get_one(Source, "assistance").mapping["read"]["url"]
    assert url == f"{SERVICE}/demo/assistance/people"


def test_a_load_that_was_broken_off_is_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'bottega.db'}", durable=False)
    migrate(database.engine)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("app.demo.load.open_returns", _break_off)
        load_demo(database, TODAY, tmp_path, SERVICE)
    assert load_demo(database, TODAY, tmp_path, SERVICE)
    with database.reading() as session:
        assert session.scalar(select(func.count(Order.id))) == 8000
        returns = select(func.count(Ticket.id)).filter_by(category=TicketCategory.RETURN)
        company = generate_company(SEED, today=TODAY)
        assert session.scalar(returns) == sum(one.closed_on is None for one in company.returns) > 0
    assert not load_demo(database, TODAY, tmp_path, SERVICE)
    database.close()


def _break_off(*_: object) -> None:
    raise KeyboardInterrupt


def test_the_mappings_name_every_trait_with_its_kind(demo: Database) -> None:
    company = generate_company(SEED, today=TODAY)
    for source in SOURCES:
        mapping = parse_mapping(read_mapping(COMPANY / "sources" / f"{source}.yml"))
        kinds = {
            name: kind
            for record in company.records if record.source == source
            for name, (_, kind) in record.traits.items()
        }  # fmt: skip
        assert {name: mapping.fields[name].kind or mapping.kind for name in kinds} == kinds
    with demo.reading() as session:
        assert session.scalar(select(func.count(Trait.id)).filter_by(name="skin"))


def test_customers_are_written_before_their_orders(tmp_path: Path) -> None:
    names = [path.stem for path in write_mappings(tmp_path, SERVICE)]
    assert names.index("ecommerce") < names.index("ecommerce_orders")
    assert names.index("shop_loyalty") < names.index("shop_receipts")
