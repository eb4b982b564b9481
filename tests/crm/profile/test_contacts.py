"""Mailboxes, telephone numbers and codici fiscali: one form, one key."""

import pytest

from crm.profile.emails import compare_emails, correct_domain, email_key
from crm.profile.likeness import Likeness
from crm.profile.phones import find_phones, normalise_phone
from crm.profile.tax_codes import normalise_tax_code, tax_code_key

NAME = ("mario", "rossi")


@pytest.mark.parametrize(
    "written",
    ["mario.rossi@gmail.com", "MarioRossi+negozio@googlemail.com", "mario.rossi@gmial.com"],
)
def test_one_mailbox_has_one_key(written: str) -> None:
    assert email_key(written) == "mariorossi@gmail.com"


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("mario.rossi@libero.it", "mario.rosi@libero.it", Likeness.CLOSE),
        ("mario.rossi@libero.it", "mraio.rossi@libero.it", Likeness.CLOSE),
        ("mario.rossi@libero.it", "mario.rossi@libro.example.it", Likeness.ELSE),
        ("mario.rossi@hotmail.it", "mario.rossi@hotmail.com", Likeness.CLOSE),
        ("m.rossi@gmail.com", "m.rossi@cmail.com", Likeness.CLOSE),
        ("mario.rossi@libero.it", "mari.orossi@libero.it", Likeness.CLOSE),
        ("mario.rossi@libero.it", "mariorossi@libero.it", Likeness.ELSE),
        ("mario.rossi@libero.it", "mario.rossi@tiscali.it", Likeness.ELSE),
        ("m.rossi@libero.it", "r.rossi@libero.it", Likeness.ELSE),
        ("mario.rossi@libero.it", "mario.russo@libero.it", Likeness.ELSE),
        ("io@libero.it", "ho@libero.it", Likeness.ELSE),
        ("", "a@libero.it", Likeness.MISSING),
    ],
)
def test_addresses_are_compared(one: str, other: str, level: Likeness) -> None:
    assert compare_emails(email_key(one), email_key(other), NAME) == level


@pytest.mark.parametrize("domain", ["example.it", "libera.it", "mail.com", "tim.it", "ac.uk"])
def test_a_domain_that_may_be_meant_is_left_alone(domain: str) -> None:
    assert correct_domain(domain) == domain


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("333 1234567", "+393331234567"),
        ("+39 333 1234567", "+393331234567"),
        ("0039 333 1234567", "+393331234567"),
        ("0464 421900", "+390464421900"),
        ("+44 20 7946 0958", "+442079460958"),
        ("20417", None),
        ("nessuno", None),
        ("", None),
    ],
)
def test_a_telephone_number_has_one_form(written: str, number: str | None) -> None:
    assert normalise_phone(written) == number


def test_numbers_are_found_where_they_stand() -> None:
    text = "chiamatemi al 349/8877665, grazie"
    found = next(find_phones(text))
    assert (found.number, text[found.start : found.end]) == ("+393498877665", "349/8877665")


def test_a_codice_fiscale_is_checked() -> None:
    assert normalise_tax_code("rssmra 80a01 f205x") == "RSSMRA80A01F205X"
    assert normalise_tax_code("RSSMRA80A01F205Y") is None
    assert tax_code_key("RSSMRA80A01F205Y") is None


def test_the_variants_of_omocodia_have_one_key() -> None:
    assert tax_code_key("RSSMRA80A01F20RS") == tax_code_key("RSSMRA80A01F205X")
