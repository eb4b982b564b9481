"""Agents at work: a waiting customer appears by itself, one agent has them, the chat shows it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Chat
from tests.browser.desk.conftest import Clerk, Hire, Place


class TestTakingOver:
    def test_seen_waiting_taken_answered_and_handed_back(
        self, clerk: Hire, place: Place, open_page: Callable[..., Page]
    ) -> None:
        """The whole way of a handoff, with the customer's own widget on the other side."""
        anna = clerk("Anna")
        window = open_page()
        window.goto(place.shop.url)
        chat = Chat(window).open()
        chat.say("vorrei parlare con qualcuno")
        expect(chat.bubbles.last).to_have_text("eco: vorrei parlare con qualcuno")
        session_id = newest_session(place)
        talk = place.call_person(session_id)

        line = anna.line(talk)
        expect(line).to_contain_text("In attesa")
        expect(line).to_contain_text("l'ha chiesto")
        line.get_by_role("link").click()
        expect(anna.thread).to_contain_text("vorrei parlare con qualcuno")

        anna.press("Prendi in carico")
        expect(anna.page.get_by_text("L'assistente tace")).to_be_visible()
        anna.reply("Buongiorno, sono Anna!")
        expect(anna.thread).to_contain_text("Buongiorno, sono Anna!")
        expect(anna.text).to_have_value("")
        expect(chat.bubbles.last).to_have_text("Buongiorno, sono Anna!")

        chat.say("grazie!")
        expect(anna.thread).to_contain_text("grazie!")
        anna.press("Ridai all'assistente")
        dialog = anna.page.get_by_role("dialog")
        dialog.get_by_role("textbox").fill("spiegato il reso")
        dialog.get_by_role("button", name="Ridai all'assistente").click()
        expect(chat.bubbles.last).to_have_text("Sono di nuovo io, l'assistente.")
        expect(anna.thread).to_contain_text("spiegato il reso")
        chat.say("ciao bot")
        expect(chat.bubbles.last).to_have_text("eco: ciao bot")
        assert place.mode(talk) == "bot"

    def test_two_agents_race_and_one_wins(self, clerk: Hire, place: Place) -> None:
        talk = place.call_person(place.visitor("aiuto"))
        anna, bruno = clerk("Anna").open(talk), clerk("Bruno").open(talk)
        for one in (anna, bruno):
            expect(one.page.get_by_role("button", name="Prendi in carico")).to_be_enabled()
        press_at_once(anna, bruno, "Prendi in carico")
        expect(
            anna.page.get_by_text("L'assistente tace").or_(anna.page.get_by_text("È con Bruno."))
        ).to_be_visible()
        winner, loser = (anna, bruno) if place.holder(talk) == "Anna" else (bruno, anna)
        name = place.holder(talk)
        expect(
            loser.page.get_by_text(f"{name} ha già preso in carico questa conversazione.")
        ).to_be_visible()
        expect(loser.page.get_by_role("button", name=f"Prendila a {name}")).to_be_visible()
        expect(loser.page.get_by_role("button", name="Invia")).to_be_disabled()
        winner.reply("ci sono io")
        expect(loser.thread).to_contain_text("ci sono io")

    def test_taken_from_a_colleague_on_purpose(self, clerk: Hire, place: Place) -> None:
        talk = place.call_person(place.visitor("aiuto"))
        anna, bruno = clerk("Anna").open(talk), clerk("Bruno").open(talk)
        anna.press("Prendi in carico")
        bruno.press("Prendila a Anna")
        dialog = bruno.page.get_by_role("dialog")
        expect(dialog).to_contain_text("Anna ha in carico questa conversazione.")
        dialog.get_by_role("button", name="Prendila a Anna").click()
        expect(bruno.page.get_by_role("button", name="Ridai all'assistente")).to_be_visible()
        expect(anna.page.get_by_text("È con Bruno.")).to_be_visible()

    def test_given_to_a_colleague(self, clerk: Hire, place: Place) -> None:
        talk = place.call_person(place.visitor("aiuto"))
        anna = clerk("Anna").open(talk)
        anna.press("Prendi in carico")
        anna.press("Assegna a")
        anna.page.get_by_role("listitem").filter(has_text="Bruno").last.click()
        expect(anna.page.get_by_text("È con Bruno.")).to_be_visible()
        expect(anna.thread).to_contain_text("Anna l'ha assegnata a Bruno")

    def test_closing_asks_why(self, clerk: Hire, place: Place) -> None:
        talk = place.call_person(place.visitor("aiuto"))
        anna = clerk("Anna").open(talk)
        anna.press("Prendi in carico")
        expect(anna.page.get_by_text("L'assistente tace")).to_be_visible()
        anna.press("Chiudi")
        dialog = anna.page.get_by_role("dialog")
        dialog.get_by_role("button", name="Chiudi").click()
        expect(anna.page.get_by_text("Scrivi il motivo, in poche parole.")).to_be_visible()
        dialog.get_by_role("textbox").fill("risolto per telefono")
        dialog.get_by_role("button", name="Chiudi").click()
        expect(anna.thread).to_contain_text("risolto per telefono")
        assert place.mode(talk) == "closed"


