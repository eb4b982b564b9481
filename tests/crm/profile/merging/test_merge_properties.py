"""What must hold for whoever is merged with whomever."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.consent.models import Purpose
from crm.consent.register import CHANNELS, allows
from crm.db import Base, Database, tables
from crm.profile.merging.ledger import merge, undo
from crm.profile.models import Customer
from tests.crm.profile.merging.people import buy, consents, live, lives, photograph, say

EVERYTHING = [(purpose, channel) for purpose in Purpose for channel in CHANNELS]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One database for all examples; each takes back what it wrote."""
    folder: Path = tmp_path_factory.mktemp("merging")
    database = Database(f"sqlite:///{folder / 'test.db'}", durable=False)
    assert tables.metadata is Base.metadata
    Base.metadata.create_all(database.engine)
    yield database
    database.close()


def allowed(session: Any, customer_id: int) -> set[tuple[Purpose, str]]:
    return {about for about in EVERYTHING if allows(session, customer_id, *about)}


@given(lives, lives)
@settings(max_examples=30, deadline=None)
def test_merge_then_undo_is_the_identity(
    empty: Database, one: dict[str, Any], other: dict[str, Any]
) -> None:
    with empty.reading() as session:
        survivor, absorbed = live(session, one, "A"), live(session, other, "B")
        before = photograph(session)
        entry = merge(session, survivor, absorbed, "Anna")
        assert photograph(session) != before
        undo(session, entry.id, "Anna")
        assert photograph(session) == before


@given(lives, lives, lives)
@settings(max_examples=30, deadline=None)
def test_a_chain_of_merges_unwinds_to_the_identity(
    empty: Database, one: dict[str, Any], other: dict[str, Any], third: dict[str, Any]
) -> None:
    with empty.reading() as session:
        a, b, c = live(session, one, "A"), live(session, other, "B"), live(session, third, "C")
        before = photograph(session)
        first = merge(session, b, a, "Anna")
        second = merge(session, c, b, "Anna")
        undo(session, second.id, "Anna")
        undo(session, first.id, "Anna")
        assert photograph(session) == before


@given(lives, lives)
@settings(max_examples=40, deadline=None)
def test_nothing_is_lost_by_a_merge(
    empty: Database, one: dict[str, Any], other: dict[str, Any]
) -> None:
    """Every row there was is still there; only whose it is may have changed."""
    with empty.reading() as session:
        survivor, absorbed = live(session, one, "A"), live(session, other, "B")
        before = {name: len(rows) for name, rows in photograph(session).items()}
        entry = merge(session, survivor, absorbed, "Anna")
        after = {name: len(rows) for name, rows in photograph(session).items()}
        written = {"consent": len(entry.narrowed)}
        for name, count in before.items():
            if name != "identity_key":
                assert after[name] == count + written.get(name, 0), name


@given(lives, lives, st.lists(consents, max_size=4))
@settings(max_examples=40, deadline=None)
def test_no_consent_ever_widens(
    empty: Database,
    one: dict[str, Any],
    other: dict[str, Any],
    since: list[Any],
) -> None:
    """R5: neither by a merge, nor by its undo, whatever was said in between."""
    with empty.reading() as session:
        survivor, absorbed = live(session, one, "A"), live(session, other, "B")
        own = {who: allowed(session, who) for who in (survivor, absorbed)}
        entry = merge(session, survivor, absorbed, "Anna")
        assert allowed(session, survivor) == own[survivor] & own[absorbed]
        say(session, survivor, since)
        undo(session, entry.id, "Anna")
        for who, before in own.items():
            assert allowed(session, who) <= before
        for purpose, channel, granted, _ in since:
            if not granted and (purpose, channel) in allowed(session, absorbed):
                # Only a yes that the absorbed profile itself gave later stands against that no.
                assert (purpose, channel) in own[absorbed]


@given(lives, lives)
@settings(max_examples=30, deadline=None)
def test_what_was_written_in_between_stays_with_the_survivor(
    empty: Database, one: dict[str, Any], other: dict[str, Any]
) -> None:
    with empty.reading() as session:
        survivor, absorbed = live(session, one, "A"), live(session, other, "B")
        before = photograph(session)["customer"]
        entry = merge(session, survivor, absorbed, "Anna")
        buy(session, survivor, "NEW-1")
        undo(session, entry.id, "Anna")
        assert photograph(session)["customer"] == before
        assert session.get_one(Customer, absorbed).merged_into_id is None
        owners = {row[1]: row[2] for row in photograph(session)["order"]}
        assert owners["NEW-1"] == survivor
