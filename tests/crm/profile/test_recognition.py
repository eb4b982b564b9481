"""Recognising a customer: by claim alone nothing is opened and nothing is taken over."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.db import Database
from crm.profile.facts import Facts
from crm.profile.models import ChannelIdentity, Customer, Level, Trait, TraitKind
from crm.profile.recognition import recognise
from tests.crm.profile.test_lookup import MARIO, register

HERE = "conversation:7"


def visitor(session: Session, name: str = "w1") -> ChannelIdentity:
    identity = ChannelIdentity(channel="webchat", external_id=name)
    session.add(identity)
    session.flush()
    return identity


def traits(session: Session, customer: Customer, source: str) -> dict[str, str]:
    query = select(Trait).filter_by(customer_id=customer.id, source=source)
    return {trait.name: trait.value for trait in session.scalars(query)}


def test_a_known_customer_is_recognised_at_claimed_level(database: Database) -> None:
    with database.writing() as session:
        mario, identity = register(session, MARIO), visitor(session)
        customer = recognise(session, identity, MARIO, "it", HERE)
        assert customer.id == mario
        assert (identity.customer_id, identity.level) == (mario, Level.CLAIMED)


def test_an_unknown_customer_gets_a_profile_that_is_found_again(database: Database) -> None:
    with database.writing() as session:
        identity = visitor(session)
        customer = recognise(session, identity, MARIO, "it", HERE)
        assert (customer.full_name, customer.email, customer.cap) == (
            "Mario Rossi",
            MARIO.email,
            MARIO.cap,
        )
        assert customer.language == "it"
        assert (identity.customer_id, identity.level) == (customer.id, Level.CLAIMED)
        kinds = {trait.kind for trait in session.scalars(select(Trait).filter_by(name="email"))}
        assert kinds == {TraitKind.EXPLICIT}
        again = recognise(session, visitor(session, "w2"), MARIO, "it", "conversation:8")
        assert again.id == customer.id


def test_known_and_unknown_emails_are_answered_alike(database: Database) -> None:
    with database.writing() as session:
        register(session, MARIO)
        outcomes = []
        for number, email in enumerate((MARIO.email, "nobody@example.it")):
            identity = visitor(session, f"w{number}")
            facts = Facts(email, "Mario", "Rossi", "38068")
            customer = recognise(session, identity, facts, "it", HERE)
            outcomes.append((type(customer), customer.given_name, identity.level))
        assert outcomes[0] == outcomes[1]


@pytest.mark.parametrize(
    "facts",
    [
        Facts("attacker@example.com", "Mario", "Rossi", "38068", phone="+393331234567"),
        Facts("mario.rosi@example.it", "Mario", "Rossi", "38068"),
        Facts(MARIO.email, "Mario", "Rossi", "38068", phone="+393339999999"),
    ],
)
def test_a_claim_never_changes_where_codes_are_sent(database: Database, facts: Facts) -> None:
    with database.writing() as session:
        known = Facts(**{**vars(MARIO), "phone": "+393331234567"})
        mario = session.get_one(Customer, register(session, known))
        assert recognise(session, visitor(session), facts, "it", HERE).id == mario.id
        assert (mario.email, mario.phone) == (MARIO.email, "+393331234567")
        assert traits(session, mario, HERE) == {}


def test_a_claim_adds_no_email_to_a_profile_that_has_none(database: Database) -> None:
    with database.writing() as session:
        known = Facts(None, "Mario", "Rossi", "38068", phone="+393331234567")
        mario = session.get_one(Customer, register(session, known))
        facts = Facts("attacker@example.com", "Mario", "Rossi", phone="+393331234567")
        assert recognise(session, visitor(session), facts, "it", HERE).id == mario.id
        assert mario.email is None


def test_a_claim_adds_what_is_harmless_and_lacking(database: Database) -> None:
    with database.writing() as session:
        mario = session.get_one(Customer, register(session, Facts(MARIO.email, "Mario", "Rossi")))
        recognise(session, visitor(session), MARIO, "it", HERE)
        assert mario.cap == "38068"
        assert traits(session, mario, HERE) == {"cap": "38068"}


def test_a_claim_changes_nothing_that_is_on_file(database: Database) -> None:
    with database.writing() as session:
        mario = session.get_one(Customer, register(session, MARIO))
        moved = Facts(MARIO.email, "Mario", "Rosi", "20121")
        assert recognise(session, visitor(session), moved, "it", HERE).id == mario.id
        assert (mario.family_name, mario.cap) == ("Rossi", "38068")


def test_in_doubt_a_new_profile_is_made(database: Database) -> None:
    with database.writing() as session:
        mario = register(session, MARIO)
        homonym = recognise(
            session, visitor(session), Facts(None, "Mario", "Rossi", "38068"), "it", HERE
        )
        assert homonym.id != mario
        assert homonym.email is None


def test_saying_the_same_again_makes_no_second_profile(database: Database) -> None:
    with database.writing() as session:
        identity, facts = visitor(session), Facts(None, "Mario", "Rossi", "38068")
        register(session, MARIO)
        first = recognise(session, identity, facts, "it", HERE)
        assert recognise(session, identity, facts, "it", HERE).id == first.id
        assert session.scalar(select(func.count(Customer.id))) == 2


def test_another_person_on_the_device_is_a_switch(database: Database) -> None:
    with database.writing() as session:
        identity = visitor(session)
        mario = recognise(session, identity, MARIO, "it", HERE)
        lucia = recognise(
            session, identity, Facts(MARIO.email, "Lucia", "Rossi", "38068"), "it", HERE
        )
        assert lucia.id != mario.id
        assert identity.customer_id == lucia.id
        assert lucia.email == MARIO.email
