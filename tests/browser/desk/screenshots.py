"""Takes the screenshots of the desk anew: `.venv/bin/python -m tests.browser.desk.screenshots`.

It serves the demo company, and some conversations that are under way, from a database of its own.
Names of screenshots as arguments: only those.
"""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlalchemy import select

from actions.phrases import Phrases
from app.demo.catalogue import category_names
from app.demo.content import COMPANY
from app.demo.documents import demo_documents
from app.demo.load import load_demo
from app.demo.past.reading import mark_read
from app.demo.staff import demo_staff, load_staff
from app.settings import ROOT
from app.vocabulary import Vocabulary
from crm.db import now
from crm.insights.catalogue import Catalogue, make_catalogue
from crm.profile.models import Customer
from crm.segment.folder import read_segments
from crm.value.worth import revalue
from desk.lessons import Example
from desk.wording import LANGUAGES
from knowledge.documents import Document
from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.browser.desk.company import add_today
from tests.browser.desk.conftest import LESSONS, open_desk
from tests.integrations.webchat.shop import Shop

FOLDER = ROOT / "docs" / "screenshots"
WIDE = {"width": 1360, "height": 850}
PHONE = {"width": 390, "height": 800}


class Told(list[Document]):
    """What the assistant was told, as the vocabulary reads it."""

    version = "1"


def demo_catalogue() -> Catalogue:
    """The figures as the demo company has them."""
    phrases = Phrases.load(ROOT / "bot" / "domain")
    told: Any = SimpleNamespace(index=Told(demo_documents()))
    return make_catalogue(
        [phrases.text("utter_answer_unknown", language) for language in LANGUAGES],
        is_known=Vocabulary(told).knows,
        segments=lambda: read_segments(COMPANY / "segments"),
        categories=category_names(),
    )


def add_examples() -> None:
    """Two messages that wait to be taught."""
    for text, intent in (("e il pacchetto che fine ha fatto", "order_status"),
                         ("ridatemi quello che ho speso per il bollitore", "refund_status"),
                         ):  # fmt: skip
        LESSONS.review.keep(Example(text, intent, "it", "Anna"))


@contextmanager
def desk() -> Iterator[tuple[Shop, dict[str, str], int]]:
    """The desk of the demo company; its people's passwords by name, and a conversation's id."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        shop = Shop(home)
        shop.extend = lambda app: open_desk(app, shop, demo_catalogue())
        load_demo(shop.database, date.today())  # noqa: DTZ011 - the day on the wall
        load_staff(shop.database, home)
        with shop.database.writing() as session:
            talk = add_today(session)
            revalue(session, session.scalars(select(Customer.id)).all(), at=now())
        mark_read(shop.database)
        add_examples()
        shop.start()
        yield shop, {one["name"]: one["password"] for one in demo_staff(home)}, talk
        shop.close()


def sign_in(browser: Browser, url: str, name: str, password: str, **options: object) -> Page:
    """A browser with somebody of the staff before the desk."""
    context = browser.new_context(locale="it-IT", reduced_motion="reduce", **options)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{url}/desk/")
    page.get_by_label("Nome").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Entra").click()
    expect(page.locator(".desk-header")).to_be_visible()
    return page


def take(page: Page, url: str, path: str, name: str, *, full: bool = False) -> None:
    """One screenshot of one page, if it is wanted."""
    if sys.argv[1:] and name not in sys.argv[1:]:
        return
    page.goto(f"{url}/desk{path}")
    page.wait_for_timeout(1500)
    expect(page.locator("[aria-busy]")).to_have_count(0)
    page.screenshot(path=FOLDER / f"desk-{name}.png", full_page=full)
    print(f"desk-{name}.png")


def main() -> None:
    """Take them all."""
    FOLDER.mkdir(exist_ok=True)
    with desk() as (shop, passwords, talk), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page(viewport=WIDE, locale="it-IT")
        take(page, shop.url, "/login", "sign-in")
        agent = sign_in(browser, shop.url, "Anna", passwords["Anna"], viewport=WIDE)
        take(agent, shop.url, "/", "inbox")
        take(agent, shop.url, f"/conversations/{talk}", "conversation")
        take(agent, shop.url, "/customers?query=rossi", "customers")
        take(agent, shop.url, "/customers/1", "customer", full=True)
        take(agent, shop.url, "/customers/1/briefing", "briefing")
        take(agent, shop.url, "/tickets", "tickets")
        take(agent, shop.url, "/tickets?as=board", "board")
        take(agent, shop.url, "/replies", "replies")
        take(agent, shop.url, "/teaching", "teaching")
        take(agent, shop.url, "/failures", "failures")
        marketer = sign_in(browser, shop.url, "Marco", passwords["Marco"], viewport=WIDE)
        for group in ("volumes", "wants", "answers", "mood", "offers", "people"):
            take(marketer, shop.url, f"/insights?group={group}", f"insights-{group}", full=True)
        take(marketer, shop.url, f"/conversations/{talk}", "conversation-masked")
        admin = sign_in(browser, shop.url, "Ginestra", passwords["Ginestra"], viewport=WIDE)
        take(admin, shop.url, "/staff", "staff")
        take(admin, shop.url, "/audit", "audit")
        dark = sign_in(browser, shop.url, "Anna", passwords["Anna"], viewport=PHONE,
                       color_scheme="dark")  # fmt: skip
        take(dark, shop.url, "/", "inbox-phone")
        take(dark, shop.url, f"/conversations/{talk}", "conversation-phone")
        browser.close()


if __name__ == "__main__":
    main()
