"""A problem that is described is told from one that is only announced."""

import pytest

from crm.ticket.telling import tells_a_problem


@pytest.mark.parametrize(
    "text",
    [
        "la piastra non si accende più",
        "phon rotto",
        "mi avete addebitato due volte l'ordine",
        "the shampoo was missing from my parcel",
        "my hair dryer smells of burning",
    ],
)
def test_says_what_is_wrong(text: str) -> None:
    assert tells_a_problem(text)


@pytest.mark.parametrize(
    "text",
    [
        "voglio aprire una segnalazione",
        "Buongiorno, avrei bisogno di assistenza per un ordine",
        "ho un problema con il phon",
        "I have a problem with an order",
        "could you open a ticket for me please?",
        "",
    ],
)
def test_only_announces(text: str) -> None:
    assert not tells_a_problem(text)


def test_one_word_answers_the_question_what_happened() -> None:
    assert tells_a_problem("rotto", least=1)
    assert not tells_a_problem("vorrei una segnalazione", least=1)
