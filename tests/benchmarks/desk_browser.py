"""The desk's pages in a real browser, which shares the two cores with the server."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from crm.db import now
from crm.insights.catalogue import Catalogue
from crm.insights.scope import last_days
from crm.staff.models import Role
from crm.staff.users import add_user
from desk.pages.insights.question import GROUPS
from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.browser.desk.conftest import PASSWORD, Clerk, Place, free_port, open_desk
from tests.integrations.webchat.shop import Shop

TRIES = 3
NAME = "Zita"
INBOX = "() => document.querySelector('.line')"
CARDS = "() => document.querySelector('.figures .desk-card')"
DRAWN = """() => document.querySelector('.figures table')
    && !document.querySelector('.figures [aria-busy]')"""


def measure_drawn(file: Path, catalogue: Catalogue) -> Iterator[tuple[str, float]]:
    """Each page with the seconds until it is there, and until its last figure is drawn.

    Of some tries the quickest; nothing where there is no chromium.
    """
    if not CHROMIUM.exists():
        print("desk: no chromium; `apt install chromium` lets its pages be measured in a browser")
        return
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(file, Path(folder) / "shop.db")
        shop = Shop(Path(folder))
        shop.port = free_port()
        shop.extend = lambda app: open_desk(app, shop, catalogue)
        with shop.database.writing() as session:
            add_user(session, NAME, Role.MARKETER, PASSWORD)
        shop.start()
        try:
            yield from _pages(Place(shop))
        finally:
            shop.close()


def _pages(place: Place) -> Iterator[tuple[str, float]]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_context(locale="it-IT").new_page()
        Clerk(page, place).sign_in(NAME)
        page.wait_for_function(INBOX)
        (passed,) = _quickest(page, f"{place.url}/", INBOX)
        yield "inbox, in a browser", passed
        today = now().date()
        for choice, days in (("30 days", 30), ("a year", 365)):
            scope = last_days(days, today)
            for group in GROUPS:
                address = f"{place.url}/insights?group={group}&from={scope.first}&to={scope.last}"
                there, drawn = _quickest(page, address, CARDS, DRAWN)
                yield f"insights, {group}, {choice}, there in a browser", there
                yield f"insights, {group}, {choice}, drawn in a browser", drawn
        browser.close()


def _quickest(page: Page, address: str, *signs: str) -> list[float]:
    """The seconds until each sign is seen on a page, of the try that was through first."""
    tries = []
    for _ in range(TRIES):
        began = time.perf_counter()
        page.goto(address, wait_until="commit")
        seen = []
        for sign in signs:
            page.wait_for_function(sign)
            seen.append(round(time.perf_counter() - began, 3))
        tries.append(seen)
    return min(tries, key=lambda seen: seen[-1])
