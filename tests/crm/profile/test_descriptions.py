"""A message without what it says of its author: the description of a ticket."""

import pytest

from crm.profile.facts import without_facts

CASES = [
    (
        "il phon non si accende, sono Mario Rossi mario.rossi@example.it 38068",
        "il phon non si accende",
    ),
    ("sono Mario Rossi, il phon non si accende", "il phon non si accende"),
    (
        "Buongiorno, sono Mario Rossi e il phon comprato da voi non si accende più",
        "Buongiorno, il phon comprato da voi non si accende più",
    ),
    (
        "il phon non va. La mia mail è a.b@example.it e il cap 38068. Grazie!",
        "il phon non va. Grazie!",
    ),
    (
        "ordine EG-20417 mai arrivato, mario rossi, m.rossi@example.it",
        "ordine EG-20417 mai arrivato",
    ),
    ("mario rossi\nm.rossi@example.it\n38068\nla piastra è rotta", "la piastra è rotta"),
    (
        "My name is Emily Carter, email emily@example.com, postcode 70121, the dryer is broken",
        "the dryer is broken",
    ),
    ("the dryer is broken (Emily Carter, emily@example.com)", "the dryer is broken"),
    (
        "mi chiamo Anna, ho ricevuto un pacco aperto, il mio numero è 333 1234567, mi richiamate?",
        "ho ricevuto un pacco aperto, mi richiamate?",
    ),
    (
        "Ciao! Sono Lucia. Il frullatore perde. CAP 38068, mail lucia@example.it",
        "Ciao! Il frullatore perde.",
    ),
    ("38068 Rovereto, il corriere non trova la via", "il corriere non trova la via"),
    ("sono arrabbiato perché il pacco non arriva", "sono arrabbiato perché il pacco non arriva"),
    (
        "il corriere Marco Bianchi è stato scortese",
        "il corriere Marco Bianchi è stato scortese",
    ),
    ("la piastra è rotta", "la piastra è rotta"),
    ("mario rossi", ""),
    ("", ""),
]


@pytest.mark.parametrize(("text", "description"), CASES)
def test_the_facts_and_what_introduces_them_are_taken_out(text: str, description: str) -> None:
    assert without_facts(text) == description
