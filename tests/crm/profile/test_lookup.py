"""R1: who is found by what they say, and who is not."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db import Database
from crm.profile.facts import Facts
from crm.profile.likeness import Likeness
from crm.profile.matching import Outcome, find, index_customer, index_customers
from crm.profile.models import Customer, CustomerStatus, IdentityKey, TraitKind
from crm.profile.traits import Origin, record

MARIO = Facts("mario.rossi@example.it", "Mario", "Rossi", "38068")
AT = datetime(2024, 3, 1, tzinfo=UTC)


def register(session: Session, facts: Facts, source: str = "shop") -> int:
    """A profile that has been there before, from some database."""
    customer = Customer()
    session.add(customer)
    session.flush()
    values = {name: getattr(facts, name) for name in facts.__dataclass_fields__}
    record(session, customer, values, Origin(TraitKind.EXPLICIT, source, AT))
    index_customer(session, customer.id)
    return customer.id


def same(session: Session, facts: Facts) -> int | None:
    """The customer that the facts surely point to."""
    found = [one.customer_id for one in find(session, facts) if one.outcome == Outcome.SAME]
    assert len(found) < 2
    return found[0] if found else None


STILL_FOUND = [
    MARIO,
    Facts("MARIO.ROSSI@EXAMPLE.IT", "mario", "ROSSI", "38068"),
    Facts("mario.rossi@example.it", "Rossi", "Mario", "38068"),
    Facts("mario.rosi@example.it", "Mario", "Rossi", "38068"),
    Facts("mario.rossi@exampel.it", "Mario", "Rossi", "38068"),
    Facts("mario.rossi@example.it", "Mrio", "Rossi", "38068"),
    Facts("mario.rossi@example.it", "Mario", "Rosi", "38068"),
    Facts("mario.rossi@example.it", "Mario", "Rossi", "38086"),
    Facts("mario.rossi@example.it", "Mario", "Rossi", "70121"),
    Facts("mario.rossi@example.it", "Mario", "Rossi"),
    Facts("mario.rossi@example.it", None, "Rossi", "38068"),
    Facts(None, "Mario", "Rossi", None, phone="+393331234567"),
    Facts(None, "Mario", "Rossi", None, codice_fiscale="RSSMRA80A01F20RS"),
]


@pytest.mark.parametrize("facts", STILL_FOUND)
def test_one_error_or_gap_does_not_hide_a_customer(database: Database, facts: Facts) -> None:
    with database.writing() as session:
        known = Facts(
            *("mario.rossi@example.it", "Mario", "Rossi", "38068"),
            codice_fiscale="RSSMRA80A01F205X",
            phone="333 1234567",
        )
        mario = register(session, known)
        assert same(session, facts) == mario


NOT_SURE = [
    Facts(None, "Mario", "Rossi", "38068"),
    Facts("altro.indirizzo@example.it", "Mario", "Rossi", "38068"),
    Facts("mario.rossi@example.it"),
    Facts("mario.rosi@example.it", "Mario", "Rosi", "38068"),
    Facts(None, None, None, None, codice_fiscale="RSSMRA80A01F205X"),
    Facts(cap="38068"),
    Facts(),
]


@pytest.mark.parametrize("facts", NOT_SURE)
def test_r1_homonyms_and_single_facts_are_never_certain(database: Database, facts: Facts) -> None:
    with database.writing() as session:
        register(session, Facts(**{**vars(MARIO), "codice_fiscale": "RSSMRA80A01F205X"}))
        assert same(session, facts) is None


def test_r1_a_family_that_shares_an_email_is_told_apart_by_name(database: Database) -> None:
    with database.writing() as session:
        family = {
            given: register(session, Facts("casa@example.it", given, "Rossi", "38068"))
            for given in ("Mario", "Maria", "Giulia")
        }
        for given, customer_id in family.items():
            facts = Facts("casa@example.it", given, "Rossi", "38068")
            assert same(session, facts) == customer_id
        assert same(session, Facts("casa@example.it", "Luca", "Rossi", "38068")) is None
        assert same(session, Facts("casa@example.it", None, "Rossi", "38068")) is None


SWAPPED_RELATIVES = [
    ("Mario", "Rossi", "Rossi", "Anna"),
    ("Mario", "Rossi", "Rossi", "Maria"),
    ("Rossi", "Mario", "Anna", "Rossi"),
    ("Bruno", "Franco", "Franco", "Bruna"),
    ("Mario", "Rossi", "Bianchi", "Mario"),
    ("Mario", "Rossi", "Mario", "Bianchi"),
]


@pytest.mark.parametrize(("given", "family", "other_given", "other_family"), SWAPPED_RELATIVES)
def test_r1_a_relative_with_the_names_in_swapped_places_is_nobody_else(
    database: Database, given: str, family: str, other_given: str, other_family: str
) -> None:
    """They share mailbox, place and one name; a till had the other's names the wrong way round."""
    with database.writing() as session:
        register(session, Facts("casa@example.it", other_given, other_family, "38068"))
        assert same(session, Facts("casa@example.it", given, family, "38068")) is None


