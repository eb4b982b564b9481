"""Marketers read figures: right numbers, nobody's name, nothing about a few."""

import csv
import io
from collections.abc import Callable
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from crm.conversation.models import Message, Role
from crm.db import now
from crm.offer.models import Product
from crm.order.models import Order, OrderLine, OrderStatus
from crm.profile.models import Customer
from crm.staff import audit
from tests.browser.desk.conftest import Clerk, Hire, Place

VISITORS = 7


@pytest.fixture(scope="module")
def voices(place: Place) -> int:
    """Seven visitors ask where their order is, two complain; the first one's conversation."""
    talks = [place.conversation(place.visitor(f"dov'è il mio ordine {n}")) for n in range(VISITORS)]
    angry = [place.conversation(place.visitor(f"che vergogna {n}")) for n in range(2)]
    with place.shop.database.writing() as session:
        for number in talks + angry:
            intent, mood = ("complain", "angry") if number in angry else ("order_status", "neutral")
            for message in session.query(Message).filter_by(
                conversation_id=number, role=Role.CUSTOMER
            ):
                message.understanding = {
                    "intent": {"name": intent, "confidence": 0.9}, "mood": mood, "entities": [],
                }  # fmt: skip
    return talks[0]


def prone_in_trento(place: Place) -> None:
    """Six customers of Rovereto buy a cream; one of Milano buys nothing."""
    with place.shop.database.writing() as session:
        session.merge(
            Product(sku="T-1", category="test_cream", name={}, description={}, price=Decimal(9))
        )
        people = [Customer(cap="38068") for _ in range(6)]
        session.add_all([*people, Customer(cap="20121")])
        session.flush()
        for who in people:
            line = OrderLine(sku="T-1", quantity=1, price=Decimal(9))
            session.add(
                Order(number=f"T-{who.id}", customer_id=who.id, source="web", lines=[line],
                      status=OrderStatus.DELIVERED, placed_at=now(), total=Decimal(9))
            )  # fmt: skip


class TestFigures:
    def test_each_with_its_definition_and_both_counts(
        self, clerk: Hire, place: Place, voices: int
    ) -> None:
        ada = clerk("Ada", path="/insights?group=wants")
        page = ada.page
        expect(page.get_by_text("Messaggi che l'assistente ha letto")).to_be_visible()
        row = page.get_by_role("row").filter(has_text="dov'è l'ordine")
        expect(row.get_by_role("cell")).to_have_text(
            ["dov'è l'ordine", str(VISITORS), str(VISITORS), str(VISITORS), "0"]
        )
        row.get_by_role("link").click()
        expect(ada.line(voices)).to_be_visible()
        expect(page.locator(".line")).to_have_count(VISITORS)

    @pytest.mark.parametrize("group", ["volumes", "wants", "answers", "mood", "offers", "people"])
    @pytest.mark.parametrize("name", ["Ada", "Marco"])
    def test_every_group_opens(
        self, clerk: Hire, place: Place, voices: int, name: str, group: str
    ) -> None:
        somebody = clerk(name, path=f"/insights?group={group}")
        expect(somebody.page.locator(".definition").first).to_be_visible()
        expect(somebody.page.get_by_role("link", name="CSV").first).to_be_visible()

    def test_a_few_are_hidden_from_marketers(self, clerk: Hire, place: Place, voices: int) -> None:
        marco = clerk("Marco", path="/insights?group=mood")
        row = marco.page.get_by_role("row").filter(has_text="rabbia")
        expect(row).to_contain_text("nascosto")
        expect(row.get_by_role("link")).to_have_count(0)
        marco.go("/insights/moods/conversations?cell=angry")
        expect(marco.page.get_by_text("Nessuna conversazione da mostrare.")).to_be_visible()
        assert "che vergogna" not in marco.page.content()

    def test_narrowed_to_a_propensity(self, clerk: Hire, place: Place, voices: int) -> None:
        prone_in_trento(place)
        page = clerk("Ada", path="/insights?group=people").page
        row = page.get_by_role("row").filter(has_text="test cream")
        expect(row.get_by_role("cell")).to_contain_text(["test cream", "6", "0", "6"])
        row.get_by_role("link", name="solo questi").click()
        expect(page.get_by_role("combobox", name="Propensi a")).to_have_value("test cream")
        expect(page.get_by_role("row").filter(has_text="TN").first).to_contain_text("6")
        expect(page.get_by_role("row").filter(has_text="MI")).to_have_count(0)

    def test_downloaded_and_written_down(self, clerk: Hire, place: Place, voices: int) -> None:
        marco = clerk("Marco")
        answer = marco.page.request.get(f"{place.url}/insights/intents/csv")
        assert answer.headers["content-type"].startswith("text/csv")
        rows = list(csv.reader(io.StringIO(answer.text().lstrip("\ufeff"))))
        assert rows[0][0].startswith("Che cosa vogliono: Messaggi che l'assistente ha letto")
        by_cell = {row[0]: row[1:4] for row in rows[2:]}
        assert by_cell["reclamo"] == ["", "", ""]
        with place.shop.database.reading() as session:
            deed = audit.entries(session, actor="Marco", subject="insight:intents", limit=1)[0]
        assert deed.action == "downloaded"

    def test_a_nonsense_address_says_so(self, clerk: Hire, place: Place) -> None:
        marco = clerk("Marco")
        assert marco.page.request.get(f"{place.url}/insights/happiness/csv").status == 404
        marco.go("/insights?group=nonsense&from=2026-99-99&to=x")
        expect(marco.page.get_by_text("Volumi per canale")).to_be_visible()


