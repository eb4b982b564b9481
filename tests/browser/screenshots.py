"""Pictures of the chat for the documentation, taken from a running demo.

make run                                       # in one terminal
.venv/bin/python -m tests.browser.screenshots  # in another; writes docs/images/
"""

import re
import sys

import httpx
from playwright.sync_api import Browser, Page, expect, sync_playwright

from app.settings import ROOT
from tests.browser.conftest import ARGUMENTS, CHROMIUM, Chat

IMAGES = ROOT / "docs" / "images"
THE_CODE = "…"
PHONE = {"width": 390, "height": 780}
DESKTOP = {"width": 1180, "height": 820}

CONVERSATIONS: dict[str, tuple[str, dict[str, int], list[str]]] = {
    "chat-it": ("it-IT", DESKTOP, [
        "il phon che ho preso da voi si spegne da solo dopo due minuti",
        "quanto dura la garanzia?",
        "sono Mario Rossi, mario.rossi@gmial.com, 38068",
        "no, la mail è mario.rossi@example.it",
        "sì",
    ]),
    "recommendation-it": ("it-IT", DESKTOP, [
        "cosa mi consigli per la pelle secca?",
        "perché proprio questa?",
    ]),
    "order-en": ("en-GB", DESKTOP, [
        "where is my order?",
        "Emily Carter, emily.carter@example.com, 70121",
        "yes",
        THE_CODE,
    ]),
    "phone-en": ("en-GB", PHONE, [
        "do you have a shampoo for curly hair?",
        "and how much is delivery?",
    ]),
}  # fmt: skip


def main(url: str) -> None:
    """Have every conversation in a browser of its own and take its picture."""
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for name, (locale, viewport, lines) in CONVERSATIONS.items():
            page = _talk(browser, url, locale, viewport, lines)
            page.screenshot(path=IMAGES / f"{name}.png")
            print(IMAGES / f"{name}.png")
            page.context.close()
        browser.close()


def _talk(
    browser: Browser, url: str, locale: str, viewport: dict[str, int], lines: list[str]
) -> Page:
    page = browser.new_context(viewport=viewport, locale=locale).new_page()  # type: ignore[arg-type]
    language = locale[:2]
    page.goto(url if language == "it" else f"{url}?lang={language}")
    chat = Chat(page).open()
    for line in lines:
        answered = chat.log.locator(".list .bot").count()
        chat.say(_newest_code(url) if line == THE_CODE else line)
        expect(chat.log.locator(".list .bot")).not_to_have_count(answered)
        expect(chat.log.locator(".typing")).to_be_hidden()
        page.wait_for_timeout(700)
    return page


def _newest_code(url: str) -> str:
    text = httpx.get(f"{url}/demo/mailbox.json").json()[0]["text"]
    found = re.search(r"\b\d{6}\b", text)
    assert found is not None
    return found[0]


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
