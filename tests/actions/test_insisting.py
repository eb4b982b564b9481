"""A yes that comes with the wish itself is explicit; anything that takes it back is not."""

from types import SimpleNamespace
from typing import Any

import pytest

from actions.forms import insists


def said(text: str, intent: str = "erase_data") -> Any:
    return SimpleNamespace(text=text, intent=intent)


@pytest.mark.parametrize(
    "text", ["sì, cancellate tutto", "Si cancellate i miei dati", "yes, delete it all"]
)
def test_yes_with_the_wish(text: str) -> None:
    assert insists(said(text), "erase_data")


@pytest.mark.parametrize(
    "text",
    [
        "cancellate tutto",
        "sì ma non cancellate gli ordini",
        "sì aspettate, prima vorrei una copia",
        "yes but only the phone number",
        "sicuramente un giorno li cancellerò",
    ],
)
def test_no_yes_or_not_that(text: str) -> None:
    assert not insists(said(text), "erase_data")


def test_a_yes_to_something_else() -> None:
    assert not insists(said("sì, mandatemi i dati", "export_data"), "erase_data")
