"""The demo's pages as a client without a browser sees them."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.demo import catalogue
from app.demo.pages import demo_router, illustrations, wording
from crm.db import Database, migrate
from crm.mail.outbox import queue_mail

TODAY = date(2026, 3, 2)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    path = tmp_path_factory.mktemp("demo") / "demo.db"
    database = Database(f"sqlite:///{path}", durable=False)
    migrate(database.engine)
    yield database
    database.close()


@pytest.fixture(scope="module")
def demo(database: Database) -> Iterator[TestClient]:
    app = FastAPI()
    app.include_router(demo_router(database, links=[("Banco", "/desk")]))
    with TestClient(app) as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/demo/shop"])
def test_the_shop_is_on_both_addresses(demo: TestClient, path: str) -> None:
    page = demo.get(path).text
    assert "Dal 1950 la bottega che ti conosce." in page
    assert '<html lang="it">' in page
    assert '<script src="/webchat/widget.js"' in page
    assert 'href="/desk"' in page


def test_the_shop_speaks_english(demo: TestClient) -> None:
    page = demo.get("/?lang=en").text
    assert '<html lang="en">' in page
    assert 'data-locale="en"' in page
    assert "The corner shop that knows you" in page
    assert "/demo/departments/face?lang=en" in page


@pytest.mark.parametrize("sku", sorted(catalogue.products_by_sku()))
def test_every_product_has_its_page_and_its_drawing(sku: str) -> None:
    product = catalogue.products_by_sku()[sku]
    department = catalogue.department_of(product["category"])
    assert product["category"] in department["categories"]
    drawing = ElementTree.fromstring(illustrations.draw_product(product))
    assert drawing.tag.endswith("svg")
    assert "{{" not in illustrations.draw_product(product)


@pytest.mark.parametrize("language", ["it", "en"])
def test_a_product_page_says_all_there_is(demo: TestClient, language: str) -> None:
    product = catalogue.products_by_sku()["EG-3037"]
    page = demo.get(f"/demo/products/EG-3037?lang={language}").text
    for part in ("name", "description", "how_to", "tip", "spec"):
        opening = re.split(r"['\"&]", product[part][language])[0]
        assert opening in page
    for other in product["goes_with"]:
        assert f"/demo/products/{other}" in page
    assert wording.price("219.00", language) in page


def test_an_unknown_product_is_not_there(demo: TestClient) -> None:
    answer = demo.get("/demo/products/%3Cscript%3E")
    assert answer.status_code == 404
    assert "<script>" not in answer.text.replace('<script src="/webchat', "")
    assert demo.get("/demo/images/nothing.svg").status_code == 404
    assert demo.get("/demo/departments/nothing").status_code == 404
    assert demo.get("/demo/static/..%2froutes.py").status_code == 404


def test_departments_show_their_products(demo: TestClient) -> None:
    for department in catalogue.departments():
        page = demo.get(f"/demo/departments/{department['id']}").text
        assert page.count('class="tile"') == len(catalogue.products_in(department)) > 0
    assert demo.get("/demo/departments/hair?category=shampoo").text.count('class="tile"') == 10


def test_pages_ask_nobody_else_for_anything(demo: TestClient) -> None:
    for path in ("/", "/demo/products/EG-1001", "/demo/mailbox", "/demo/departments/face"):
        answer = demo.get(path)
        assert not re.findall(r'(?:src|href)="(?:https?:)?//', answer.text)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'self'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert " style=" not in answer.text


def test_sent_mail_is_shown_newest_first(demo: TestClient, database: Database) -> None:
    assert demo.get("/demo/mailbox.json").json() == []
    with database.writing() as session:
        queue_mail(session, "ada@example.it", "Il tuo codice", "Il codice è 123456.")
        queue_mail(session, "ada@example.it", "<b>Conferma</b>", "Fatto.")
    mails = demo.get("/demo/mailbox.json").json()
    assert [mail["subject"] for mail in mails] == ["<b>Conferma</b>", "Il tuo codice"]
    assert set(mails[0]) == {"to", "subject", "text", "at"}
    assert datetime.fromisoformat(mails[0]["at"]).utcoffset() == timedelta(0)
    page = demo.get("/demo/mailbox").text
    assert "Il codice è 123456." in page
    assert "<b>Conferma" not in page


class TestWording:
    def test_prices(self) -> None:
        assert wording.price("1234.5", "it") == "1.234,50 €"
        assert wording.price("18.90", "en") == "€18.90"

    def test_days_with_the_same_hours_are_taken_together(self) -> None:
        shops = {shop["id"]: shop for shop in catalogue.load_shops()}
        assert wording.opening_lines(shops["milano"]["hours"], "it") == [
            "lun–sab 10:00–19:30",
            "dom 11:00–19:00",
        ]
        assert wording.opening_lines(shops["rovereto"]["hours"], "en")[-1] == "Sun closed"

    def test_open_by_local_time(self) -> None:
        hours = catalogue.load_shops()[0]["hours"]  # Tuesday 9:00 to 12:30
        assert wording.is_open(hours, datetime(2026, 3, 3, 8, 30, tzinfo=UTC))
        assert not wording.is_open(hours, datetime(2026, 3, 3, 11, 45, tzinfo=UTC))

    def test_discounts(self) -> None:
        assert wording.discount({"percent": "15"}, "it", {}) == "-15%"
        assert wording.discount({"amount": "6.00"}, "it", {}) == "-6,00 €"
        assert wording.discount({"gift": "EG-1"}, "it", {"EG-1": "Sapone"}) == "Sapone"


def test_promotions_count_from_the_day_of_loading() -> None:
    names = [one["id"] for one in catalogue.running_promotions(TODAY, TODAY)]
    assert "hair-dryer-week" in names
    assert "goodbye-summer" not in names  # over
    assert "bari-seaside" not in names  # to come
    assert "first-to-know" not in names  # not for everybody
    later = [one["id"] for one in catalogue.running_promotions(TODAY, TODAY + timedelta(days=30))]
    assert "hair-dryer-week" not in later
    assert "bari-seaside" in later


def test_every_drawing_is_used_and_there() -> None:
    used = {
        f"{category['shape']}.svg"
        for department in catalogue.departments()
        for category in department["categories"].values()
    }
    shapes = Path(illustrations.__file__).with_name("shapes")
    assert used == {path.name for path in shapes.glob("*.svg")}
