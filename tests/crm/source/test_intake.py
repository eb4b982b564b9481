"""Whose each record is, and what it tells (R1, R2)."""

from datetime import UTC, datetime

from sqlalchemy import select

from crm.consent.models import Purpose
from crm.consent.register import allows
from crm.db import Database
from crm.profile.assurance import claim
from crm.profile.facts import Facts
from crm.profile.matching import Outcome, find
from crm.profile.merging.ledger import merge, undo
from crm.profile.merging.suggestion import tell_apart
from crm.profile.models import ChannelIdentity, Customer, CustomerStatus, TraitKind
from crm.profile.next_steps import Step, next_steps
from crm.profile.recognition import recognise
from crm.profile.traits import Origin, current, record
from crm.source.models import SourceRecord
from crm.source.reviews import open_reviews
from tests.crm.source.rows import bring, people, persons, row

MARIO = {"given_name": "Mario", "family_name": "Rossi"}
MAIL = {"email": "mario.rossi@example.it"}
PHONE = {"phone": "3401234567"}


def owner(database: Database, key: str) -> int:
    with database.reading() as session:
        found = session.scalar(select(SourceRecord.customer_id).filter_by(key=key))
    assert found is not None
    return found


def test_one_email_one_name_one_person_without_codice_fiscale(database: Database) -> None:
    first = bring(database, "shop", row("1", **MARIO, **MAIL, cap="38068"))
    second = bring(database, "online", row("A", **MARIO, **MAIL, address="Via Dante 12"))
    assert people(database) == persons({"shop:1", "online:A"})
    assert first.counts["new"] == 1
    assert (second.counts["new"], second.counts["joined"]) == (0, 1)


def test_homonyms_are_two_people_and_people_are_asked(database: Database) -> None:
    bring(database, "shop", row("1", **MARIO, cap="38068", phone="3401234567"))
    intake = bring(database, "online", row("A", **MARIO, cap="38068", email="altro@example.it"))
    assert people(database) == persons({"shop:1"}, {"online:A"})
    assert intake.counts["review"] == 1
    with database.reading() as session:
        [review] = open_reviews(session)
    assert review.levels["family_name"] == "exact"


def test_a_review_settled_by_people_is_not_opened_again(database: Database) -> None:
    bring(database, "shop", row("1", **MARIO, cap="38068"))
    bring(database, "online", row("A", **MARIO, cap="38068"))
    with database.writing() as session:
        tell_apart(session, owner(database, "A"), owner(database, "1"))
    assert bring(database, "online", row("A", 2, **MARIO, cap="38060")).counts["review"] == 0
    with database.reading() as session:
        assert not open_reviews(session)


def test_a_family_with_one_mailbox_is_several_people(database: Database) -> None:
    shared = {"email": "famiglia.rossi@example.it", "family_name": "Rossi", "cap": "38068"}
    bring(database, "shop", row("1", given_name="Mario", **shared))
    bring(database, "shop", row("2", given_name="Lucia", **shared))
    bring(database, "news", row("n", email=shared["email"]))
    assert people(database) == persons({"shop:1"}, {"shop:2"}, {"news:n"})


def test_a_mailbox_without_a_name_is_of_its_only_owner(database: Database) -> None:
    bring(database, "news", row("n", **MAIL))
    bring(database, "shop", row("1", **MARIO, **MAIL))
    bring(database, "phone", row("c", given_name="Mario", **MAIL))
    assert people(database) == persons({"news:n", "shop:1", "phone:c"})


def test_a_record_that_knows_both_contacts_brings_two_profiles_together(
    database: Database,
) -> None:
    bring(database, "shop", row("1", **MARIO, **PHONE, cap="38068", skin="dry"))
    bring(database, "online", row("A", **MARIO, **MAIL, hair="curly"))
    one, other = owner(database, "1"), owner(database, "A")
    assert one != other
    bring(database, "assistance", row("x", **MARIO, **MAIL, **PHONE))
    assert people(database) == persons({"shop:1", "online:A", "assistance:x"})
    survivor = owner(database, "x")
    with database.reading() as session:
        known = current(session, survivor)
        assert (known["skin"].source, known["hair"].source) == ("shop:1", "online:A")
        left = session.get_one(Customer, other if survivor == one else one)
        assert (left.status, left.merged_into_id) == (CustomerStatus.MERGED, survivor)
        assert session.get_one(Customer, survivor).phone == "3401234567"
        [best] = find(session, Facts(**MARIO, **MAIL))
        assert (best.customer_id, best.outcome) == (survivor, Outcome.SAME)


def test_a_corrected_record_goes_to_its_own_person_with_all_it_told(database: Database) -> None:
    bring(database, "shop", row("1", **MARIO, **MAIL))
    bring(database, "online", row("A", **MARIO, **MAIL, hair="curly", marketing=True))
    assert owner(database, "1") == owner(database, "A")
    bring(database, "online", row("A", 1, given_name="Lucia", family_name="Rossi", **MAIL))
    assert people(database) == persons({"shop:1"}, {"online:A"})
    with database.reading() as session:
        assert "hair" in current(session, owner(database, "A"))
        assert "hair" not in current(session, owner(database, "1"))
        assert allows(session, owner(database, "A"), Purpose.MARKETING, "email")
        assert not allows(session, owner(database, "1"), Purpose.MARKETING, "email")


def test_every_value_says_where_it_comes_from_and_older_ones_stay(database: Database) -> None:
    bring(database, "shop", row("1", **MARIO, **MAIL, cap="38068"))
    bring(database, "shop", row("1", 5, **MARIO, **MAIL, cap="20121"))
    with database.reading() as session:
        customer = session.get_one(Customer, owner(database, "1"))
        caps = sorted(trait.value for trait in customer.traits if trait.name == "cap")
        assert (customer.cap, caps) == ("20121", ["20121", "38068"])
        assert {trait.source for trait in customer.traits} == {"shop:1"}


