"""The demo's own Telegram, wired as the app wires it, and played on its page in a real browser."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from playwright.async_api import Page, async_playwright, expect

from actions.phrases import Phrases
from app.demo.platforms.telegram import mount_telegram
from app.settings import ROOT, Settings
from app.telegram import open_telegram, telegram_settings
from app.workers.delivery import DeliveryWorker, Limits
from app.workers.turns import TurnEngine
from crm.conversation.log import Outgoing
from crm.profile.models import ChannelIdentity, Customer, IdentityKey, Level
from integrations.channels.telegram import Mode, telegram_router
from integrations.wakeups import Wakeups
from tests.browser.conftest import CHROMIUM, PATIENCE_MS
from tests.integrations.telegram.listening import Listening
from tests.integrations.telegram.stand import QUICK, ScriptedRasa
from tests.integrations.telegram.test_sending import PNG

expect.set_options(timeout=PATIENCE_MS)
PHRASES = Phrases.load(ROOT / "bot" / "domain")


class Demo:
    """One app with the platform, the webhook and the workers in it."""

    def __init__(self, database: Any, folder: Path) -> None:
        app = FastAPI()
        self.database = database
        self.listening = Listening(app)
        self.settings = Settings(home=folder, demo=True, port=self.listening.port)
        wakeups = Wakeups()
        account = open_telegram(self.settings, database, PHRASES, wakeups)
        assert account is not None
        app.include_router(telegram_router(account.intake))
        self.platform = mount_telegram(app)
        self.rasa = ScriptedRasa()
        self.workers = (
            account,
            TurnEngine(database, self.rasa, wakeups, lambda _: Outgoing("scusa")),
            DeliveryWorker(database, account.channel, wakeups, Limits(QUICK, QUICK)),
        )

    async def run(self) -> AsyncIterator["Demo"]:
        tasks = [asyncio.create_task(worker.run()) for worker in self.workers]
        await asyncio.sleep(0.2)  # the workers are there before the door opens, as in the app
        await self.listening.start()
        yield self
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.platform.close()
        await self.listening.stop()


@pytest.fixture
async def demo(make_database: Any, tmp_path: Path) -> AsyncIterator[Demo]:
    async for demo in Demo(make_database("sqlite"), tmp_path).run():
        yield demo


async def test_the_demo_needs_no_account(demo: Demo) -> None:
    async with httpx.AsyncClient(
        base_url=demo.settings.url + "/demo/telegram/", trust_env=False, timeout=30
    ) as page:
        listed = (await page.get("control/customers")).json()
        mario = listed["customers"][0]
        assert (mario["first_name"], mario["last_name"]) == ("Mario", "Rossi")
        address = f"control/customers/{mario['id']}"
        assert (await page.post(f"{address}/messages", json={"text": "ciao"})).is_success
        for _ in range(600):
            shown = (await page.get(f"{address}/chat", params={"wait": 1})).json()["messages"]
            if len(shown) == 2:
                break
            await asyncio.sleep(0.05)
    assert [one["text"] for one in shown] == ["ciao", "eco: ciao"]


def test_without_a_token_there_is_no_channel(tmp_path: Path) -> None:
    assert telegram_settings(Settings(home=tmp_path)) is None


def test_a_token_of_ones_own_goes_before_the_local_platform(tmp_path: Path) -> None:
    token = "123456789:AAE-a-token-as-BotFather-gives-it_0"
    settings = Settings(
        home=tmp_path, demo=True, telegram_token=token, telegram_mode="webhook",
        public_url="https://bottega.example.com", attachment_megabytes=50,
        telegram_chat_per_minute=30,
    )  # fmt: skip
    account = telegram_settings(settings)
    assert account is not None and account.token == token and account.mode == Mode.WEBHOOK
    assert account.webhook_url == "https://bottega.example.com/telegram/webhook"
    assert account.download_bytes == 20 * 1024 * 1024, "Telegram gives no larger files"
    assert account.chat_messages_per_second == 0.5
    assert len(account.secret) == 64 and token not in account.secret


@pytest.fixture
async def page(demo: Demo) -> AsyncIterator[Page]:
    """The platform's page; a console error or a request to anybody else fails the test."""
    if not CHROMIUM.exists():
        pytest.skip(f"no browser at {CHROMIUM}; apt-get install chromium")
    problems: list[str] = []

    def is_foreign(url: str) -> bool:
        return not url.startswith((demo.settings.url, "data:", "blob:"))

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        page = await browser.new_page(locale="it-IT")
        page.on("console", lambda said: said.type == "error" and problems.append(said.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda request: is_foreign(request.url) and problems.append(request.url))
        await page.goto(demo.settings.url + "/demo/telegram/")
        yield page
        await browser.close()
    assert problems == []


@pytest.mark.browser
async def test_a_customer_is_played_on_the_page(page: Page, demo: Demo, tmp_path: Path) -> None:
    mario = next(iter(demo.platform.world.customers.values()))
    with demo.database.writing() as session:
        session.add(customer := Customer(given_name="Mario", phone=mario.phone))
        session.flush()
        session.add(IdentityKey(customer_id=customer.id, kind="phone", value=mario.phone))
    chat = page.locator("#messages")
    await page.get_by_label("Scrivi un messaggio").fill("domanda")
    await page.keyboard.press("Enter")
    await chat.get_by_role("button", name="Sì").click()
    await expect(chat.get_by_text("premuto /affirm")).to_be_visible()
    await expect(chat.get_by_role("button")).to_have_count(0)
    await page.locator("#attach summary").click()
    await page.get_by_role("button", name="Il mio contatto").click()
    await expect(chat.get_by_text("premuto /identify")).to_be_visible()
    with demo.database.reading() as session:
        assert session.query(ChannelIdentity).one().level == Level.VERIFIED
    await page.locator("#attach summary").click()
    await page.get_by_role("button", name="La mia posizione").click()
    await expect(chat.get_by_text("📍")).to_be_visible()
    picture = tmp_path / "foto.png"
    picture.write_bytes(PNG)
    async with page.expect_file_chooser() as chooser:
        await page.locator("#attach summary").click()
        await page.get_by_role("button", name="Una foto").click()
    await (await chooser.value).set_files(picture)
    await expect(chat.locator("img")).to_be_visible()


@pytest.mark.browser
async def test_the_page_makes_things_go_wrong(page: Page, demo: Demo) -> None:
    await page.get_by_label("messaggi consegnati due volte").check()
    await page.get_by_label("ho bloccato il bot").check()
    await expect(page.get_by_label("ho bloccato il bot")).to_be_checked()
    for _ in range(600):
        if demo.platform.world.faults.duplicate:
            break
        await asyncio.sleep(0.05)
    assert demo.platform.world.faults.duplicate == 0.5
    mario = next(iter(demo.platform.world.customers.values()))
    assert mario.blocks
