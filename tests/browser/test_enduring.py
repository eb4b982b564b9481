"""Reloads, restarts, dead connections, expired tokens: nothing is lost, nothing comes twice."""

import json
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from crm.conversation.models import Conversation
from crm.profile import assurance
from crm.profile.models import Customer as Profile
from tests.browser.conftest import PATIENCE_MS, Chat, open_demo
from tests.browser.test_talking import PICTURE, conversation_in
from tests.integrations.webchat.shop import Shop


def stored(page: Page) -> dict[str, object]:
    """The session that the browser keeps."""
    find = "Object.entries(localStorage).find(([key]) => key.endsWith(':session'))[1]"
    return dict(json.loads(page.evaluate(find)))


def test_a_reload_keeps_the_history_and_the_open_chat(chat: Chat, page: Page) -> None:
    chat.say("domanda")
    chat.button("Sì").click()
    texts = ("domanda", "Confermi?", "Sì", "premuto /affirm")
    chat.expect_bubbles(*texts)
    for _ in range(2):
        page.reload()
        expect(chat.dialog).to_be_visible()
        chat.expect_bubbles(*texts)
    expect(chat.button("No")).to_be_disabled()
    chat.say("ciao")
    chat.expect_bubbles(*texts, "ciao", "eco: ciao")


def test_history_is_not_read_out_again(chat: Chat, page: Page) -> None:
    chat.say("ciao")
    chat.expect_bubbles("ciao", "eco: ciao")
    page.reload()
    chat.expect_bubbles("ciao", "eco: ciao")
    expect(chat.launcher).to_have_accessible_name("Chiudi la chat")


def test_two_tabs_show_the_same(chat: Chat, page: Page, shop: Shop) -> None:
    chat.say("uno")
    chat.expect_bubbles("uno", "eco: uno")
    other_page = page.context.new_page()
    other_page.goto(shop.url)
    other = Chat(other_page)
    other.expect_bubbles("uno", "eco: uno")
    other.say("due volte")
    for one in (chat, other):
        one.expect_bubbles("uno", "eco: uno", "due volte", "eco: due volte")
    other.button("Nuova conversazione").click()
    other.button("Sì, ricomincia").click()
    expect(chat.bubbles).to_have_count(0)


@pytest.fixture
def own_shop(tmp_path_factory: pytest.TempPathFactory) -> object:
    """A shop that the test may stop."""
    shop = open_demo(tmp_path_factory.mktemp("own"))
    yield shop
    shop.close()


def test_a_restart_of_the_server_in_the_middle(
    open_page: Callable[..., Page], own_shop: Shop
) -> None:
    page = open_page()
    page.goto(own_shop.url)
    chat = Chat(page).open()
    chat.say("prima")
    chat.expect_bubbles("prima", "eco: prima")
    own_shop.stop()
    chat.say("durante")
    expect(chat.dialog.get_by_role("status").filter(has_text="Non c'è")).to_be_visible()
    expect(chat.log.locator(".failed").get_by_role("button", name="Riprova")).to_be_visible()
    own_shop.start()
    chat.button("Riprova").click()
    expect(chat.bubbles).to_have_text(["prima", "eco: prima", "durante", "eco: durante"])
    expect(chat.dialog.locator(".banner")).to_be_hidden()
    assert len(own_shop.database_messages()) == 4


def test_what_was_written_during_an_outage_survives_a_reload(
    open_page: Callable[..., Page], own_shop: Shop
) -> None:
    page = open_page()
    page.goto(own_shop.url)
    chat = Chat(page).open()
    chat.say("prima")
    chat.expect_bubbles("prima", "eco: prima")
    page.route("**/webchat/**", lambda route: route.abort())
    own_shop.stop()
    chat.say("durante")
    own_shop.start()
    page.unroute("**/webchat/**")
    page.reload()
    expect(chat.bubbles).to_have_text(["prima", "eco: prima", "durante", "eco: durante"])


def test_a_dead_network_is_noticed_and_survived(chat: Chat, page: Page) -> None:
    chat.say("prima")
    chat.expect_bubbles("prima", "eco: prima")
    page.context.set_offline(True)
    page.evaluate("dispatchEvent(new Event('offline'))")
    expect(chat.dialog.locator(".banner")).to_contain_text("Non c'è collegamento")
    chat.say("durante")
    page.context.set_offline(False)
    expect(chat.bubbles).to_have_text(["prima", "eco: prima", "durante", "eco: durante"])


