"""The customer beside the conversation, on a page of their own, and on paper."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from crm.consent.models import Purpose
from crm.consent.register import record_consent
from crm.db import now
from crm.order.models import Order, OrderStatus
from crm.profile.models import Customer, TraitKind
from crm.profile.traits import Origin, record
from crm.staff import audit
from crm.ticket.desk import NewTicket, open_ticket
from crm.ticket.models import Ticket, TicketCategory
from crm.value.models import CustomerValue, Tier
from tests.browser.desk.conftest import Hire, Place


@pytest.fixture(scope="module")
def giulia(place: Place) -> tuple[int, int]:
    """A customer with a history; their id and their conversation's."""
    visitor = place.visitor("il phon non si accende")
    customer_id = place.recognise(
        visitor,
        given_name="Giulia",
        family_name="Sartori",
        email="giulia.sartori@example.it",
        phone="+393471234567",
        cap="38068",
    )
    conversation_id = place.conversation(visitor)
    with place.shop.database.writing() as session:
        customer = session.get_one(Customer, customer_id)
        shop = Origin(TraitKind.IMPLICIT, "negozio di Rovereto", datetime(2025, 5, 1, tzinfo=UTC))
        record(session, customer, {"hair": "ricci", "cap": "38100"}, shop)
        record_consent(
            session, customer_id, Purpose.MARKETING, "email", True, source="sito", evidence="sì"
        )
        session.add(
            Order(number="EG-77001", customer_id=customer_id, source="ecommerce",
                  status=OrderStatus.SHIPPED, placed_at=now(), total=Decimal("39.90")))  # fmt: skip
        session.add(
            CustomerValue(customer_id=customer_id, tier=Tier.MOST_VALUABLE,
                          current=Decimal(410), potential=Decimal(900), spent=Decimal(1200),
                          cost=Decimal(20), orders=14, churn_risk=0.1))  # fmt: skip
        open_ticket(
            session,
            NewTicket(TicketCategory.FAULT, "il phon non si accende", "bot",
                      customer_id=customer_id, conversation_id=conversation_id, product="phon"),
        )  # fmt: skip
    return customer_id, conversation_id


class TestCard:
    def test_beside_the_conversation(
        self, clerk: Hire, place: Place, giulia: tuple[int, int]
    ) -> None:
        anna = clerk("Anna").open(giulia[1])
        card = anna.page.locator(".customer-card")
        for text in ("Giulia Sartori", "Più Pregiato", "dichiarato", "questione aperta",
                     "EG-77001", "Rovereto (TN)", "ricci", "negozio di Rovereto"):  # fmt: skip
            expect(card).to_contain_text(text)

    def test_every_value_says_where_it_comes_from(
        self, clerk: Hire, giulia: tuple[int, int]
    ) -> None:
        """Told beats inferred (R4): the older CAP of the shop stays to be seen."""
        anna = clerk("Anna", path=f"/customers/{giulia[0]}")
        row = anna.page.get_by_role("row").filter(has_text="38068")
        expect(row).to_contain_text("dichiarato · web")
        anna.page.get_by_text("Altri 1 valori").click()
        expect(anna.page.get_by_role("row").filter(has_text="38100")).to_contain_text("implicito")

    def test_the_briefing_to_print(
        self, clerk: Hire, place: Place, giulia: tuple[int, int]
    ) -> None:
        anna = clerk("Anna")
        anna.go(f"/customers/{giulia[0]}/briefing")
        for text in ("Giulia Sartori", "Viene da Rovereto.", "Cliente Più Pregiato: 14 ordini",
                     "prima quella, niente promozioni", "EG-77001"):  # fmt: skip
            expect(anna.page.locator("main")).to_contain_text(text)
        with place.shop.database.reading() as session:
            deed = audit.entries(session, subject=f"customer:{giulia[0]}", limit=1)[0]
        assert (deed.actor, deed.action) == ("Anna", "printed")

    def test_not_for_marketers(self, clerk: Hire, place: Place, giulia: tuple[int, int]) -> None:
        marco = clerk("Marco")
        answer = marco.page.request.get(f"{place.url}/customers/{giulia[0]}/briefing")
        assert answer.status == 403
        assert "Sartori" not in answer.text()


class TestDirectory:
    def test_found_by_any_of_it(self, clerk: Hire, giulia: tuple[int, int]) -> None:
        anna = clerk("Anna", path="/customers")
        field = anna.page.get_by_label("Nome, email, telefono o CAP")
        for words in ("sartori giulia", "giulia.sartori@", "347 1234567"):
            field.fill(words)
            expect(anna.page.get_by_role("link", name="Giulia Sartori")).to_be_visible()
        field.fill("nessuno si chiama così")
        expect(anna.page.get_by_text("Nessun cliente trovato.")).to_be_visible()

    def test_duplicates_are_merged_and_parted_again(
        self, clerk: Hire, place: Place, giulia: tuple[int, int]
    ) -> None:
        twin = place.visitor("sono sempre io")
        other = place.recognise(
            twin,
            given_name="Giulia",
            family_name="Sartori",
            email="giulia.sartori@example.it",
            cap="38068",
        )
        anna = clerk("Anna", path=f"/customers/{giulia[0]}")
        anna.page.get_by_role("button", name="Confronta e unisci").click()
        expect(anna.page.get_by_role("dialog")).to_contain_text("Email")
        anna.page.get_by_role("button", name="Unisci in questo profilo").click()
        expect(anna.page.get_by_text(f"Unito con il profilo {other} da Anna")).to_be_visible()
        expect(anna.page.get_by_role("button", name="Confronta e unisci")).to_have_count(0)
        anna.page.get_by_role("button", name="Annulla l'unione").click()
        expect(anna.page.get_by_text("annullata", exact=True)).to_be_visible()


class TestTickets:
    @pytest.fixture
    def number(self, place: Place) -> str:
        with place.shop.database.writing() as session:
            ticket = open_ticket(
                session, NewTicket(TicketCategory.DELIVERY, "il pacco non arriva", "bot")
            )
            ticket.created_at = now() - timedelta(hours=30)
            return ticket.number

    def test_what_is_overdue_stands_out(self, clerk: Hire, number: str) -> None:
        anna = clerk("Anna", path="/tickets")
        row = anna.page.get_by_role("row").filter(has_text=number)
        expect(row.locator(".overdue")).to_be_visible()

    def test_changed_with_its_history(self, clerk: Hire, place: Place, number: str) -> None:
        anna = clerk("Anna", path=f"/tickets/{number}")
        page = anna.page
        page.get_by_label("Stato").click()
        page.get_by_role("option", name="In lavorazione").click()
        expect(page.get_by_text("Aperta → In lavorazione")).to_be_visible()
        page.get_by_label("Assegnata a").click()
        page.get_by_role("option", name="Bruno").click()
        page.get_by_label("Nota", exact=True).fill("Sentito il corriere.")
        anna.press("Aggiungi la nota")
        expect(page.get_by_text("Sentito il corriere.")).to_be_visible()
        with place.shop.database.reading() as session:
            ticket = session.query(Ticket).filter_by(number=number).one()
            assert (ticket.status, ticket.assignee) == ("in_progress", "Bruno")

    def test_the_board_has_a_column_a_state(self, clerk: Hire, number: str) -> None:
        anna = clerk("Anna", path="/tickets?as=board")
        expect(anna.page.locator(".board section")).to_have_count(5)
        first = anna.page.locator(".board section").first
        expect(first.get_by_role("link").filter(has_text=number)).to_be_visible()
