"""Keyboard, screen reader, contrast, phones, dark mode, other people's pages."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Chat, open_demo
from tests.integrations.webchat.shop import Shop

PHONE = {
    "viewport": {"width": 390, "height": 780},
    "is_mobile": True,
    "has_touch": True,
    "device_scale_factor": 2,
}

# Everything a rule-by-rule checker would ask of the chat's shadow tree; returns the complaints.
AUDIT = """() => {
  const root = document.querySelector("bottega-chat").shadowRoot;
  const complaints = [];
  const shown = (one) => one.getClientRects().length > 0;
  const words = (one) => {
    const copy = one.cloneNode(true);
    copy.querySelectorAll("[aria-hidden=true]").forEach((part) => part.remove());
    return copy.textContent.trim();
  };
  for (const one of root.querySelectorAll("button, a[href], textarea, [role=log], [role=dialog]")) {
    const by = one.getAttribute("aria-labelledby");
    const name = one.getAttribute("aria-label") || (by && root.getElementById(by).textContent)
      || words(one) || [...one.querySelectorAll("img")].map((image) => image.alt).join("");
    if (!name) complaints.push(`no name: ${one.outerHTML.slice(0, 120)}`);
    if (one.matches("button") && !one.type) complaints.push(`no type: ${name}`);
  }
  for (const image of root.querySelectorAll("img"))
    if (!image.hasAttribute("alt")) complaints.push(`no alt: ${image.src}`);
  for (const drawing of root.querySelectorAll("svg"))
    if (!drawing.closest("[aria-hidden=true]")) complaints.push("a drawing is read out");
  const ids = [...root.querySelectorAll("[id]")].map((one) => one.id);
  if (new Set(ids).size !== ids.length) complaints.push(`ids twice: ${ids}`);
  for (const group of root.querySelectorAll("[role=group]"))
    if (!group.getAttribute("aria-label")) complaints.push("a group without a name");
  for (const one of root.querySelectorAll("[aria-hidden=true] button, [aria-hidden=true] a"))
    complaints.push(`hidden but focusable: ${one.outerHTML.slice(0, 80)}`);
  for (const list of root.querySelectorAll("ul"))
    if ([...list.children].some((child) => child.tagName !== "LI")) complaints.push("no list");
  for (const one of root.querySelectorAll("button")) {
    const { width, height } = one.getBoundingClientRect();
    if (shown(one) && (width < 24 || height < 24)) complaints.push(`small: ${words(one)}`);
  }
  return complaints;
}"""

# The contrast of every shown text against the colour behind it.
CONTRAST = """() => {
  const root = document.querySelector("bottega-chat").shadowRoot;
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const read = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const behind = (one) => {
    for (let here = one; here && here !== root; here = here.parentNode) {
      const colour = read(getComputedStyle(here).backgroundColor);
      if (colour[3] > 250) return colour;
    }
    return [255, 255, 255, 255];
  };
  const light = (colour) => {
    const [r, g, b] = colour.slice(0, 3).map((part) => part / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const poor = [];
  for (const one of root.querySelectorAll("*")) {
    const own = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || !one.getClientRects().length || one.closest(".spoken, :disabled, style")) continue;
    const [a, b] = [light(read(getComputedStyle(one).color)), light(behind(one))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.push(`${ratio.toFixed(2)}: ${one.className} ${one.textContent.trim()}`);
  }
  return poor;
}"""


def talk_about_everything(chat: Chat) -> None:
    chat.say("domanda")
    chat.button("Sì").click()
    chat.say("prodotti")
    expect(chat.log.get_by_role("listitem")).to_have_count(2)
    chat.say("domanda")
    expect(chat.button("No").last).to_be_enabled()


class TestKeyboard:
    def test_a_whole_conversation(self, page: Page) -> None:
        chat = Chat(page)
        press = page.keyboard.press
        chat.launcher.focus()
        press("Enter")
        expect(chat.text).to_be_focused()
        page.keyboard.type("domanda")
        press("Enter")
        expect(chat.button("No")).to_be_visible()
        for _ in range(12):
            press("Shift+Tab")
            if page.evaluate(FOCUSED) == "No":
                break
        press("Enter")
        expect(chat.bubbles.last).to_have_text("premuto /deny")
        expect(chat.text).to_be_focused()
        press("Escape")
        expect(chat.dialog).to_be_hidden()
        expect(chat.launcher).to_be_focused()

    def test_focus_goes_round_inside(self, chat: Chat, page: Page) -> None:
        chat.say("domanda")
        expect(chat.button("No")).to_be_visible()
        for key in ("Tab", "Shift+Tab"):
            seen = []
            for _ in range(12):
                page.keyboard.press(key)
                inside = page.evaluate("document.activeElement.localName === 'bottega-chat'")
                assert inside
                seen.append(page.evaluate(FOCUSED))
            assert {"Sì", "No", "Messaggi", "Allega un file"} <= set(seen)
            assert seen.count("Sì") >= 1

    def test_the_question_is_left_with_escape(self, chat: Chat, page: Page) -> None:
        chat.button("Nuova conversazione").click()
        expect(chat.button("No, resta qui")).to_be_focused()
        page.keyboard.press("Escape")
        expect(chat.button("No, resta qui")).to_be_hidden()
        expect(chat.dialog).to_be_visible()


FOCUSED = """() => {
  const one = document.activeElement.shadowRoot?.activeElement;
  return one ? one.getAttribute("aria-label") || one.textContent : "";
}"""


class TestScreenReader:
    def test_names_and_roles(self, chat: Chat, page: Page) -> None:
        talk_about_everything(chat)
        assert page.evaluate(AUDIT) == []

    def test_how_it_is_announced(self, chat: Chat) -> None:
        expect(chat.dialog).to_have_accessible_name("Emporio Ginestra")
        expect(chat.log).to_have_attribute("aria-live", "polite")
        expect(chat.text).to_have_accessible_name("Scrivi un messaggio")
        expect(chat.launcher).to_have_attribute("aria-expanded", "true")
        chat.say("ciao")
        expect(chat.log.locator(".list .bot .spoken").first).to_have_text("Assistente: ")
        expect(chat.log.locator(".list .customer .spoken").first).to_have_text("Tu: ")

    def test_the_language_is_marked(self, chat: Chat) -> None:
        expect(chat.dialog).to_have_attribute("lang", "it")
        expect(chat.button("EN: Switch to English")).to_have_attribute("lang", "en")


class TestLooks:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    @pytest.mark.parametrize("size", ["desk", "phone"])
    def test_texts_can_be_read(
        self, open_page: Callable[..., Page], shop: Shop, scheme: str, size: str
    ) -> None:
        page = open_page(color_scheme=scheme, **(PHONE if size == "phone" else {}))
        page.goto(shop.url)
        chat = Chat(page).open()
        talk_about_everything(chat)
        assert page.evaluate(CONTRAST) == []

    def test_it_is_dark_in_the_dark(self, open_page: Callable[..., Page], shop: Shop) -> None:
        page = open_page(color_scheme="dark")
        page.goto(shop.url)
        chat = Chat(page).open()
        expect(chat.dialog).to_have_css("background-color", "rgb(27, 24, 20)")
        page.emulate_media(color_scheme="light")
        expect(chat.dialog).to_have_css("background-color", "rgb(251, 245, 233)")
        page.evaluate("document.querySelector('bottega-chat').dataset.theme = 'dark'")
        expect(chat.dialog).to_have_css("background-color", "rgb(27, 24, 20)")

    def test_on_a_phone_it_is_the_whole_screen(
        self, open_page: Callable[..., Page], shop: Shop
    ) -> None:
        page = open_page(**PHONE, reduced_motion="reduce")
        page.goto(shop.url)
        chat = Chat(page)
        chat.launcher.tap()
        box = chat.dialog.bounding_box()
        assert box is not None
        assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 390, 780)
        expect(chat.dialog).to_have_attribute("aria-modal", "true")
        expect(chat.launcher).to_be_hidden()
        talk_about_everything(chat)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        size = chat.text.evaluate("(one) => parseFloat(getComputedStyle(one).fontSize)")
        assert size >= 16  # or the phone zooms in on it
        composer = chat.dialog.locator(".composer").bounding_box()
        assert composer is not None
        assert composer["y"] + composer["height"] <= 780
        chat.button("Riduci la chat").tap()
        expect(chat.launcher).to_be_visible()

    def test_on_a_phone_a_page_opened_from_it_is_seen(
        self, open_page: Callable[..., Page], shop: Shop
    ) -> None:
        page = open_page(**PHONE)
        page.goto(shop.url)
        chat = Chat(page).open()
        chat.say("prodotti")
        chat.log.get_by_role("link", name="Siero viso").tap()
        page.wait_for_url("**/demo/products/EG-1001")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(chat.dialog).to_be_hidden()

    @pytest.mark.parametrize("width", [320, 390, 768, 1280])
    def test_pages_fit_every_screen(
        self, open_page: Callable[..., Page], shop: Shop, width: int
    ) -> None:
        page = open_page(viewport={"width": width, "height": 800})
        for path in ("/", "/demo/products/EG-3037", "/demo/departments/face", "/demo/mailbox"):
            page.goto(shop.url + path)
            assert page.evaluate("document.documentElement.scrollWidth") <= width

    def test_nothing_moves_for_who_does_not_want_it(
        self, open_page: Callable[..., Page], shop: Shop
    ) -> None:
        page = open_page(reduced_motion="reduce")
        page.goto(shop.url)
        chat = Chat(page).open()
        expect(chat.dialog).to_have_css("animation-name", "none")

    def test_english_on_an_english_page(self, open_page: Callable[..., Page], shop: Shop) -> None:
        page = open_page()
        page.goto(f"{shop.url}/?lang=en")
        chat = Chat(page).open()
        expect(chat.log).to_contain_text("Hi! I am the shop's assistant.")
        chat.button("Where is my order?").click()
        chat.expect_bubbles("Where is my order?", "eco: Where is my order?")


class TestElsewhere:
    """The widget on another site, with one script tag and a strict content policy."""

    @pytest.fixture
    def site(self) -> Iterator["Site"]:
        site = Site()
        yield site
        site.shutdown()

    @pytest.fixture
    def other_shop(self, tmp_path_factory: pytest.TempPathFactory, site: "Site") -> Iterator[Shop]:
        shop = open_demo(tmp_path_factory.mktemp("other"), origins=[site.url])
        yield shop
        shop.close()

    def test_it_works_where_it_is_allowed(
        self, open_page: Callable[..., Page], site: "Site", other_shop: Shop
    ) -> None:
        site.embed(other_shop, 'data-title="Altrove" data-accent="#f5c518" data-position="left"')
        page = open_page()
        page.goto(site.url)
        chat = Chat(page).open()
        expect(chat.dialog).to_have_accessible_name("Altrove")
        talk_about_everything(chat)
        page.locator("bottega-chat input[type=file]").set_input_files(
            {"name": "nota.txt", "mimeType": "text/plain", "buffer": b"ciao"}
        )
        chat.say("zitto")
        expect(chat.button("Scarica nota.txt")).to_be_visible()
        assert page.evaluate(CONTRAST) == []
        box = chat.dialog.bounding_box()
        assert box is not None
        assert box["x"] < 40
        page.reload()
        expect(chat.button("Scarica nota.txt")).to_be_visible()

    def test_it_says_so_where_it_is_not(
        self, open_page: Callable[..., Page], site: "Site", shop: Shop
    ) -> None:
        site.embed(shop, "")
        page = open_page()
        page.goto(site.url)
        chat = Chat(page).open()
        chat.say("ciao")
        expect(chat.dialog.locator(".banner")).to_contain_text("Non c'è collegamento")


class Site(ThreadingHTTPServer):
    """Somebody's page on another port, which is another origin."""

    def __init__(self) -> None:
        self.page = b""
        self.policy = ""
        super().__init__(("127.0.0.1", 0), _SitePage)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def embed(self, shop: Shop, attributes: str) -> None:
        script = f'<script src="{shop.url}/webchat/widget.js" {attributes}></script>'
        icon = '<link rel="icon" href="data:,">'
        page = (
            f'<!doctype html><html lang="it"><title>Altrove</title>{icon}<h1>Altrove</h1>{script}'
        )
        self.page = page.encode()
        socket = shop.url.replace("http", "ws", 1)
        self.policy = (
            f"default-src 'none'; script-src {shop.url}; connect-src {shop.url} {socket}; "
            f"img-src {shop.url} blob: data:; require-trusted-types-for 'script'"
        )

    def shutdown(self) -> None:
        super().shutdown()
        self.server_close()


class _SitePage(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", self.server.policy)
        self.end_headers()
        self.wfile.write(self.server.page)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""
