"""The door into Rasa: who may come in, what counts as a text, what as a command."""

import pytest
from rasa.shared.exceptions import RasaException

from bot.rasa_ext.channel import BadTurn, BottegaChannel, read_message
from bot.rasa_ext.typed import as_plain_text

TURN = {"conversation": "conversation-1", "message_id": "7", "language": "it"}


def test_a_typed_text_is_never_a_command() -> None:
    for typed in ("/restart", "  /restart", "/ /restart", '/greet{"x": "y"}', "//restart"):
        assert not read_message({**TURN, "text": typed}).text.startswith("/")


def test_a_plain_text_stays_as_it_is() -> None:
    assert as_plain_text("il CAP è 38068/39") == "il CAP è 38068/39"
    assert as_plain_text("e/o") == "e/o"


def test_a_command_is_passed_on() -> None:
    assert read_message({**TURN, "command": "/order_status"}).text == "/order_status"


def test_the_message_id_travels_with_the_message() -> None:
    message = read_message({**TURN, "text": "ciao"})
    assert message.message_id == "7"
    assert message.metadata == {"message_id": "7", "language": "it"}


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {**TURN},
        {**TURN, "text": 3},
        {**TURN, "command": "restart"},
        {**TURN, "conversation": "", "text": "ciao"},
        {"conversation": "c", "text": "ciao"},
    ],
)
def test_a_malformed_turn_is_refused(body: object) -> None:
    with pytest.raises(BadTurn):
        read_message(body)


def test_a_channel_without_a_real_secret_does_not_start() -> None:
    for credentials in (None, {}, {"secret": ""}, {"secret": "short"}):
        with pytest.raises(RasaException):
            BottegaChannel.from_credentials(credentials)