def press_at_once(one: Clerk, other: Clerk, name: str) -> None:
    """Both browsers press the button of this name at the same moment."""
    moment = one.page.evaluate("Date.now()") + 1500
    for clerk in (one, other):
        clerk.page.get_by_role("button", name=name).evaluate(
            "(button, at) => { setTimeout(() => button.click(), at - Date.now()); }", moment
        )


class TestWriting:
    def test_a_note_is_for_colleagues_only(self, clerk: Hire, place: Place) -> None:
        visitor = place.visitor("buongiorno")
        talk = place.conversation(visitor)
        anna, bruno = clerk("Anna").open(talk), clerk("Bruno").open(talk)
        anna.page.get_by_role("button", name="Nota interna").click()
        anna.text.fill("Cliente di vecchia data.")
        anna.press("Aggiungi la nota")
        expect(bruno.thread).to_contain_text("Cliente di vecchia data.")
        texts = [message["text"] for message in visitor.get()["messages"]]
        assert texts == ["buongiorno", "eco: buongiorno"]

    def test_nobody_answers_without_taking_over(self, clerk: Hire, place: Place) -> None:
        anna = clerk("Anna").open(place.conversation(place.visitor("ciao")))
        anna.text.fill("una risposta")
        expect(anna.page.get_by_role("button", name="Invia")).to_be_disabled()

    def test_a_draft_is_there_again_elsewhere(self, clerk: Hire, place: Place) -> None:
        talk = place.conversation(place.visitor("ciao"))
        anna = clerk("Anna").open(talk)
        anna.text.fill("Sto scrivendo che")
        anna.page.wait_for_timeout(2500)
        elsewhere = clerk("Anna").open(talk)
        expect(elsewhere.text).to_have_value("Sto scrivendo che")
        assert clerk("Bruno").open(talk).text.input_value() == ""

    def test_a_draft_survives_the_page_at_once(self, clerk: Hire, place: Place) -> None:
        anna = clerk("Anna").open(place.conversation(place.visitor("ciao")))
        anna.text.fill("Scritto un attimo prima")
        anna.page.reload()
        expect(anna.text).to_have_value("Scritto un attimo prima")

    def test_who_else_is_looking(self, clerk: Hire, place: Place) -> None:
        talk = place.conversation(place.visitor("ciao"))
        anna = clerk("Anna").open(talk)
        bruno = clerk("Bruno").open(talk)
        expect(anna.page.get_by_text("La sta guardando anche Bruno.")).to_be_visible()
        bruno.go("/")
        expect(anna.page.get_by_text("La sta guardando anche Bruno.")).to_be_hidden()

    def test_canned_replies_are_filled_in(self, clerk: Hire, place: Place) -> None:
        from crm.staff.canned import save_canned_reply

        with place.shop.database.writing() as session:
            texts = {"it": "Ciao {given_name}, sono {agent}: {ticket}."}
            save_canned_reply(session, "ciao", texts, "Anna")
        visitor = place.visitor("aiuto")
        place.recognise(visitor, given_name="Mario", family_name="Rossi")
        anna = clerk("Anna").open(place.conversation(visitor))
        anna.press("Prendi in carico")
        anna.press("Risposta pronta")
        anna.page.get_by_role("listitem").filter(has_text="ciao").last.click()
        expect(anna.text).to_have_value("Ciao Mario, sono Anna: {ticket}.")
        anna.press("Invia")
        expect(anna.page.get_by_text("Completa prima {ticket}.")).to_be_visible()
        anna.reply("Ciao Mario, sono Anna: T-1.")
        expect(anna.thread).to_contain_text("Ciao Mario, sono Anna: T-1.")


