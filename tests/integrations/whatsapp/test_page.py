"""The page on which a developer plays the customer, in a real browser."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright, expect

from tests.browser.conftest import ARGUMENTS, CHROMIUM, PATIENCE_MS
from tests.integrations.whatsapp.office import Customer, Office, wait_until

expect.set_options(timeout=PATIENCE_MS)

pytestmark = pytest.mark.browser


@pytest.fixture
async def page(office: Office, customer: Customer) -> AsyncIterator[Page]:
    """The page with a customer chosen; a test fails for any error in the console."""
    if not CHROMIUM.exists():
        pytest.skip(f"no browser at {CHROMIUM}; apt-get install chromium")
    problems: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = await browser.new_page(locale="it-IT", viewport={"width": 390, "height": 800})
        page.on("pageerror", lambda problem: problems.append(str(problem)))
        page.on("console", lambda told: told.type == "error" and problems.append(told.text))
        await page.goto(f"{office.url}/platform/page/")
        await page.get_by_label("Chi sei").select_option(str(customer.id))
        yield page
        await browser.close()
    assert problems == []


async def write(page: Page, text: str) -> None:
    await page.get_by_label("Scrivi un messaggio").fill(text)
    await page.get_by_role("button", name="Invia").click()


async def test_a_customer_is_played(page: Page, tmp_path: Path) -> None:
    await expect(page.get_by_role("heading", name="WhatsApp, in locale")).to_be_visible()
    messages = page.get_by_role("log")
    await write(page, "<b>ciao</b>")
    await expect(messages.get_by_text("eco: <b>ciao</b>")).to_be_visible()
    await expect(messages.get_by_role("img", name="letto")).to_have_count(1)

    await write(page, "domanda")
    await messages.get_by_role("button", name="Scelta 2").click()
    await expect(messages.get_by_text("comando /choose_2")).to_be_visible()

    await write(page, "elenco")
    await messages.get_by_text("☰ Scegli").click()
    await messages.get_by_role("button", name="Scelta 6").click()
    await expect(messages.get_by_text("comando /choose_6")).to_be_visible()

    await page.get_by_label("Allega").click()
    await page.get_by_role("button", name="La mia posizione").click()
    await expect(messages.get_by_text("📍 45.8903")).to_be_visible()
    await expect(messages.get_by_text("comando /send_attachment")).to_be_visible()

    await page.get_by_label("Allega").click()
    async with page.expect_file_chooser() as chooser:
        await page.get_by_role("button", name="Un documento").click()
    receipt = tmp_path / "scontrino.pdf"
    receipt.write_bytes(b"%PDF-1.7\n" + b"page" * 100)
    await (await chooser.value).set_files(receipt)
    await expect(messages.get_by_role("link", name="scontrino.pdf")).to_be_visible()


async def test_somebody_new_whose_telephone_is_off(page: Page) -> None:
    await page.get_by_label("Un altro cliente: nome").fill("Ginevra")
    await page.get_by_role("button", name="Aggiungi").click()
    await expect(page.locator("#facts")).to_have_text("numero nascosto, solo id utente")
    await page.get_by_label("il mio telefono è spento").check()
    await write(page, "ci sono?")
    messages = page.get_by_role("log")
    await expect(messages.get_by_role("img", name="inviato")).to_have_count(1)
    await page.get_by_label("il mio telefono è spento").uncheck()
    await expect(messages.get_by_role("img", name="letto")).to_have_count(1)


async def test_the_page_can_make_things_go_wrong(page: Page, office: Office) -> None:
    await page.get_by_label("messaggi consegnati due volte").check()
    await page.get_by_label("messaggi non recapitabili").check()
    await until(lambda: fault(office, "undeliverable") == 0.3)
    assert fault(office, "duplicate") == 0.5
    office.faults(undeliverable=1.0)
    await write(page, "una volta")
    failed = page.get_by_role("log").get_by_role("img", name="Message Undeliverable.")
    await expect(failed.first).to_be_visible()
    await page.get_by_label("messaggi non recapitabili").uncheck()
    await until(lambda: fault(office, "undeliverable") == 0)


async def until(is_so: Callable[[], bool]) -> None:
    """Wait beside the browser, whose events need the loop."""
    await asyncio.to_thread(wait_until, is_so)


def fault(office: Office, name: str) -> float:
    return float(office.control("faults", method="GET")[name])
