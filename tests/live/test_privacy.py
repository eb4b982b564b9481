"""Nobody learns from the bot whether an e-mail address is known."""

import pytest

from tests.live.instance import Instance
from tests.live.visitor import Visitor

pytestmark = pytest.mark.rasa

KNOWN = "Mario Rossi, mario.rossi@example.it, 38068"
UNKNOWN = "Mario Rossi, mario.rossi.nuovo@example.org, 38068"
WRONG_NAME = "Carlo Verdi, mario.rossi@example.it, 38068"


def talk(bottega: Instance, opening: str, who: str) -> list[str]:
    """What the bot answers, with the facts that were given to it struck out."""
    visitor = Visitor(bottega.url)
    said = [visitor.say(opening), visitor.say(who), visitor.say("sì")]
    name, email, _ = who.split(", ")
    return [_without(text, email, name, name.split()[0]) for text in said]


def _without(text: str, *facts: str) -> str:
    for number, fact in enumerate(facts):
        text = text.replace(fact, f"<{number}>")
    return text


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
