"""The language of a message: its words decide, and where none speaks, the conversation."""

from pathlib import Path

import pytest
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.rasa_ext.nlu.language import LanguageIdentifier
from tests.rasa_ext.nlu.conftest import loaded_again, made


def read(identifier: LanguageIdentifier, text: str, known: str | None = None) -> tuple[str, bool]:
    message = Message({"text": text, "metadata": {"language": known}})
    identifier.process([message])
    return message.get("language"), message.get("language_told")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "👍",
        "😡😡",
        "...",
        "?!",
        "3",
        "49,90",
        "38068",
        "EG-20417",
        "333 1234567",
        "RSSMRA80A01H501U",
        "anna.bianchi@example.com",
        "https://example.com/ciao-bella",
        "Maria Luisa De Santis, marialuisa.desantis@example.it, 00184",
        "Maria Rossi",
        "maria rossi",
        "Sara",
        "Smith",
        "Grace Hopper",
        "Giuseppe Lo Presti",
        "Oluwaseun Adeyemi",
        "Wei Zhang, 20121",
        "Rossi Mario 20135",
        "Kevin, kevin@example.com",
        "Milano",
        "Rovereto",
        "shampoo",
        "Hair dryer",
        "crema viso",
        "Glow Serum 30",
        "Instagram",
        "ok",
        "no",
        "email",
        "stop",
    ],
)
def test_what_says_nothing_of_a_language_keeps_the_conversations(
    identifier: LanguageIdentifier, text: str
) -> None:
    assert read(identifier, text, "it") == ("it", False)
    assert read(identifier, text, "en") == ("en", False)


def test_what_says_nothing_is_italian_where_no_conversation_is(
    identifier: LanguageIdentifier,
) -> None:
    assert read(identifier, "John Smith, 38068") == ("it", False)


@pytest.mark.parametrize(
    "text",
    [
        "vorrei il body lotion e lo spray hair volume",
        "cerco un primer e un highlighter waterproof",
        "vendete beard oil o after shave balm?",
        "il dry shampoo quanto costa",
        "che differenza c'è tra bb cream e foundation",
        "c'è lo sconto black friday sui beauty case?",
        "gloss e lip balm",
        "ordine hair dryer EG-20417",
        "mi chiamo Grace Hopper",
        "ciao sono John Smith",
    ],
)
def test_italian_with_english_products_and_names_is_italian(
    identifier: LanguageIdentifier, text: str
) -> None:
    assert read(identifier, text, "it")[0] == "it"
    assert read(identifier, text)[0] == "it"


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        "Good Morning",
        "Thank You Very Much",
        "WHERE IS MY ORDER",
        "where is the shop in via Roma",
        "I bought a piastra in Rovereto",
        "is the Carta Ginestra free?",
        "my name is Maria Luisa De Santis",
        "hi I'm Giulia Bianchi",
    ],
)
def test_english_turns_an_italian_conversation(identifier: LanguageIdentifier, text: str) -> None:
    assert read(identifier, text, "it") == ("en", True)


@pytest.mark.parametrize(
    "text",
    [
        "grazie",
        "buonasera a tutti",
        "dov'è il mio ordine?",
        "nn so xke nn arriva",
        "DOVE E IL PACCO",
    ],
)
def test_italian_turns_an_english_conversation(identifier: LanguageIdentifier, text: str) -> None:
    assert read(identifier, text, "en") == ("it", True)


def test_the_same_after_loading(identifier: LanguageIdentifier, language_folder: Path) -> None:
    again = loaded_again(LanguageIdentifier, language_folder)
    for text in ("hello there", "il mio pacco", "Maria Rossi", "ok"):
        assert read(again, text, "en") == read(identifier, text, "en")


def test_without_labelled_examples_the_dictionaries_decide(tmp_path: Path) -> None:
    untaught = made(LanguageIdentifier, tmp_path)
    untaught.train(TrainingData([Message.build(text="ciao", intent="greet")]))
    again = loaded_again(LanguageIdentifier, tmp_path)
    for component in (untaught, again):
        assert read(component, "where have you been all this time?")[0] == "en"
        assert read(component, "quando mi arrivano le creme che ho comprato?", "en")[0] == "it"
        assert read(component, "12345", "en") == ("en", False)
