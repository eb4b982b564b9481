"""R8: groups that nobody defined, with what sets them apart; R5: only of those who agreed."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from app.clustering import group_rows
from crm.consent.models import Purpose
from crm.consent.register import record_consent
from crm.db import Database, now
from crm.profile.elastic import OwnFields
from crm.profile.models import Customer, TraitKind
from crm.profile.traits import Origin, record
from crm.segment.census import count, member_ids
from crm.segment.discovery import Discovered, discover
from crm.segment.filters import read_filter, read_segment
from crm.segment.folder import SegmentThere, read_segments, save_segment

CURLY = {"hair": "curly", "topic": "shampoo", "cap": "38068"}
DRY = {"skin": "dry", "topic": "face_cream", "cap": "20121"}
SHAVED = {"topic": "shaving", "cap": "70121"}


def settle(
    database: Database, values: Mapping[str, str], number: int, *, agrees: bool = True
) -> set[int]:
    """So many customers of whom the same is known."""
    ids = set()
    with database.writing() as session:
        for _ in range(number):
            customer = Customer()
            session.add(customer)
            session.flush()
            record(session, customer, values, Origin(TraitKind.EXPLICIT, "shop", now()))
            record_consent(
                session, customer.id, Purpose.PROFILING, "any", agrees, source="t", evidence="said"
            )
            ids.add(customer.id)
    return ids


def found(database: Database, hidden: Sequence[str] = ()) -> list[Discovered]:
    with database.reading() as session:
        return discover(session, OwnFields(), group_rows, hidden)


def members_of(database: Database, one: Discovered) -> set[int]:
    with database.reading() as session:
        return set(member_ids(session, read_filter(one.filter)))


def test_groups_are_found_and_told_in_words(database: Database) -> None:
    curly, dry = settle(database, CURLY, 14), settle(database, DRY, 12)
    settle(database, SHAVED, 10)
    groups = found(database)
    assert [one.customers for one in groups] == [14, 12, 10]
    assert members_of(database, groups[0]) == curly
    assert members_of(database, groups[1]) == dry
    assert "hair: curly (100%; 39%)" in groups[0].words("it")
    assert "live in Trentino-Alto Adige (100%; 39%)" in groups[0].words("en")


def test_r5_who_did_not_agree_to_profiling_is_not_looked_at(database: Database) -> None:
    settle(database, CURLY, 14)
    settle(database, SHAVED, 12)
    settle(database, DRY, 30, agrees=False)
    groups = found(database)
    assert sum(one.customers for one in groups) == 26
    assert not any("dry" in words for one in groups for words in one.words("it"))


def test_nobody_is_in_a_group_of_fewer_than_five(database: Database) -> None:
    settle(database, CURLY, 20)
    settle(database, SHAVED, 20)
    few = settle(database, {**DRY, "skin": "mature", "topic": "perfume"}, 4)
    assert found(database)
    assert not any(members_of(database, one) == few for one in found(database))
    assert all(one.customers >= 5 for one in found(database))


def test_a_field_that_may_not_be_seen_sets_nothing_apart(database: Database) -> None:
    settle(database, CURLY, 14)
    settle(database, DRY, 12)
    settle(database, SHAVED, 10)
    words = [words for one in found(database, ["hair"]) for words in one.words("it")]
    assert words
    assert not any("hair" in one or "curly" in one for one in words)


def test_too_few_customers_make_no_groups(database: Database) -> None:
    settle(database, CURLY, 6)
    assert found(database) == []


def test_a_group_is_kept_as_a_segment_of_the_same_customers(
    database: Database, tmp_path: Path
) -> None:
    settle(database, CURLY, 14)
    settle(database, DRY, 12)
    settle(database, SHAVED, 10)
    group = found(database)[0]
    segment = read_segment({"name": "curls", "title": {"it": "Ricci"}, "filter": group.filter})
    save_segment(tmp_path / "segments", segment)
    [(name, kept)] = read_segments(tmp_path / "segments").items()
    with database.reading() as session:
        assert (name, count(session, kept.filter)) == ("curls", 14)
    with pytest.raises(SegmentThere, match="choose another name"):
        save_segment(tmp_path / "segments", segment)