class TestInbox:
    def test_anger_comes_first(self, clerk: Hire, place: Place) -> None:
        calm = place.call_person(place.visitor("con calma"))
        angry = place.visitor("sono furioso")
        feel(place, place.conversation(angry), "angry")
        first = place.call_person(angry)
        anna = clerk("Anna", path="/?view=waiting")
        lines = anna.page.locator(".line a")
        expect(lines.first).to_have_attribute("href", f"/desk/conversations/{first}")
        expect(anna.line(first)).to_contain_text("rabbia")
        expect(anna.line(calm)).to_be_visible()

    def test_words_and_filters(self, clerk: Hire, place: Place) -> None:
        one = place.conversation(place.visitor("cerco un pettine viola"))
        other = place.conversation(place.visitor("dov'è il negozio"))
        anna = clerk("Anna")
        expect(anna.line(other)).to_be_visible()
        anna.page.get_by_label("Cerca").fill("pettine viola")
        expect(anna.line(other)).to_be_hidden()
        expect(anna.line(one)).to_be_visible()
        anna.page.get_by_role("button", name="Chiuse").click()
        expect(anna.line(one)).to_be_hidden()

    def test_unread_until_seen(self, clerk: Hire, place: Place) -> None:
        visitor = place.visitor("uno")
        talk = place.call_person(visitor)
        anna = clerk("Anna")
        expect(anna.line(talk).locator(".badge")).to_have_text("2")
        anna.open(talk).go("/")
        expect(anna.line(talk)).to_be_visible()
        expect(anna.line(talk).locator(".badge")).to_be_hidden()
        visitor.say("ancora io")
        expect(anna.line(talk).locator(".badge")).to_have_text("1")

    @pytest.mark.parametrize("width", [360, 768, 1280])
    def test_it_fits_every_screen(self, clerk: Hire, place: Place, width: int) -> None:
        talk = place.call_person(place.visitor("una domanda piuttosto lunga " * 8))
        anna = clerk("Anna", viewport={"width": width, "height": 800})
        expect(anna.line(talk)).to_be_visible()
        assert anna.page.evaluate("document.documentElement.scrollWidth") <= width
        anna.open(talk)
        assert anna.page.evaluate("document.documentElement.scrollWidth") <= width

    def test_what_customers_write_is_only_text(self, clerk: Hire, place: Place) -> None:
        evil = "<img src=x onerror=\"document.title='broken in'\"> {{ 7*7 }} <b>grasso</b>"
        anna = clerk("Anna").open(place.conversation(place.visitor(evil)))
        expect(anna.thread).to_contain_text(evil)
        assert anna.thread.locator("b, img").count() == 0
        assert "broken in" not in anna.page.title()


def feel(place: Place, conversation_id: int, mood: str) -> None:
    from crm.conversation.models import Message, Role

    with place.shop.database.writing() as session:
        said = session.query(Message).filter_by(conversation_id=conversation_id, role=Role.CUSTOMER)
        for message in said:
            intent = {"name": "complain", "confidence": 0.93}
            message.understanding = {"intent": intent, "mood": mood, "entities": []}


def newest_session(place: Place):  # type: ignore[no-untyped-def]
    """The visitor behind the newest web chat session."""
    from crm.profile.models import ChannelIdentity
    from tests.integrations.webchat.shop import Customer

    with place.shop.database.reading() as session:
        identity = session.query(ChannelIdentity).order_by(ChannelIdentity.id.desc()).first()
    assert identity is not None
    visitor = Customer(place.shop)
    visitor.session_id = identity.external_id
    return visitor
