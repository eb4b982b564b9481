"""A real browser on the real shop page. A test fails for any console error or foreign request."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from app.demo.pages import demo_router
from tests.integrations.webchat.shop import Shop

PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)
CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
# What the browser itself reports of a server that is away or refuses, which some tests want.
REPORTS = re.compile(
    r"net::ERR_|WebSocket connection to|responded with a status of 4(01|03|15)|by CORS policy"
    r"|Failed to fetch dynamically imported module"
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "page" in getattr(item, "fixturenames", ()) or "open_page" in getattr(
            item, "fixturenames", ()
        ):
            item.add_marker("browser")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"no browser at {CHROMIUM}; apt-get install chromium", allow_module_level=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The demo shop with the web chat, and the small engine behind it."""
    shop = open_demo(tmp_path_factory.mktemp("shop"))
    yield shop
    shop.close()


def open_demo(home: Path, **settings: Any) -> Shop:
    shop = Shop(home, messages_per_minute=1000, **settings)
    shop.extend = lambda app: _add_pages(app, shop)
    return shop.start()


def _add_pages(app: FastAPI, shop: Shop) -> None:
    app.include_router(demo_router(shop.database))


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens pages of fresh visitors; looks afterwards what the browser complained about."""
    complaints: list[str] = []
    contexts = []

    def open_(**options: Any) -> Page:
        options = {"viewport": {"width": 1280, "height": 860}, "locale": "it-IT", **options}
        context = browser.new_context(**options)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        watch(page, complaints)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []


def watch(page: Page, complaints: list[str]) -> None:
    """Note console errors, failures of the script and requests to other hosts."""

    def on_console(message: Any) -> None:
        if message.type in ("error", "warning") and not REPORTS.search(message.text):
            complaints.append(message.text)

    def on_request(request: Any) -> None:
        if urlsplit(request.url).hostname not in ("127.0.0.1", "localhost", None):
            complaints.append(f"asked {request.url}")

    page.on("console", on_console)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", on_request)


@pytest.fixture
def page(open_page: Callable[..., Page], shop: Shop) -> Page:
    """The shop's window, seen by somebody new."""
    page = open_page()
    page.goto(shop.url)
    return page


@pytest.fixture
def chat(page: Page) -> "Chat":
    """The chat, opened."""
    return Chat(page).open()


class Chat:
    """What a customer sees and does, by the names that a screen reader reads."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.launcher = page.locator("bottega-chat .launcher")
        self.dialog = page.get_by_role("dialog")
        self.log = page.get_by_role("log")
        self.text = self.dialog.get_by_role("textbox")
        self.bubbles = self.log.locator(".list .bubble")

    def open(self) -> "Chat":
        self.launcher.click()
        expect(self.dialog).to_be_visible()
        return self

    def say(self, text: str) -> None:
        self.text.fill(text)
        self.text.press("Enter")

    def button(self, name: str) -> Locator:
        return self.dialog.get_by_role("button", name=name, exact=True)

    def expect_bubbles(self, *texts: str) -> None:
        expect(self.bubbles).to_have_text(list(texts))
        expect(self.log.locator(".pending")).to_have_count(0)
