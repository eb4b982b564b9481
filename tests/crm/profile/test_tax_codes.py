"""A codice fiscale as evidence: whom it may be of, and what it proves where it is not theirs."""

import pytest

from crm.profile.keys import Known, known_from_keys, stored_keys
from crm.profile.likeness import Likeness
from crm.profile.matching import Outcome, compare_people, judge
from crm.profile.tax_code_fit import birth_of, contradictions

MARIO = "RSSMRA80A01F205X"
MARIA_LUISA = "BNCMLS75P48L378O"  # born on 8 September 1975


def told(code: str = MARIO, **values: str) -> dict[str, str]:
    return {"codice_fiscale": code, **values}


@pytest.mark.parametrize(
    "facts",
    [
        told(given_name="Mario", family_name="Rossi", birth_date="1980-01-01", sex="M"),
        told(given_name="Rossi", family_name="Mario"),
        told(name="Rossi Mario"),
        told(given_name="Mario"),
        told(family_name="Rossi"),
        told(given_name="Mrio", family_name="Rosi"),
        told(birth_date="01/01/1980", sex="maschio"),
        told(birth_date="1981-01-01"),
        told(birth_date="sconosciuta"),
        told(MARIA_LUISA, given_name="Maria Luisa", family_name="Bianchi", birth_date="1975-09-08"),
        told(MARIA_LUISA, given_name="Maria Luisa", birth_date="1975-08-09", sex="f"),
        told(MARIA_LUISA, given_name="Maria Luisa", family_name="Sposati"),
        told("RSSGPP80A01F205B", given_name="Pippo", family_name="Rossi"),
        {"given_name": "Mario", "codice_fiscale": "nessuno"},
        {"given_name": "Mario"},
    ],
)
def test_a_code_that_may_be_theirs_is_not_held_against_anybody(facts: dict[str, str]) -> None:
    assert contradictions(facts) == ()


@pytest.mark.parametrize(
    ("facts", "against"),
    [
        (told(given_name="Luigi", family_name="Rossi"), ("given_name",)),
        (told(given_name="Mario", family_name="Bianchi"), ("family_name",)),
        (told(name="Lucia Bianchi"), ("given_name", "family_name")),
        (told(given_name="Mario", birth_date="1954-11-23"), ("birth_date",)),
        (told(given_name="Mario", family_name="Rossi", sex="F"), ("sex",)),
        (told(MARIA_LUISA, given_name="Mario", family_name="Sposati", sex="uomo"),
         ("given_name", "family_name", "sex")),
    ],
)  # fmt: skip
def test_a_code_of_somebody_else_is_told_by_what_contradicts_it(
    facts: dict[str, str], against: tuple[str, ...]
) -> None:
    assert contradictions(facts) == against


def test_a_birth_date_is_read_as_sources_write_it() -> None:
    assert birth_of("1980-01-31T00:00:00") == birth_of("31/1/1980") == "1980-01-31"
    assert birth_of("31 gennaio") is birth_of(None) is birth_of("1980-13-31") is None


def known(**facts: str) -> Known:
    found = Known()
    found.add_told(facts)
    return found


def outcome(one: Known, other: Known) -> Outcome:
    return judge(compare_people(one, other))[1]


MARIO_ROSSI = {"given_name": "Mario", "family_name": "Rossi"}


def test_a_code_of_ones_own_is_certain_a_doubtful_one_is_a_question() -> None:
    owner = known(**MARIO_ROSSI, codice_fiscale=MARIO)
    assert outcome(owner, known(**MARIO_ROSSI, codice_fiscale=MARIO)) == Outcome.SAME
    doubtful = known(**MARIO_ROSSI, codice_fiscale=MARIO, birth_date="1954-11-23")
    assert doubtful.doubtful_codes and not doubtful.tax_codes
    assert compare_people(owner, doubtful)["codice_fiscale"] == Likeness.CLOSE
    assert outcome(owner, doubtful) == Outcome.UNSURE
    wife = known(given_name="Lucia", family_name="Rossi", codice_fiscale=MARIO)
    assert outcome(owner, wife) == Outcome.DIFFERENT


def test_two_doubtful_codes_say_nothing() -> None:
    one, other = (
        known(**MARIO_ROSSI, email="mario@example.it", codice_fiscale=code)
        for code in (MARIA_LUISA, "RSSGPP80A01F205B")
    )
    assert compare_people(one, other)["codice_fiscale"] == Likeness.MISSING
    assert outcome(one, other) == Outcome.SAME


def test_father_and_son_in_one_mailbox_are_told_apart_by_code_and_birth_date() -> None:
    mailbox = {"email": "casa.rossi@example.it", "cap": "38068"}
    son = known(**MARIO_ROSSI, **mailbox, codice_fiscale=MARIO)
    father = known(**MARIO_ROSSI, **mailbox, birth_date="1950-06-30")
    assert outcome(son, father) == outcome(father, son) == Outcome.UNSURE
    himself = known(**MARIO_ROSSI, **mailbox, birth_date="1980-01-01")
    assert outcome(son, himself) == Outcome.SAME


def test_a_code_stands_in_for_a_name_that_is_not_known() -> None:
    coded = known(email="mario@example.it", codice_fiscale=MARIO)
    fits = compare_people(coded, known(**MARIO_ROSSI, email="mario@example.it"))
    assert (fits["given_name"], fits["family_name"]) == (Likeness.CLOSE, Likeness.CLOSE)
    lucia = known(given_name="Lucia", family_name="Verdi", email="mario@example.it")
    assert outcome(coded, lucia) == Outcome.DIFFERENT


def test_keys_keep_that_a_code_is_doubtful() -> None:
    doubtful = known(**MARIO_ROSSI, codice_fiscale=MARIA_LUISA, birth_date="1980-01-01")
    assert known_from_keys(stored_keys(doubtful)) == doubtful
    doubtful.add_told({"codice_fiscale": MARIA_LUISA, "given_name": "Maria Luisa"})
    again = known_from_keys(stored_keys(doubtful))
    assert again.tax_codes == doubtful.tax_codes and not again.doubtful_codes