def test_without_websockets_it_polls(open_page: Callable[..., Page], shop: Shop) -> None:
    page = open_page()

    def refuse(route: WebSocketRoute) -> None:
        route.close(code=1011)

    page.route_web_socket("**/webchat/ws", refuse)
    page.goto(shop.url)
    chat = Chat(page).open()
    chat.say("ciao")
    expect(chat.bubbles).to_have_text(["ciao", "eco: ciao"])
    chat.say("domanda")
    chat.button("No").click()
    page.locator("bottega-chat input[type=file]").set_input_files(PICTURE)
    chat.say("zitto")
    expect(chat.log.get_by_role("img", name="foto.png")).to_have_count(1)
    expect(chat.bubbles.nth(5)).to_have_text("premuto /deny")


def test_an_expired_session_is_followed_by_a_new_one(
    open_page: Callable[..., Page], shop: Shop
) -> None:
    page = open_page()
    page.goto(shop.url)
    chat = Chat(page).open()
    chat.say("domanda")
    chat.expect_bubbles("domanda", "Confermi?")
    page.evaluate(
        """() => {
            const all = Object.entries(localStorage);
            const [key, value] = all.find(([key]) => key.endsWith(":session"));
            const state = JSON.parse(value);
            localStorage.setItem(key, JSON.stringify({ ...state, token: "no.longer.good" }));
        }"""
    )
    page.reload()
    chat.say("eccomi ancora")
    chat.expect_bubbles("eccomi ancora", "eco: eccomi ancora")


def test_a_new_session_while_the_page_is_open(chat: Chat, page: Page, shop: Shop) -> None:
    chat.say("domanda")
    chat.expect_bubbles("domanda", "Confermi?")
    conversation_id = conversation_in(page, shop)
    with shop.database.writing() as session:  # as if its token had been used and replaced elsewhere
        identity = session.get_one(Conversation, conversation_id).identity
        identity.details = {**identity.details, "token_generation": 9}
    shop.notify(conversation_id)
    expect(chat.button("Sì")).to_be_disabled()
    expect(chat.log.locator(".anew")).to_have_text("Nuova conversazione")
    chat.say("ciao")
    chat.expect_bubbles("domanda", "Confermi?", "ciao", "eco: ciao")


def test_a_recognised_customer_goes_on_with_the_new_token(
    chat: Chat, page: Page, shop: Shop
) -> None:
    chat.say("zitto")
    expect(chat.log.locator(".customer .delivery")).to_have_text("Inviato")
    before = stored(page)["token"]
    recognise(shop, conversation_in(page, shop))
    wait_for_another_token(page, before)
    chat.say("ciao")
    chat.expect_bubbles("zitto", "ciao", "eco: ciao")
    page.reload()
    chat.expect_bubbles("zitto", "ciao", "eco: ciao")


@pytest.mark.parametrize("by", ["socket", "polling"])
def test_a_recognised_customer_goes_on_in_every_tab(
    open_page: Callable[..., Page], shop: Shop, by: str
) -> None:
    page = open_page()
    if by == "polling":
        page.context.route_web_socket("**/webchat/ws", lambda route: route.close(code=1011))
    page.goto(shop.url)
    chat = Chat(page).open()
    chat.say("uno")
    expect(chat.bubbles).to_have_text(["uno", "eco: uno"])
    others = [Chat(page.context.new_page()) for _ in range(3)]
    for other in others:
        other.page.goto(shop.url)
        expect(other.bubbles).to_have_text(["uno", "eco: uno"])
    before = stored(page)["token"]
    recognise(shop, conversation_in(page, shop))
    chat.say("due volte")
    wait_for_another_token(page, before)
    said = ["uno", "eco: uno", "due volte", "eco: due volte"]
    expect(chat.bubbles).to_have_text(said)
    for tab in (*others, chat):
        tab.say("zitto")
        said.append("zitto")
        for one in (chat, *others):
            expect(one.bubbles).to_have_text(said)
    page.reload()
    expect(chat.bubbles).to_have_text(said)


def recognise(shop: Shop, conversation_id: int) -> None:
    """Have the conversation's customer be somebody."""
    with shop.database.writing() as session:
        profile = Profile(given_name="Ada")
        session.add(profile)
        session.flush()
        assurance.claim(session.get_one(Conversation, conversation_id).identity, profile)
    shop.notify(conversation_id)


def wait_for_another_token(page: Page, before: object) -> None:
    end = time.monotonic() + PATIENCE_MS / 1000
    while stored(page)["token"] == before and time.monotonic() < end:
        page.wait_for_timeout(50)
    assert stored(page)["token"] != before
