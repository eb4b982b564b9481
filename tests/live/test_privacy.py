"""Nobody learns from the bot whether an e-mail address is known."""

import pytest

from tests.live.instance import Instance
from tests.live.visitor import Visitor

pytestmark = pytest.mark.rasa

KNOWN = "Mario Rossi, mario.rossi@example.it, 38068"
UNKNOWN = "Mario Rossi, mario.rossi.nuovo@example.org, 38068"
WRONG_NAME = "Carlo Verdi, mario.rossi@example.it, 38068"


def talk(bottega: Instance, opening: str, who: str) -> list[str]:
    visitor = Visitor(bottega.url)
    said = [visitor.say(opening), visitor.say(who), visitor.say("sì")]
    first, mail = who.split(maxsplit=1)[0], who.split(", ")[1]
    return [text.replace(mail, "MAIL").replace(who.split(",", maxsplit=1)[0], "NAME").replace(first, "FIRST")
            for text in said]  # fmt: skip


@pytest.mark.parametrize("opening", ["dov'è il mio ordine?", "quanti punti ho sulla carta?"])
def test_the_words_are_the_same_for_known_and_unknown(bottega: Instance, opening: str) -> None:
    known = talk(bottega, opening, KNOWN)
    assert known == talk(bottega, opening, UNKNOWN)
    assert known == talk(bottega, opening, WRONG_NAME)


def test_long_empty_and_emoji_messages_get_a_sensible_answer(bottega: Instance) -> None:
    visitor = Visitor(bottega.url)
    assert visitor.say("a" * 10_000)
    assert visitor.say("")
    assert visitor.say("😀🎉😀")
    assert visitor.say("   ")
    assert visitor.mode == "bot"