SWAPPED_SLIPS = [("Rossi", "Mario"), ("Rossi", "Mrio"), ("Rosi", "Mario")]


@pytest.mark.parametrize(("given", "family"), SWAPPED_SLIPS)
def test_swapped_places_and_a_slip_do_not_hide_a_customer(
    database: Database, given: str, family: str
) -> None:
    with database.writing() as session:
        mario = register(session, Facts("m.rossi@example.it", given, family, "38068"))
        assert same(session, Facts("m.rossi@example.it", "Mario", "Rossi", "38068")) == mario


def test_between_brother_and_sister_nobody_is_chosen(database: Database) -> None:
    with database.writing() as session:
        for given in ("Carlo", "Carla"):
            register(session, Facts("casa@example.it", given, "Rossi", "38068"))
        assert same(session, Facts("casa@example.it", "Carl", "Rossi", "38068")) is None


def test_two_profiles_of_one_person_do_not_block_each_other(database: Database) -> None:
    with database.writing() as session:
        first = register(session, MARIO, "shop")
        register(session, MARIO, "newsletter")
        assert same(session, MARIO) == first


def test_another_codice_fiscale_is_another_person(database: Database) -> None:
    with database.writing() as session:
        register(session, Facts(**{**vars(MARIO), "codice_fiscale": "RSSMRA80A01F205X"}))
        father = Facts(**{**vars(MARIO), "codice_fiscale": "RSSMRA50A01F205R"})
        assert same(session, father) is None


def test_nicknames_lead_to_the_given_name_and_back(database: Database) -> None:
    with database.writing() as session:
        giuseppe = register(session, Facts("g.verdi@example.it", "Giuseppe", "Verdi", "70121"))
        pippo = Facts("g.verdi@example.it", "Pippo", "Verdi", "70121")
        assert same(session, pippo) == giuseppe
        unsure = find(session, Facts(None, "Pippo", "Verdi", "70121"))
        assert [(one.customer_id, one.outcome) for one in unsure] == [(giuseppe, Outcome.UNSURE)]


def test_any_value_of_any_source_leads_to_the_customer(database: Database) -> None:
    with database.writing() as session:
        mario = register(session, MARIO)
        customer = session.get_one(Customer, mario)
        newer = Origin(TraitKind.EXPLICIT, "shop", datetime(2025, 1, 1, tzinfo=UTC))
        record(session, customer, {"email": "nuova@example.it", "cap": "20121"}, newer)
        index_customer(session, mario)
        assert same(session, MARIO) == mario
        assert same(session, Facts("nuova@example.it", "Mario", "Rossi", "20121")) == mario


def test_a_merged_profile_leads_to_the_one_that_survived(database: Database) -> None:
    with database.writing() as session:
        old = register(session, MARIO)
        between = register(session, Facts("between@example.it", "Mario", "Rossi"))
        new = register(session, Facts("new@example.it", "Mario", "Rossi", "20121"))
        for loser, winner in ((old, between), (between, new)):
            profile = session.get_one(Customer, loser)
            profile.status, profile.merged_into_id = CustomerStatus.MERGED, winner
        session.flush()
        assert same(session, MARIO) == new
        assert [one.customer_id for one in find(session, MARIO)] == [new]


def test_an_erased_profile_is_never_found(database: Database) -> None:
    with database.writing() as session:
        session.get_one(Customer, register(session, MARIO)).status = CustomerStatus.ERASED
        session.flush()
        assert find(session, MARIO) == []


def test_the_evidence_is_told_field_by_field(database: Database) -> None:
    with database.writing() as session:
        register(session, MARIO)
        best = find(session, Facts("mario.rosi@example.it", "Mario", "Rossi", "70121"))[0]
        told = {evidence.field: evidence for evidence in best.explain()}
        assert told["email"].level == Likeness.CLOSE
        assert told["given_name"].level == Likeness.EXACT
        assert told["cap"].level == Likeness.ELSE
        assert told["phone"].level == Likeness.MISSING
        assert told["email"].bits > 0 > told["cap"].bits
        assert told["phone"].bits == 0


def test_indexing_again_changes_nothing_and_drops_what_is_gone(database: Database) -> None:
    with database.writing() as session:
        mario, anna = register(session, MARIO), register(session, Facts("a@example.it", "Anna"))
        keys = select(IdentityKey.customer_id, IdentityKey.kind, IdentityKey.value)
        before = {tuple(row) for row in session.execute(keys)}
        session.add(IdentityKey(customer_id=mario, kind="email", value="stale@example.it"))
        index_customers(session, [mario, anna])
        assert {tuple(row) for row in session.execute(keys)} == before


def test_a_city_cap_counts_for_every_zone_of_the_city(database: Database) -> None:
    with database.writing() as session:
        mario = register(session, Facts("mario.rossi@example.it", "Mario", "Rossi", "20131"))
        found = find(session, Facts("mario.rossi@example.it", "Mario", "Rossi", "20100"))[0]
        assert (found.customer_id, found.levels["cap"]) == (mario, Likeness.CLOSE)
        assert found.outcome == Outcome.SAME
