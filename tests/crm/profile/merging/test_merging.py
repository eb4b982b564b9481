"""The ledger of merges, case by case."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.consent.models import Purpose
from crm.consent.register import allows, record_consent
from crm.db import Database
from crm.order.lookup import orders_of
from crm.profile.assurance import claim, forget, level_of, verify
from crm.profile.facts import Facts
from crm.profile.matching import Outcome, find
from crm.profile.merging.ledger import (
    AlreadyUndone,
    LaterMergeFirst,
    NoSuchMerge,
    NoSuchProfile,
    NotInUse,
    SameProfile,
    merge,
    merges,
    undo,
)
from crm.profile.merging.preview import preview
from crm.profile.merging.suggestion import duplicates_of, review, tell_apart
from crm.profile.models import ChannelIdentity, Customer, CustomerStatus, Level, TraitKind
from crm.profile.timeline import timeline
from crm.profile.traits import Origin, record
from crm.segment.census import is_member
from crm.segment.filters import read_filter
from crm.value.figures import ValueRules
from crm.value.worth import revalue, value_of
from tests.crm.profile.merging.people import LONG_AGO, buy, complain, photograph, talk
from tests.crm.profile.test_lookup import register

MARIO = Facts("mario.rossi@example.it", "Mario", "Rossi", "38068")
MARIO_OF_THE_SHOP = Facts("m.rossi@example.it", "Mario", "Rossi", "38068", phone="+393401234567")
PHONED = Facts(None, "Mario", "Rosi", "38068", phone="+393401234567")
MARIA = Facts("mario.rossi@example.it", "Maria", "Rossi", "38068")


def customer(session: Session, customer_id: int) -> Customer:
    session.expire_all()
    return session.get_one(Customer, customer_id)


def consent(session: Session, customer_id: int, granted: bool) -> None:
    record_consent(
        session, customer_id, Purpose.MARKETING, "email", granted, source="shop", evidence="card"
    )


def mailing(session: Session, customer_id: int) -> bool:
    return allows(session, customer_id, Purpose.MARKETING, "email")


def test_what_a_customer_is_worth_is_computed_anew_with_a_merge_and_its_undo(
    database: Database,
) -> None:
    """Each bought for 9.90, of which 40 % stay: 3.96, and together 7.92."""
    rules = ValueRules(most_valuable_from=5.0)
    best = read_filter({"tier": "most_valuable"})
    with database.writing() as session:
        one, other = register(session, MARIO), register(session, MARIO_OF_THE_SHOP, "assistance")
        buy(session, one, "EG-1")
        buy(session, other, "EG-2")
        revalue(session, [one, other], rules)
        assert not is_member(session, best, one)
        entry = merge(session, one, other, "Anna", rules=rules)
        together = value_of(session, one)
        assert (together.current, together.orders) == (Decimal("7.92"), 2)
        assert value_of(session, other) is None
        assert is_member(session, best, one)
        undo(session, entry.id, "Anna", rules)
        session.expire_all()
        for customer_id in (one, other):
            alone = value_of(session, customer_id)
            assert (alone.current, alone.orders) == (Decimal("3.96"), 1)
            assert not is_member(session, best, customer_id)


def test_everything_follows_to_the_survivor_and_back(database: Database) -> None:
    with database.writing() as session:
        one, other = register(session, MARIO), register(session, MARIO_OF_THE_SHOP, "assistance")
        buy(session, other, "EG-1")
        complain(session, other, "Il phon non va")
        talk(session, customer(session, other), "somebody", proved=False)
        before = [touch.about for touch in timeline(session, other)]
        entry = merge(session, one, other, "Anna")
        assert [order.number for order in orders_of(session, one)] == ["EG-1"]
        assert sorted(touch.about for touch in timeline(session, one)) == sorted(before)
        assert timeline(session, other) == []
        absorbed = customer(session, other)
        assert (absorbed.status, absorbed.merged_into_id) == (CustomerStatus.MERGED, one)
        undo(session, entry.id, "Bruno")
        assert [touch.about for touch in timeline(session, other)] == before
        assert timeline(session, one) == []
        assert (entry.undone_by, entry.actor) == ("Bruno", "Anna")


def test_the_survivor_is_found_by_what_either_was_known_by(database: Database) -> None:
    with database.writing() as session:
        one, other = register(session, MARIO), register(session, MARIO_OF_THE_SHOP, "assistance")
        entry = merge(session, one, other, "Anna")
        for facts in (MARIO, MARIO_OF_THE_SHOP):
            assert [(c.customer_id, c.outcome) for c in find(session, facts)] == [
                (one, Outcome.SAME)
            ]
        undo(session, entry.id, "Anna")
        assert find(session, MARIO_OF_THE_SHOP)[0].customer_id == other


@pytest.mark.parametrize(
    ("mine", "theirs", "holds"),
    [(True, True, True), (True, False, False), (False, True, False), (True, None, False),
     (None, True, False), (None, None, False)],
)  # fmt: skip
def test_r5_the_stricter_of_two_consents_holds(
    database: Database, mine: bool | None, theirs: bool | None, holds: bool
) -> None:
    with database.writing() as session:
        one, other = register(session, MARIO), register(session, MARIO_OF_THE_SHOP, "assistance")
        for who, said in ((one, mine), (other, theirs)):
            if said is not None:
                consent(session, who, said)
        shown = [line.after for line in preview(session, one, other).consents]
        entry = merge(session, one, other, "Anna")
        assert mailing(session, one) is holds
        assert shown == ([] if mine is theirs is None else [holds])
        undo(session, entry.id, "Anna")
        assert (mailing(session, one), mailing(session, other)) == (bool(mine), bool(theirs))


def test_r5_a_no_said_in_between_counts_for_both_and_a_yes_for_neither(database: Database) -> None:
    with database.writing() as session:
        one, other = register(session, MARIO), register(session, MARIO_OF_THE_SHOP, "assistance")
        for who in (one, other):
            consent(session, who, True)
        entry = merge(session, one, other, "Anna")
        consent(session, one, False)
        record_consent(session, one, Purpose.PROFILING, "email", True, source="chat", evidence="sì")
        undo(session, entry.id, "Anna")
        assert not mailing(session, one) and not mailing(session, other)
        assert not allows(session, one, Purpose.PROFILING, "email")
        assert not allows(session, other, Purpose.PROFILING, "email")


def test_values_learnt_in_between_stay_with_the_survivor(database: Database) -> None:
    with database.writing() as session:
        one, other = register(session, MARIO), register(session, MARIO_OF_THE_SHOP, "assistance")
        entry = merge(session, one, other, "Anna")
        now_told = Origin(TraitKind.EXPLICIT, "conversation:1", LONG_AGO + timedelta(days=900))
        record(session, customer(session, one), {"cap": "20121"}, now_told)
        undo(session, entry.id, "Anna")
        assert customer(session, one).cap == "20121" and customer(session, other).cap == "38068"
        assert customer(session, one).phone is None and customer(session, one).email == MARIO.email


def test_nobody_stays_verified_for_what_the_other_profile_holds(database: Database) -> None:
    with database.writing() as session:
        one, other = register(session, MARIO), register(session, MARIO_OF_THE_SHOP, "assistance")
        for who in (one, other):
            talk(session, customer(session, who), f"of-{who}", proved=True)
        entry = merge(session, one, other, "Anna")
        identities = session.scalars(select(ChannelIdentity).order_by(ChannelIdentity.id)).all()
        assert {(i.customer_id, level_of(i)) for i in identities} == {(one, Level.CLAIMED)}
        verify(identities[1], timedelta(hours=1))
        undo(session, entry.id, "Anna")
        session.expire_all()
        assert [(i.customer_id, level_of(i)) for i in identities] == [
            (one, Level.VERIFIED), (other, Level.VERIFIED),
        ]  # fmt: skip


def test_another_person_on_the_device_is_a_switch_and_no_merge(database: Database) -> None:
    with database.writing() as session:
        one, other = register(session, MARIO), register(session, MARIA)
        talk(session, customer(session, one), "the family's tablet", proved=True)
        identity = session.scalars(select(ChannelIdentity)).one()
        claim(identity, customer(session, other))
        session.flush()
        assert level_of(identity) == Level.CLAIMED and not merges(session)
        assert {customer(session, who).status for who in (one, other)} == {CustomerStatus.ACTIVE}


def test_who_went_elsewhere_in_between_does_not_return(database: Database) -> None:
    with database.writing() as session:
        one, other, third = (
            register(session, facts, f"source {number}")
            for number, facts in enumerate((MARIO, MARIO_OF_THE_SHOP, MARIA))
        )
        talk(session, customer(session, other), "a tablet", proved=True)
        entry = merge(session, one, other, "Anna")
        identity = session.scalars(select(ChannelIdentity)).one()
        forget(session, identity)
        claim(identity, customer(session, third))
        session.flush()
        undo(session, entry.id, "Anna")
        session.expire_all()
        assert (identity.customer_id, identity.level) == (third, Level.CLAIMED)


def test_a_row_that_both_have_stays_where_it_is(database: Database) -> None:
    """Both were registered by one source in one moment: the same place in the table of values."""
    with database.writing() as session:
        one, other = register(session, MARIO), register(session, MARIO_OF_THE_SHOP)
        before = photograph(session)
        entry = merge(session, one, other, "Anna")
        assert customer(session, one).email == MARIO.email
        assert customer(session, one).phone == MARIO_OF_THE_SHOP.phone
        undo(session, entry.id, "Anna")
        assert photograph(session) == before


def test_merges_are_undone_from_the_last_to_the_first(database: Database) -> None:
    with database.writing() as session:
        one, other, third = (
            register(session, facts, f"source {number}")
            for number, facts in enumerate((MARIO, MARIO_OF_THE_SHOP, PHONED))
        )
        first = merge(session, other, third, "Anna")
        second = merge(session, one, other, "Anna")
        assert [entry.id for entry in merges(session, customer_id=other)] == [second.id, first.id]
        with pytest.raises(LaterMergeFirst, match=f"undo merge {second.id} first"):
            undo(session, first.id, "Anna")
        undo(session, second.id, "Anna")
        undo(session, first.id, "Anna")
        with pytest.raises(AlreadyUndone):
            undo(session, first.id, "Anna")


def test_what_cannot_be_merged_is_refused(database: Database) -> None:
    with database.writing() as session:
        one, other = register(session, MARIO), register(session, MARIO_OF_THE_SHOP, "assistance")
        for pair, refusal in (((one, one), SameProfile), ((one, 99), NoSuchProfile)):
            with pytest.raises(refusal):
                merge(session, *pair, "Anna")
        merge(session, one, other, "Anna")
        with pytest.raises(NotInUse):
            merge(session, one, other, "Anna")
        with pytest.raises(NoSuchMerge):
            undo(session, 99, "Anna")


def test_a_preview_tells_every_value_with_its_source_and_changes_nothing(
    database: Database,
) -> None:
    with database.writing() as session:
        one, other = register(session, MARIO), register(session, MARIO_OF_THE_SHOP, "assistance")
        buy(session, other, "EG-1")
        session.flush()
        before = photograph(session)
        shown = preview(session, one, other)
        assert photograph(session) == before
        fields = {field.name: field for field in shown.fields}
        told = {(trait.source, trait.value) for trait in fields["email"].values}
        assert told == {("shop", MARIO.email), ("assistance", MARIO_OF_THE_SHOP.email)}
        assert fields["email"].conflict and not fields["cap"].conflict
        assert shown.follows["order"] == 1 and shown.follows["trait"] == 5
        entry = merge(session, one, other, "Anna")
        assert customer(session, one).email == fields["email"].values[0].value
        assert entry.evidence[0]["words"]


def test_a_suggestion_says_in_words_why(database: Database) -> None:
    with database.writing() as session:
        one = register(session, MARIO_OF_THE_SHOP)
        other = register(session, PHONED, "assistance")
        register(session, MARIA, "newsletter")
        found = duplicates_of(session, other)
        assert [(found[0].one_id, found[0].other_id)] == [(one, other)]
        words = {reason.field: reason.words for reason in found[0].reasons}
        assert words["phone"] == (
            "The phone number is the same: it speaks strongly for one person (+18.5)."
        )
        assert words["family_name"].startswith("The family name is nearly the same: it speaks")
        assert words["email"] == "The e-mail is not known of both: it says nothing."
        assert found[0].outcome == Outcome.SAME and found[0].probability > 0.99


def test_r1_people_who_share_an_address_are_not_suggested(database: Database) -> None:
    with database.writing() as session:
        register(session, MARIO)
        maria = register(session, MARIA, "newsletter")
        assert duplicates_of(session, maria) == [] and review(session).suggestions == []


def pages(session: Session, limit: int) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    after: Any = None
    while True:
        page = review(session, limit=limit, after=after)
        found += [(one.one_id, one.other_id) for one in page.suggestions]
        after = page.following
        if after is None:
            return found


def test_the_review_goes_through_all_pairs_page_by_page(database: Database) -> None:
    with database.writing() as session:
        pairs = []
        for number in range(5):
            facts = Facts(f"anna.verdi{number}@example.it", "Anna", "Verdi", "20121")
            pairs.append((register(session, facts), register(session, facts, "shop 2")))
        found = pages(session, limit=2)
        assert set(pairs) <= set(found) and len(found) == len(set(found))
        assert sorted(found) == sorted(pages(session, limit=200))


def test_who_was_told_apart_is_not_suggested_again(database: Database) -> None:
    with database.writing() as session:
        ids = [register(session, MARIO, f"source {number}") for number in range(3)]
        assert len(review(session).suggestions) == 3
        tell_apart(session, ids[1], ids[0])
        undo(session, merge(session, ids[2], ids[1], "Anna").id, "Anna")
        left = [(one.one_id, one.other_id) for one in review(session).suggestions]
        assert left == [(ids[0], ids[2])]
        apart = {one.other_id: one.told_apart for one in duplicates_of(session, ids[0])}
        assert apart == {ids[1]: True, ids[2]: False}
