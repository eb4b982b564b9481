"""A message is taken apart where it holds two wishes, and only there."""

import asyncio
from typing import Any

import pytest

from bot.rasa_ext.wishes import Part, as_told, parts_of, without_preamble

# How single sentences are read; whatever is not here is not understood.
READ = {
    "dov'è il mio ordine": ("order_status", 0.99),
    "dov'è il mio ordine?": ("order_status", 0.99),
    "quanti punti ho": ("loyalty_points", 0.97),
    "quanti punti ho?": ("loyalty_points", 0.97),
    "il phon è rotto": ("open_ticket", 0.98),
    "voglio restituirlo": ("return_order", 0.95),
    "voglio sapere dov'è il mio ordine": ("order_status", 0.98),
    "i punti della carta": ("loyalty_points", 0.9),
    "buongiorno": ("greet", 0.99),
    "mario.rossi@example.it": ("inform", 0.99),
    "quanto costa la spedizione?": ("ask_question", 0.99),
    "sì": ("affirm", 1.0),
    "passami una persona": ("request_human", 0.99),
    "ho già parlato con un operatore": ("request_human", 0.96),
    "siete inutili": ("complain", 0.98),
    "siete inutili! adesso basta": ("complain", 0.9),
    "tanto siete inutili": ("complain", 0.9),
    "lascia stare": ("stop", 0.99),
}


def reading(text: str) -> dict[str, Any]:
    name, confidence = READ.get(text.lower().strip(" ."), ("nlu_fallback", 0.1))
    return {"text": text, "intent": {"name": name, "confidence": confidence}, "mood": "neutral"}


async def parse(text: str) -> dict[str, Any]:
    return reading(text)


def parts(text: str, whole: str = "nlu_fallback", *, is_asked: bool = False) -> list[Part]:
    read = {"intent": {"name": whole, "confidence": 0.5}, "mood": "angry"}
    return asyncio.run(parts_of(text, read, parse, is_asked=is_asked))


def intents(*args: Any, **kwargs: Any) -> list[str]:
    return [part.intent for part in parts(*args, **kwargs)]


@pytest.mark.parametrize(
    "text",
    [
        "Dov'è il mio ordine? Quanti punti ho?",
        "voglio sapere dov'è il mio ordine e anche i punti della carta",
        "dov'è il mio ordine e quanti punti ho",
    ],
)
def test_two_wishes_are_two(text: str) -> None:
    assert intents(text, "order_status") == ["order_status", "loyalty_points"]


def test_three_wishes_are_three() -> None:
    text = "Il phon è rotto. Dov'è il mio ordine? Quanti punti ho?"
    assert intents(text.replace(". Dov", ". E poi dov"), "open_ticket") == [
        "open_ticket",
        "order_status",
        "loyalty_points",
    ]


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("Il phon è rotto. Voglio restituirlo", "return_order"),
        ("Il phon è rotto. Dov'è il mio ordine?", "open_ticket"),
        ("dov'è il mio ordine? passami una persona", "request_human"),
        ("sì, quanti punti ho? dov'è", "affirm"),
    ],
)
def test_one_matter_stays_whole(text: str, whole: str) -> None:
    assert intents(text, whole) == [whole]


def test_a_greeting_does_not_hide_the_wish() -> None:
    (part,) = parts("Buongiorno. Dov'è il mio ordine?", "greet")
    assert (part.intent, part.text) == ("order_status", "Dov'è il mio ordine?")


def test_an_answer_comes_before_the_question_beside_it() -> None:
    text = "Quanto costa la spedizione? mario.rossi@example.it"
    assert intents(text, "ask_question", is_asked=True) == ["inform", "ask_question"]


@pytest.mark.parametrize("joint", ["? ", "? / ", " e ", "\n/ / "])
def test_a_part_is_never_a_command(joint: str) -> None:
    text = f"Dov'è il mio ordine{joint}/quanti punti ho"
    assert [part.text for part in parts(text)][1:] == ["quanti punti ho"]


@pytest.mark.parametrize(
    ("text", "whole", "kept"),
    [
        ("aspetta, prima dimmi quanti punti ho", "loyalty_points", "quanti punti ho"),
        ("aspetta, prima dimmi /quanti punti ho", "loyalty_points", "quanti punti ho"),
        ("aspetta, prima dimmi quanti punti ho", "order_status", None),
        ("aspetta, prima dimmi che tempo fa", "nlu_fallback", None),
        ("dimmi quanti punti ho", "loyalty_points", None),
    ],
)
def test_what_is_asked_first_is_taken_by_itself(text: str, whole: str, kept: str | None) -> None:
    read = {"intent": {"name": whole, "confidence": 0.9}, "mood": "angry"}
    part = asyncio.run(without_preamble(text, read, parse))
    assert (part.text, part.intent) == (kept or text, whole)
    assert part.reading["mood"] == "angry"


def test_a_yes_is_never_read_out_of_a_part() -> None:
    text = "Sì. Quanto costa la spedizione?"
    assert intents(text, "ask_question", is_asked=True) == ["ask_question"]


def test_the_mood_is_that_of_the_whole_message() -> None:
    assert {p.reading["mood"] for p in parts("Dov'è il mio ordine? Quanti punti ho?")} == {"angry"}


@pytest.mark.parametrize("is_asked", [True, False])
def test_who_is_angry_and_asks_for_a_person_wants_a_person(is_asked: bool) -> None:
    text = "Siete inutili! Adesso basta. Passami una persona"
    (part,) = parts(text, "complain", is_asked=is_asked)
    assert (part.text, part.intent) == (text, "request_human")


def test_who_asks_for_a_person_beside_a_wish_gets_one() -> None:
    text = "Dov'è il mio ordine? Passami una persona"
    (part,) = parts(text, "order_status")
    assert (part.text, part.intent) == (text, "request_human")


def test_beside_a_wish_a_person_may_only_be_spoken_of() -> None:
    text = "Dov'è il mio ordine? Ho già parlato con un operatore"
    assert intents(text, "order_status") == ["order_status"]


def test_in_a_description_a_refusal_is_told() -> None:
    wish = {"name": "refund_status", "confidence": 0.9}
    stop = {"name": "stop", "confidence": 0.9}
    read = {"intent": stop, "intent_ranking": [stop, wish], "refused": "refund_status"}
    part = as_told(Part("non voglio un rimborso", read))
    assert [one["name"] for one in part.reading["intent_ranking"]] == ["inform", "refund_status"]
    assert part.reading["intent"] == part.reading["intent_ranking"][0]
    assert as_told(Part("basta", {"intent": stop})).intent == "stop"


def test_what_is_refused_does_not_hide_the_wish() -> None:
    read = {"intent": {"name": "stop", "confidence": 0.9}, "refused": "cancel_order"}
    text = "Non voglio annullarlo, voglio sapere dov'è il mio ordine"
    (part,) = asyncio.run(parts_of(text, read, parse, is_asked=False))
    assert (part.text, part.intent) == ("voglio sapere dov'è il mio ordine", "order_status")


@pytest.mark.parametrize("whole", ["stop", "order_status", "nlu_fallback"])
def test_something_else_instead(whole: str) -> None:
    text = "Lascia stare. Quanti punti ho?"
    assert intents(text, whole, is_asked=True) == ["stop", "loyalty_points"]
    assert intents(text, whole) == ["loyalty_points"]


def test_who_leaves_angrily_only_leaves() -> None:
    assert intents("Lascia stare. Tanto siete inutili", "stop", is_asked=True) == ["stop"]