def test_a_key_that_is_an_address_names_nobody(database: Database) -> None:
    bring(database, "news", row("mario.rossi@example.it", **MAIL))
    with database.reading() as session:
        [stored] = session.scalars(select(SourceRecord))
    assert "mario" not in stored.origin


def talk(database: Database, facts: Facts) -> int:
    with database.writing() as session:
        identity = ChannelIdentity(channel="webchat", external_id=str(facts)[:120])
        session.add(identity)
        return recognise(session, identity, facts, "it", "conversation:1").id


def test_who_talked_first_is_found_by_the_import(database: Database) -> None:
    talker = talk(database, Facts(**MARIO, **MAIL))
    bring(database, "shop", row("1", **MARIO, **MAIL, cap="38068"))
    assert owner(database, "1") == talker


def test_a_stranger_who_claims_a_phone_number_does_not_get_the_profile(
    database: Database,
) -> None:
    stranger = talk(database, Facts(**MARIO, **PHONE, email="ladro@example.it"))
    intake = bring(database, "shop", row("1", **MARIO, **MAIL, **PHONE))
    assert owner(database, "1") != stranger
    assert intake.counts["review"] == 1


def test_two_profiles_with_a_life_of_their_own_are_left_to_people(database: Database) -> None:
    bring(database, "shop", row("1", **MARIO, **PHONE))
    bring(database, "online", row("A", **MARIO, **MAIL))
    for key in ("1", "A"):
        with database.writing() as session:
            identity = ChannelIdentity(channel="webchat", external_id=key)
            session.add(identity)
            claim(identity, session.get_one(Customer, owner(database, key)))
    intake = bring(database, "assistance", row("x", **MARIO, **MAIL, **PHONE))
    assert owner(database, "1") != owner(database, "A")
    assert owner(database, "x") in (owner(database, "1"), owner(database, "A"))
    assert intake.counts["review"] == 1


def test_what_people_merged_stays_merged_until_they_undo_it(database: Database) -> None:
    bring(database, "shop", row("1", **MARIO, **PHONE))
    bring(database, "online", row("A", given_name="Marietto", family_name="Verdi", **MAIL))
    one, other = owner(database, "1"), owner(database, "A")
    with database.writing() as session:
        entry = merge(session, one, other, "Anna")
    bring(database, "news", row("n", **MAIL))
    bring(database, "shop", row("1", 3, **MARIO, **PHONE, cap="38068"))
    assert people(database) == persons({"shop:1", "online:A", "news:n"})
    assert owner(database, "A") == one
    with database.writing() as session:
        undo(session, entry.id, "Anna")
    bring(database, "shop", row("1", 4, **MARIO, **PHONE, cap="38068", skin="dry"))
    bring(database, "online", row("A", 4, given_name="Marietto", family_name="Verdi", **MAIL))
    assert (owner(database, "1"), owner(database, "A")) == (one, other)


def test_whom_people_told_apart_no_record_brings_together(database: Database) -> None:
    bring(database, "shop", row("1", **MARIO, **PHONE))
    bring(database, "online", row("A", **MARIO, **MAIL))
    one, other = owner(database, "1"), owner(database, "A")
    with database.writing() as session:
        tell_apart(session, one, other)
    bring(database, "assistance", row("x", **MARIO, **MAIL, **PHONE))
    assert (owner(database, "1"), owner(database, "A")) == (one, other)


def test_who_asked_to_be_forgotten_is_not_brought_back(database: Database) -> None:
    bring(database, "shop", row("1", **MARIO, **MAIL))
    with database.writing() as session:
        session.get_one(Customer, owner(database, "1")).status = CustomerStatus.ERASED
    intake = bring(database, "shop", row("1", 9, **MARIO, **MAIL, **PHONE))
    assert intake.counts["erased"] == 1
    with database.reading() as session:
        assert "phone" not in current(session, owner(database, "1"))


def test_own_values_of_a_profile_win_by_their_kind_and_time(database: Database) -> None:
    bring(database, "shop", row("1", **MARIO, **MAIL, cap="38068"))
    with database.writing() as session:
        customer = session.get_one(Customer, owner(database, "1"))
        told = Origin(TraitKind.EXPLICIT, "staff:Anna", datetime(2027, 1, 1, tzinfo=UTC))
        record(session, customer, {"cap": "70121"}, told)
    bring(database, "shop", row("1", 30, **MARIO, **MAIL, cap="20121"))
    with database.reading() as session:
        assert session.get_one(Customer, owner(database, "1")).cap == "70121"


def test_a_code_that_its_own_row_contradicts_joins_nobody(database: Database) -> None:
    code = {"codice_fiscale": "RSSMRA80A01F205X"}
    bring(database, "shop", row("1", **MARIO, **code, **PHONE, birth_date="1980-01-01"))
    wrong = row("A", **MARIO, **code, **MAIL, birth_date="1954-11-23")
    intake = bring(database, "online", wrong)
    assert people(database) == persons({"shop:1"}, {"online:A"})
    assert intake.counts["review"] == 1
    with database.reading() as session:
        owned = session.get_one(Customer, owner(database, "A"))
        assert current(session, owned.id)["codice_fiscale"].value == code["codice_fiscale"]
        assert Step.CHECK_TAX_CODE in {one.step for one in next_steps(session, owned)}
    right = row("A", 1, **MARIO, **code, **MAIL, birth_date="1980-01-01")
    bring(database, "online", right)
    assert people(database) == persons({"shop:1", "online:A"})
