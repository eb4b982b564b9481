"""Names: their parts, how they are written, whether two may be one person's."""

import pytest

from crm.profile.likeness import Likeness
from crm.profile.names import (
    compare_family,
    compare_given,
    display_name,
    name_key,
    plain,
    split_name,
)

SPLIT = [
    ("mario rossi", ("Mario", "Rossi")),
    ("rossi mario", ("Mario", "Rossi")),
    ("MARIO ROSSI", ("Mario", "Rossi")),
    ("maria luisa de santis", ("Maria Luisa", "De Santis")),
    ("de santis maria luisa", ("Maria Luisa", "De Santis")),
    ("DE LUCA ANTONIO", ("Antonio", "De Luca")),
    ("lo presti ignazio", ("Ignazio", "Lo Presti")),
    ("franco bruno", ("Franco", "Bruno")),
    ("anna maria", ("Anna Maria", None)),
    ("esposito maria rosaria", ("Maria Rosaria", "Esposito")),
    ("Mario Rossi Bianchi", ("Mario", "Rossi Bianchi")),
    ("o'neill margaret", ("Margaret", "O'Neill")),
    ("mohamed ben ali", ("Mohamed", "Ben Ali")),
    ("ben carter", ("Ben", "Carter")),
    ("Popescu Ion", ("Ion", "Popescu")),
    ("Rossi", (None, "Rossi")),
    ("Mario", ("Mario", None)),
    ("d'amico", (None, "D'Amico")),
    ("xiaoming", ("Xiaoming", None)),
    ("–", (None, None)),
    ("", (None, None)),
    (None, (None, None)),
]

DISPLAYED = [
    ("d'angelo", "D'Angelo"),
    ("D’ANGELO", "D'Angelo"),
    ("DE LUCA", "De Luca"),
    ("maria-luisa", "Maria-Luisa"),
    ("nicolo'", "Nicolò"),
    ("mcdonald", "McDonald"),
    ("McCarthy", "McCarthy"),
    ("o'neill", "O'Neill"),
    ("lo presti", "Lo Presti"),
]

GIVEN = [
    ("mario", "mario", Likeness.EXACT),
    ("Maria Luisa", "marialuisa", Likeness.EXACT),
    ("Nicolò", "Nicolo'", Likeness.EXACT),
    ("Pippo", "Giuseppe", Likeness.CLOSE),
    ("Giuseppe", "Beppe", Likeness.CLOSE),
    ("Pippo", "Filippo", Likeness.CLOSE),
    ("Gianni", "Giovanni", Likeness.CLOSE),
    ("Nando", "Ferdinando", Likeness.CLOSE),
    ("Nando", "Fernando", Likeness.CLOSE),
    ("Lele", "Gabriele", Likeness.CLOSE),
    ("Lele", "Emanuele", Likeness.CLOSE),
    ("Mimmo", "Domenico", Likeness.CLOSE),
    ("Tonino", "Antonio", Likeness.CLOSE),
    ("Kate", "Catherine", Likeness.CLOSE),
    ("Bob", "Robert", Likeness.CLOSE),
    ("Maria", "Maria Luisa", Likeness.CLOSE),
    ("Luisa", "Maria Luisa", Likeness.CLOSE),
    ("Katia", "Catia", Likeness.CLOSE),
    ("Niccolò", "Nicolò", Likeness.CLOSE),
    ("Frncesca", "Francesca", Likeness.CLOSE),
    ("M.", "Mario", Likeness.CLOSE),
    ("M. Luisa", "Marialuisa", Likeness.CLOSE),
    ("Maria L.", "Maria Luisa", Likeness.CLOSE),
    ("M. Luisa", "Anna Luisa", Likeness.ELSE),
    ("Maria A.", "Maria Luisa", Likeness.ELSE),
    ("Mario", "Maria", Likeness.ELSE),
    ("Carlo", "Carla", Likeness.ELSE),
    ("Luca", "Lucia", Likeness.ELSE),
    ("Marco", "Mario", Likeness.ELSE),
    ("Francesco", "Francesca", Likeness.ELSE),
    ("Giulia", "Giuliana", Likeness.ELSE),
    ("Amine", "Amina", Likeness.ELSE),
    ("", "Mario", Likeness.MISSING),
]

FAMILY = [
    ("De Santis", "desantis", Likeness.EXACT),
    ("D'Amico", "D Amico", Likeness.EXACT),
    ("Rossi", "Rosi", Likeness.CLOSE),
    ("De Luca", "Luca", Likeness.CLOSE),
    ("Rossi Bianchi", "Rossi", Likeness.CLOSE),
    ("Rossi", "Verdi", Likeness.ELSE),
    ("Rossi", "", Likeness.MISSING),
]


@pytest.mark.parametrize(("full", "parts"), SPLIT)
def test_a_name_is_split_whatever_the_order(
    full: str | None, parts: tuple[str | None, str | None]
) -> None:
    assert split_name(full) == parts


@pytest.mark.parametrize(("written", "shown"), DISPLAYED)
def test_a_name_is_shown_with_proper_capitals(written: str, shown: str) -> None:
    assert display_name(written) == shown


@pytest.mark.parametrize(("one", "other", "level"), GIVEN)
def test_given_names_are_compared(one: str, other: str, level: Likeness) -> None:
    assert compare_given(name_key(one), name_key(other)) == level
    assert compare_given(name_key(other), name_key(one)) == level


@pytest.mark.parametrize(("one", "other", "level"), FAMILY)
def test_family_names_are_compared(one: str, other: str, level: Likeness) -> None:
    assert compare_family(name_key(one), name_key(other)) == level
    assert compare_family(name_key(other), name_key(one)) == level


def test_accents_case_and_apostrophes_are_evened_out() -> None:
    assert plain("NICOLÒ D’Angelo") == "nicolo d'angelo"
    assert name_key("Øyvind Łukasz") == "oyvindlukasz"