class TestOffice:
    def test_an_admin_hires_and_shuts_out(
        self, clerk: Hire, place: Place, open_page: Callable[..., Page]
    ) -> None:
        ada = clerk("Ada", path="/staff")
        page = ada.page
        page.get_by_label("Nome").fill("Dario")
        ada.press("Aggiungi")
        password = page.get_by_role("dialog").locator(".desk-heading").inner_text()
        ada.press("OK")
        dario = Clerk(open_page(), place).sign_in("Dario", password)
        expect(dario.page.get_by_role("button", name="Il tuo profilo, Dario")).to_be_visible()
        card = page.locator(".desk-card").filter(has_text="Dario")
        card.get_by_role("button", name="Nuova password").click()
        expect(page.get_by_role("dialog")).to_contain_text("Password di Dario:")
        changed = page.get_by_role("dialog").locator(".desk-heading").inner_text()
        assert changed != password
        ada.press("OK")
        expect(dario.page.get_by_role("button", name="Entra")).to_be_visible()
        dario.sign_in("Dario", changed)
        expect(dario.page.get_by_role("button", name="Il tuo profilo, Dario")).to_be_visible()
        card.get_by_role("button", name="Non far più entrare").click()
        expect(card.get_by_text("non può entrare")).to_be_visible()
        expect(dario.page.get_by_role("button", name="Entra")).to_be_visible()

    @pytest.mark.parametrize("path", ["/staff", "/audit"])
    @pytest.mark.parametrize("name", ["Anna", "Marco"])
    def test_others_may_not(self, clerk: Hire, name: str, path: str) -> None:
        somebody = clerk(name, path=path)
        expect(somebody.page.get_by_text("Il tuo ruolo non può farlo.")).to_be_visible()

    def test_the_log_tells_who_saw_what(self, clerk: Hire, place: Place) -> None:
        talk = place.conversation(place.visitor("ciao"))
        clerk("Bruno").open(talk)
        ada = clerk("Ada", path=f"/audit?subject=conversation:{talk}")
        row = ada.page.get_by_role("row").filter(has_text=f"conversation:{talk}")
        expect(row).to_contain_text("Bruno")
        expect(row).to_contain_text("ha visto")

    def test_canned_replies_are_kept(self, clerk: Hire, place: Place) -> None:
        anna = clerk("Anna", path="/replies")
        card = anna.page.locator(".desk-card").last
        card.get_by_label("Scorciatoia").fill("saluti")
        card.get_by_label("Italiano").fill("Un saluto da {iban}")
        card.get_by_role("button", name="Aggiungi").click()
        expect(anna.page.get_by_text("Così non si può salvare")).to_be_visible()
        card.get_by_label("Italiano").fill("Un saluto da {agent}")
        card.get_by_role("button", name="Aggiungi").click()
        expect(anna.page.locator(".desk-card").last.get_by_label("Scorciatoia")).to_have_value("")
        anna.page.reload()
        kept = anna.page.locator(".desk-card").nth(-2)
        expect(kept.get_by_label("Italiano")).to_have_value("Un saluto da {agent}")
