"""An agent sends a file and buttons; the customer's widget shows them and answers with a press."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import Chat
from tests.browser.desk.conftest import Hire, Place
from tests.browser.desk.test_handover import newest_session
from tests.integrations.webchat.test_attachments import PNG


def test_a_file_and_buttons_reach_the_widget(
    clerk: Hire, place: Place, open_page: Callable[..., Page]
) -> None:
    window = open_page()
    window.goto(place.shop.url)
    chat = Chat(window).open()
    chat.say("mi serve il manuale")
    expect(chat.bubbles.last).to_have_text("eco: mi serve il manuale")
    talk = place.call_person(newest_session(place))

    anna = clerk("Anna").open(talk)
    anna.press("Prendi in carico")
    expect(anna.page.get_by_text("L'assistente tace")).to_be_visible()
    anna.page.locator("input[type=file]").set_input_files(
        {"name": "manuale.png", "mimeType": "image/png", "buffer": PNG}
    )
    expect(anna.page.locator(".composer .q-chip").first).to_contain_text("manuale.png")
    titles = anna.page.get_by_label("Pulsanti per il cliente")
    for title in ("Sì, questo", "No, un altro"):
        titles.fill(title)
        titles.press("Enter")
    anna.reply("È questo?")

    expect(anna.thread.locator(".files img")).to_have_attribute("alt", "manuale.png")
    expect(anna.page.locator(".composer .q-chip")).to_have_count(0)
    window.get_by_role("button", name="Sì, questo").click()
    expect(anna.thread).to_contain_text("Sì, questo")
    assert place.mode(talk) == "human"


def test_a_program_is_not_sent(clerk: Hire, place: Place) -> None:
    talk = place.call_person(place.visitor("aiuto"))
    anna = clerk("Anna").open(talk)
    anna.press("Prendi in carico")
    expect(anna.page.get_by_text("L'assistente tace")).to_be_visible()
    anna.page.locator("input[type=file]").set_input_files(
        {"name": "foto.png", "mimeType": "image/png", "buffer": b"MZ\x90\x00" + b"\x00" * 60}
    )
    expect(anna.page.locator(".composer .q-chip")).to_contain_text("foto.png")
    anna.reply("Ecco la foto")
    expect(anna.page.get_by_text("non è di un tipo che si può mandare")).to_be_visible()
    expect(anna.text).to_have_value("Ecco la foto")
