"""Buttons: opaque outside, good only while their question stands."""

import pytest

from crm.conversation import turns
from crm.conversation.buttons import STALE, UnknownButton, press
from crm.conversation.log import Incoming, Outgoing, open_conversation, receive
from crm.conversation.models import Conversation, Message
from crm.db import Database

QUESTION = Outgoing("Confermi?", buttons=[{"title": "Sì", "payload": "/affirm"}])
MENU = Outgoing("Ecco", buttons=[{"title": "Ordini", "payload": "/order_status"}])


@pytest.fixture
def conversation_id(database: Database) -> int:
    with database.writing() as session:
        return open_conversation(session, "webchat", "visitor-1").id


def answer(database: Database, conversation_id: int, external_id: str, *replies: Outgoing) -> str:
    """The customer writes, the bot replies; the token of the reply's first button."""
    with database.writing() as session:
        conversation = session.get_one(Conversation, conversation_id)
        message = receive(session, conversation, Incoming(external_id, "…"))
        stored = turns.finish(session, message.id, replies)
        buttons = stored[0].buttons if stored else []
        return str(buttons[0]["payload"]) if buttons else ""


def command_of_press(database: Database, conversation_id: int, token: str, external_id: str) -> str:
    with database.writing() as session:
        conversation = session.get_one(Conversation, conversation_id)
        button = press(session, conversation_id, token)
        receive(session, conversation, Incoming(external_id, button.title, button.command))
        job = turns.begin(session, conversation_id)
        assert job is not None
        return str(job.command)


def test_the_client_never_sees_the_command(database: Database, conversation_id: int) -> None:
    token = answer(database, conversation_id, "m1", QUESTION)
    assert not token.startswith("/") and "affirm" not in token
    assert command_of_press(database, conversation_id, token, "m2") == "/affirm"


def test_a_button_of_another_conversation_is_unknown(
    database: Database, conversation_id: int
) -> None:
    token = answer(database, conversation_id, "m1", QUESTION)
    with database.writing() as session:
        stranger = open_conversation(session, "webchat", "visitor-2")
        with pytest.raises(UnknownButton):
            press(session, stranger.id, token)
        with pytest.raises(UnknownButton):
            press(session, conversation_id, "/affirm")


def test_a_yes_to_an_earlier_question_is_stale(database: Database, conversation_id: int) -> None:
    token = answer(database, conversation_id, "m1", QUESTION)
    answer(database, conversation_id, "m2", Outgoing("altro"))
    assert command_of_press(database, conversation_id, token, "m3") == STALE


def test_a_menu_button_is_good_for_ever(database: Database, conversation_id: int) -> None:
    token = answer(database, conversation_id, "m1", MENU)
    answer(database, conversation_id, "m2", Outgoing("altro"))
    assert command_of_press(database, conversation_id, token, "m3") == "/order_status"


def test_card_buttons_are_pressable_too(database: Database, conversation_id: int) -> None:
    card = {"title": "Phon", "buttons": [{"title": "Perché?", "payload": "/why_recommended"}]}
    with database.writing() as session:
        conversation = session.get_one(Conversation, conversation_id)
        message = receive(session, conversation, Incoming("m1", "consigliami"))
        stored = turns.finish(session, message.id, [Outgoing("", cards=[card])])
        token = session.get_one(Message, stored[0].id).cards[0]["buttons"][0]["payload"]
    assert command_of_press(database, conversation_id, token, "m2") == "/why_recommended"


def command_of_text(database: Database, conversation_id: int, text: str) -> str | None:
    with database.writing() as session:
        conversation = session.get_one(Conversation, conversation_id)
        receive(session, conversation, Incoming(text, text))
        job = turns.begin(session, conversation_id)
        assert job is not None and job.text == text
        turns.finish(session, job.message_id, [])
        return job.command


def test_a_title_typed_is_the_button(database: Database, conversation_id: int) -> None:
    answer(database, conversation_id, "m1", QUESTION, MENU)
    assert command_of_text(database, conversation_id, "ordini!") == "/order_status"
    assert command_of_text(database, conversation_id, "Ordini") is None, "offered before, not now"


def test_a_title_of_several_buttons_stays_a_text(database: Database, conversation_id: int) -> None:
    other = Outgoing("Oppure", buttons=[{"title": "Ordini", "payload": "/cancel_order"}])
    answer(database, conversation_id, "m1", MENU, other)
    assert command_of_text(database, conversation_id, "ordini") is None
