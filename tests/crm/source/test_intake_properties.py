"""The order of sources does not change who is who; twice is once; no consent ever widens."""

import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from crm.consent.models import Purpose
from crm.consent.register import allows
from crm.db import Database, migrate
from crm.profile.models import Customer, CustomerStatus, Trait
from crm.source.models import SourceRecord
from crm.source.records import Incoming
from tests.crm.source.rows import bring, contents, people, row

# Few enough values that records of one person, families and homonyms meet all the time.
GIVEN = ["Mario", "Lucia", "Maria", "Marietto", ""]
FAMILY = ["Rossi", "Russo", "Rosi", ""]
EMAILS = ["rossi@example.it", "lucia.rossi@example.it", "lucia.rosi@example.it", ""]
PHONES = ["3401234567", "3407654321", ""]
CAPS = ["38068", "20121", ""]
CODES = ["RSSMRA80A01H612W", "", "", ""]
SOURCES = ["shop", "online", "news"]


@st.composite
def records(draw: st.DrawFn) -> list[tuple[str, Incoming]]:
    """Records of several sources, each with its key."""
    numbers = count(1)
    made = []
    for _ in range(draw(st.integers(2, 7))):
        values = {
            "given_name": draw(st.sampled_from(GIVEN)),
            "family_name": draw(st.sampled_from(FAMILY)),
            "email": draw(st.sampled_from(EMAILS)),
            "phone": draw(st.sampled_from(PHONES)),
            "cap": draw(st.sampled_from(CAPS)),
            "codice_fiscale": draw(st.sampled_from(CODES)),
        }
        told = {name: value for name, value in values.items() if value}
        marketing = draw(st.sampled_from([True, False, None]))
        source = draw(st.sampled_from(SOURCES))
        days = draw(st.integers(0, 9))
        made.append((source, row(f"{next(numbers)}", days, marketing, **told)))
    return made


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("schema") / "empty.db"
    database = Database(f"sqlite:///{path}", durable=False)
    migrate(database.engine)
    with database.engine.connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    database.close()
    return path


@pytest.fixture(scope="module")
def new_database(empty: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    folder, numbers = tmp_path_factory.mktemp("companies"), count()
    opened: list[Database] = []

    def make() -> Database:
        while opened:
            opened.pop().close()
        path = shutil.copy(empty, folder / f"{next(numbers)}.db")
        opened.append(Database(f"sqlite:///{path}", durable=False))
        return opened[-1]

    yield make
    for database in opened:
        database.close()


def load(database: Database, made: list[tuple[str, Incoming]], at_once: bool) -> None:
    if at_once:
        for source in dict.fromkeys(source for source, _ in made):
            bring(database, source, *(one for of, one in made if of == source))
    else:
        for source, one in made:
            bring(database, source, one)


@settings(max_examples=60, deadline=None)
@given(made=records(), data=st.data(), at_once=st.booleans())
def test_the_order_of_sources_does_not_change_who_is_who(
    new_database, made: list[tuple[str, Incoming]], data: st.DataObject, at_once: bool
) -> None:
    database = new_database()
    load(database, made, at_once=False)
    expected = people(database)
    database = new_database()
    load(database, data.draw(st.permutations(made)), at_once)
    assert people(database) == expected


@settings(max_examples=30, deadline=None)
@given(made=records(), at_once=st.booleans())
def test_import_twice_equals_once(
    new_database, made: list[tuple[str, Incoming]], at_once: bool
) -> None:
    database = new_database()
    load(database, made, at_once)
    once = contents(database)
    load(database, made, at_once)
    assert contents(database) == once


@settings(max_examples=40, deadline=None)
@given(made=records(), at_once=st.booleans())
def test_no_consent_ever_widens(
    new_database, made: list[tuple[str, Incoming]], at_once: bool
) -> None:
    database = new_database()
    load(database, made, at_once)
    said = {f"{of}:{one.key}": [a.granted for a in one.answers] for of, one in made}
    with database.reading() as session:
        for record in session.scalars(select(SourceRecord)):
            if allows(session, record.customer_id or 0, Purpose.MARKETING, "email"):
                assert False not in said[f"{record.source}:{record.key}"]


@settings(max_examples=30, deadline=None)
@given(made=records())
def test_every_record_is_of_somebody_in_use_and_keeps_its_values(
    new_database, made: list[tuple[str, Incoming]]
) -> None:
    database = new_database()
    load(database, made, at_once=False)
    with database.reading() as session:
        owners = {
            record.origin: record.customer_id for record in session.scalars(select(SourceRecord))
        }
        assert all(
            session.get_one(Customer, owner).status == CustomerStatus.ACTIVE
            for owner in owners.values()
        )
        traits = session.scalars(select(Trait)).all()
        assert all(owners[trait.source] == trait.customer_id for trait in traits)
        assert len(traits) == sum(len(one.values) for _, one in made)
