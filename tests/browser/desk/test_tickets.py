"""Tickets in a real browser: doubles are merged and taken apart, the bell tells of a late one."""

import re
from datetime import timedelta

from playwright.sync_api import expect

from crm.db import now
from crm.ticket.desk import NewTicket, open_ticket
from crm.ticket.escalation import escalate
from crm.ticket.models import TicketCategory
from crm.ticket.rules import read_rules
from tests.browser.desk.conftest import Hire, Place


def add(place: Place, text: str, talk: int | None = None, hours: float = 0) -> str:
    with place.shop.database.writing() as session:
        new = NewTicket(TicketCategory.FAULT, text, "bot", conversation_id=talk)
        ticket = open_ticket(session, new)
        ticket.created_at = now() - timedelta(hours=hours)
        return ticket.number


def test_doubles_become_one_and_two_again(clerk: Hire, place: Place) -> None:
    talk = place.conversation(place.visitor("il frullatore perde"))
    kept, other = add(place, "Il frullatore perde", talk), add(place, "Perde il frullatore", talk)
    anna = clerk("Anna", path=f"/tickets/{kept}")
    expect(anna.page.get_by_text("Forse la stessa questione")).to_be_visible()
    anna.press("Confronta")
    dialog = anna.page.get_by_role("dialog")
    expect(dialog).to_contain_text(f"{other} confluisce in {kept}")
    dialog.get_by_role("button", name="Unisci").click()
    expect(anna.page.get_by_text(f"ha accolto {other}")).to_be_visible()
    elsewhere = clerk("Bruno", path=f"/tickets/{other}")
    expect(elsewhere.page.get_by_role("link", name=kept, exact=True)).to_be_visible()
    note = elsewhere.page.get_by_role("button", name="Aggiungi la nota")
    expect(note).to_have_count(0)
    elsewhere.press("Separa di nuovo")
    expect(elsewhere.page.get_by_text("separati di nuovo")).to_be_visible()
    expect(note).to_be_visible()
    expect(elsewhere.page.get_by_text("Forse la stessa questione")).to_be_visible()


def test_the_bell_tells_of_a_late_ticket(clerk: Hire, place: Place) -> None:
    with place.shop.database.writing() as session:
        escalate(session, read_rules())
    number = add(place, "Nessuno risponde", hours=29)
    with place.shop.database.writing() as session:
        escalate(session, read_rules())
    ada = clerk("Ada")
    bell = ada.page.get_by_role("button", name="Avvisi")
    expect(bell).to_contain_text(re.compile(r"\d"))
    bell.click()
    ada.page.get_by_role("link", name=f"{number} è in ritardo").click()
    expect(ada.page.get_by_text("in ritardo, per la regola").first).to_be_visible()
    expect(ada.page.get_by_role("button", name="Avvisi").locator(".q-badge")).to_be_hidden()
