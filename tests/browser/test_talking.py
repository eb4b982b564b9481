"""A conversation in the browser: words, buttons, products, files."""

import re
import struct
import zlib
from pathlib import Path

from playwright.sync_api import Page, expect

from crm.conversation import handoff
from crm.conversation.log import Outgoing
from crm.conversation.models import Conversation
from tests.browser.conftest import Chat
from tests.integrations.webchat.shop import Shop


def png(width: int, height: int, colour: bytes) -> bytes:
    """A plain image."""

    def part(kind: bytes, content: bytes) -> bytes:
        check = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)

    rows = (b"\0" + colour * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = part(b"IHDR", header) + part(b"IDAT", zlib.compress(rows)) + part(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


PICTURE = {"name": "foto.png", "mimeType": "image/png", "buffer": png(320, 200, b"\xe9\xb6\x3a")}
RECEIPT = {"name": "scontrino.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 x"}


def conversation_in(page: Page, shop: Shop) -> int:
    """The conversation of a page's session."""
    keys = page.evaluate("Object.values(localStorage)")
    session_id = re.findall(r'"session_id":"([^"]+)"', " ".join(keys))[0]
    with shop.database.reading() as session:
        found = session.query(Conversation).all()
        return next(one.id for one in found if one.identity.external_id == session_id)


def test_a_newcomer_is_welcomed_with_suggestions(chat: Chat) -> None:
    expect(chat.log).to_contain_text("Ciao! Sono l'assistente della bottega.")
    chat.button("Una crema per me").click()
    chat.expect_bubbles(
        "Cerco una crema per la pelle secca", "eco: Cerco una crema per la pelle secca"
    )
    expect(chat.button("Una crema per me")).to_be_hidden()


def test_words_go_back_and_forth(chat: Chat) -> None:
    chat.say("ciao")
    chat.expect_bubbles("ciao", "eco: ciao")
    expect(chat.log.locator(".customer .delivery")).to_have_text("Inviato")
    chat.say("due")
    chat.expect_bubbles("ciao", "eco: ciao", "due", "uno", "due")


def test_shift_enter_begins_a_line(chat: Chat) -> None:
    chat.text.press_sequentially("una")
    chat.text.press("Shift+Enter")
    chat.text.press_sequentially("due")
    chat.text.press("Enter")
    expect(chat.bubbles.first).to_have_text("una\ndue", use_inner_text=True)


def test_nothing_is_sent_for_nothing(chat: Chat) -> None:
    expect(chat.button("Invia")).to_be_disabled()
    chat.say("   ")
    expect(chat.log.locator(".list .message")).to_have_count(0)


def test_what_others_write_is_never_markup(chat: Chat, page: Page) -> None:
    page.evaluate("window.hacked = 0")
    chat.say('<img src=x onerror="hacked=1"><b>ciao</b> javascript:hacked=1')
    expect(chat.bubbles.nth(1)).to_contain_text("<b>ciao</b>")
    expect(chat.log.locator(".list img, .list b")).to_have_count(0)
    assert page.evaluate("window.hacked") == 0


def test_addresses_become_links(chat: Chat) -> None:
    chat.say("vedi (https://www.example.it/a?b=c), www.example.org. o ada@example.it!")
    links = chat.bubbles.first.get_by_role("link")
    expect(links).to_have_count(3)
    addresses = [link.get_attribute("href") for link in links.all()]
    assert addresses == [
        "https://www.example.it/a?b=c",
        "https://www.example.org/",
        "mailto:ada@example.it",
    ]
    expect(links.first).to_have_attribute("rel", "noopener noreferrer")


def test_typing_is_shown_while_the_bot_owes_an_answer(chat: Chat, shop: Shop) -> None:
    shop.engine.delay = 1.5
    try:
        chat.say("ciao")
        expect(chat.dialog.locator(".typing")).to_be_visible()
        expect(chat.dialog.get_by_role("status").filter(has_text="sta scrivendo")).to_have_count(1)
        chat.expect_bubbles("ciao", "eco: ciao")
        expect(chat.dialog.locator(".typing")).to_be_hidden()
    finally:
        shop.engine.delay = 0.0


def test_a_choice_is_made_once(chat: Chat) -> None:
    chat.say("domanda")
    chat.button("Sì").click()
    chat.expect_bubbles("domanda", "Confermi?", "Sì", "premuto /affirm")
    expect(chat.button("Sì")).to_be_disabled()
    expect(chat.button("No")).to_be_disabled()
    expect(chat.button("Sì")).to_have_class(re.compile("chosen"))


def test_a_choice_passes_when_something_else_is_said(chat: Chat) -> None:
    chat.say("domanda")
    expect(chat.button("No")).to_be_enabled()
    chat.say("altro")
    expect(chat.button("No")).to_be_disabled()


def test_products_come_as_cards(chat: Chat, page: Page, shop: Shop) -> None:
    chat.say("prodotti")
    cards = chat.log.get_by_role("listitem")
    expect(cards).to_have_count(2)
    expect(cards.first).to_contain_text("18,90 €")
    page.wait_for_function(
        """() => document.querySelector('bottega-chat').shadowRoot
            .querySelector('.card img').naturalWidth > 0"""
    )
    cards.first.get_by_role("button", name="Dimmi di più").click()
    expect(chat.bubbles.last).to_have_text('premuto /product_details{"sku": "EG-1001"}')
    cards.first.get_by_role("link").click()
    page.wait_for_url("**/demo/products/EG-1001")
    expect(chat.dialog).to_be_visible()
    expect(chat.bubbles.last).to_have_text('premuto /product_details{"sku": "EG-1001"}')


def test_cards_scroll_sideways(chat: Chat) -> None:
    chat.say("prodotti")
    chat.button("Avanti").click()
    expect(chat.button("Indietro")).to_be_visible()
    expect(chat.button("Avanti")).to_be_hidden()


def test_files_are_sent_and_shown(chat: Chat, page: Page, tmp_path: Path) -> None:
    page.locator("bottega-chat input[type=file]").set_input_files([PICTURE, RECEIPT])
    expect(chat.button("Togli foto.png")).to_be_visible()
    chat.say("ecco")
    expect(chat.log.get_by_role("img", name="foto.png")).to_have_count(1)
    expect(chat.log.locator(".pending")).to_have_count(0)
    picture = chat.log.get_by_role("img", name="foto.png")
    expect(picture).to_have_attribute("src", re.compile("^blob:"))
    expect(picture).to_have_js_property("naturalWidth", 320)
    with page.expect_download() as download:
        chat.button("Scarica scontrino.pdf").click()
    download.value.save_as(tmp_path / "saved.pdf")
    assert (tmp_path / "saved.pdf").read_bytes() == RECEIPT["buffer"]


def test_a_file_can_be_taken_back(chat: Chat, page: Page) -> None:
    page.locator("bottega-chat input[type=file]").set_input_files(PICTURE)
    chat.button("Togli foto.png").click()
    expect(chat.button("Invia")).to_be_disabled()


def test_a_wrong_file_is_explained(chat: Chat, page: Page) -> None:
    wrong = {"name": "virus.exe", "mimeType": "application/octet-stream", "buffer": b"MZ"}
    page.locator("bottega-chat input[type=file]").set_input_files(wrong)
    expect(chat.dialog.get_by_role("alert")).to_contain_text("Puoi mandare immagini")
    disguised = {"name": "foto.png", "mimeType": "image/png", "buffer": b"\x00\x01\x02"}
    page.locator("bottega-chat input[type=file]").set_input_files(disguised)
    chat.say("guarda")
    expect(chat.log.locator(".failed .reason")).to_contain_text("Puoi mandare immagini")
    chat.button("Togli").click()
    expect(chat.log.locator(".failed")).to_have_count(0)


def test_files_can_be_dropped_and_pasted(chat: Chat, page: Page) -> None:
    give = """([kind, name]) => {
        const data = new DataTransfer();
        data.items.add(new File(["testo"], name, { type: "text/plain" }));
        const dialog = document.querySelector("bottega-chat").shadowRoot.querySelector(".dialog");
        const init = { bubbles: true, cancelable: true };
        dialog.dispatchEvent(kind === "paste"
            ? new ClipboardEvent("paste", { ...init, clipboardData: data })
            : new DragEvent("drop", { ...init, dataTransfer: data }));
    }"""
    page.evaluate(give, ["drop", "uno.txt"])
    page.evaluate(give, ["paste", "due.txt"])
    expect(chat.button("Togli uno.txt")).to_be_visible()
    expect(chat.button("Togli due.txt")).to_be_visible()


def test_too_long_a_text_is_explained_and_kept(chat: Chat) -> None:
    chat.say("x" * 20_001)
    expect(chat.dialog.get_by_role("alert")).to_contain_text("20000")
    expect(chat.text).to_have_value("x" * 20_001)


def test_a_person_comes_in(chat: Chat, page: Page, shop: Shop) -> None:
    chat.say("zitto")
    expect(chat.log.locator(".customer .delivery")).to_have_text("Inviato")
    conversation_id = conversation_in(page, shop)
    with shop.database.writing() as session:
        conversation = session.get_one(Conversation, conversation_id)
        handoff.take_over(session, conversation, "ada")
        handoff.reply(session, conversation, "ada", Outgoing("Eccomi, sono Ada"))
    shop.notify(conversation_id)
    expect(chat.dialog.get_by_role("status").filter(has_text="con una persona")).to_be_visible()
    expect(chat.log.locator(".agent")).to_contain_text("Una persona del negozio")
    with shop.database.writing() as session:
        conversation = session.get_one(Conversation, conversation_id)
        handoff.release(session, conversation, "ada", Outgoing("Ti lascio all'assistente"))
    shop.notify(conversation_id)
    expect(chat.dialog.locator(".banner")).to_be_hidden()
    expect(chat.log.locator(".system")).to_contain_text("Ti lascio all'assistente")


def test_the_end_stays_in_sight_when_a_notice_takes_its_place(
    chat: Chat, page: Page, shop: Shop
) -> None:
    page.set_viewport_size({"width": 390, "height": 600})
    for number in range(5):
        chat.say(f"zitto {number}")
    chat.say("domanda")
    no = chat.log.get_by_role("button", name="No")
    expect(no).to_be_in_viewport(ratio=1)
    with shop.database.writing() as session:
        conversation = session.get_one(Conversation, conversation_in(page, shop))
        handoff.take_over(session, conversation, "ada")
    shop.notify(conversation.id)
    expect(chat.dialog.get_by_role("status").filter(has_text="con una persona")).to_be_visible()
    expect(no).to_be_in_viewport(ratio=1)


def test_what_comes_while_it_is_closed_is_counted(chat: Chat, page: Page, shop: Shop) -> None:
    shop.engine.delay = 0.7
    try:
        chat.say("due")
        chat.button("Riduci la chat").click()
        expect(chat.launcher).to_have_accessible_name("Apri la chat (2 messaggi non letti)")
        chat.launcher.click()
        expect(chat.launcher).to_have_accessible_name("Chiudi la chat")
        chat.expect_bubbles("due", "uno", "due")
    finally:
        shop.engine.delay = 0.0


def test_the_page_can_speak_for_the_customer(page: Page) -> None:
    chat = Chat(page)
    page.get_by_role("main").get_by_role("button", name="Dov'è il mio ordine?").click()
    chat.expect_bubbles("Dov'è il mio ordine?", "eco: Dov'è il mio ordine?")
    chat.button("Riduci la chat").click()
    page.evaluate("document.querySelector('bottega-chat').say('da finire', { send: false })")
    expect(chat.text).to_have_value("da finire")


def test_starting_over(chat: Chat) -> None:
    chat.say("ciao")
    chat.expect_bubbles("ciao", "eco: ciao")
    chat.button("Nuova conversazione").click()
    chat.button("No, resta qui").click()
    chat.expect_bubbles("ciao", "eco: ciao")
    chat.button("Nuova conversazione").click()
    chat.button("Sì, ricomincia").click()
    expect(chat.bubbles).to_have_count(0)
    chat.say("da capo")
    chat.expect_bubbles("da capo", "eco: da capo")


def test_the_language_can_be_changed(chat: Chat, page: Page) -> None:
    chat.say("ciao")
    chat.expect_bubbles("ciao", "eco: ciao")
    chat.button("EN: Switch to English").click()
    expect(chat.text).to_have_accessible_name("Write a message")
    expect(chat.log).to_contain_text("Hi! I am the shop's assistant.")
    chat.expect_bubbles("ciao", "eco: ciao")
    page.reload()
    expect(chat.text).to_have_accessible_name("Write a message")
