"""Tokens: the text's own words and offsets, however it is written."""

import pytest
from rasa.shared.nlu.training_data.message import Message

from bot.rasa_ext.nlu.analyser import SpacyAnalyser
from bot.rasa_ext.nlu.wording import LONGEST_READ, fold, reading, signs


@pytest.mark.parametrize(
    "text",
    [
        "Dov'è il mio ordine?",
        "perche’ non arriva",
        "ciao\u00a0👋🏽 come va",
        "E' arrivato\til pacco",
        "mario.rossi@example.it, 38068",
        "Ǆ ﬁne ½",
    ],
)
def test_offsets_are_those_of_the_text(analyser: SpacyAnalyser, text: str) -> None:
    for token in analyser.tokenize(Message({"text": text}), "text"):
        assert text[token.start : token.start + len(token.text)] == token.text


def test_lemmas_follow_the_language(analyser: SpacyAnalyser) -> None:
    italian = Message({"text": "ordini rossi", "language": "it"})
    english = Message({"text": "orders shipped", "language": "en"})
    assert [t.lemma for t in analyser.tokenize(italian, "text")] == ["ordine", "rosso"]
    assert [t.lemma for t in analyser.tokenize(english, "text")] == ["order", "ship"]


@pytest.mark.parametrize("text", ["", "   ", "\n\n"])
def test_no_words_no_tokens(analyser: SpacyAnalyser, text: str) -> None:
    assert analyser.tokenize(Message({"text": text}), "text") == []


def test_what_no_channel_carries_is_not_read(analyser: SpacyAnalyser) -> None:
    tokens = analyser.tokenize(Message({"text": "ciao " * 5000}), "text")
    assert len(tokens) == LONGEST_READ // len("ciao ")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("PERCHÉ", "perche"),
        ("perche'", "perche"),
        ("xke nn arrivaaaa??!!!", "perche non arriva??!!"),
        ("x favore", "per favore"),
        ("thx u r gr8", "thanks you are gr8"),
        ("x 2 pezzi", "x 2 pezzi"),
        ("l’ordine", "l'ordine"),
    ],
)
def test_one_reading_of_many_spellings(written: str, read: str) -> None:
    assert reading(written) == read


def test_folding_keeps_double_letters() -> None:
    assert fold("Mamma mìaaa") == "mamma mia"


def test_signs_are_words_and_telling_marks() -> None:
    assert signs("no! davvero? 49€ 👍🏽...") == ["no", "!", "davvero", "?", "49", "€", "👍"]
