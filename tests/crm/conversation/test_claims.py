"""Several processes on one PostgreSQL: a conversation is worked on by one of them at a time."""

from datetime import timedelta

import pytest
from sqlalchemy import false, func, update

from crm.conversation import claims, turns
from crm.conversation.log import Incoming, open_conversation, receive
from crm.conversation.models import Claim, Work
from crm.db import Database
from tests.postgres import MakeDatabase

pytestmark = pytest.mark.postgres

LEASE = timedelta(seconds=30)


@pytest.fixture
def database(make_database: MakeDatabase) -> Database:
    """Only PostgreSQL can be shared."""
    return make_database("postgres")


@pytest.fixture
def waiting(database: Database) -> list[int]:
    """Three conversations with something to answer."""
    with database.writing() as session:
        found = []
        for number in range(3):
            conversation = open_conversation(session, "webchat", f"visitor-{number}")
            receive(session, conversation, Incoming(f"m{number}", "ciao"))
            found.append(conversation.id)
        return found


def claim(
    database: Database, holder: str, limit: int = 10, busy: tuple[int, ...] = ()
) -> list[int]:
    with database.writing() as session:
        query = turns.WAITING
        return claims.claim(session, Work.TURNS, query, holder, LEASE, limit, busy)


def run_out(database: Database, holder: str) -> None:
    with database.writing() as session:
        session.execute(update(Claim).where(Claim.holder == holder).values(until=func.now()))


def test_each_is_claimed_by_one(database: Database, waiting: list[int]) -> None:
    assert claim(database, "a", limit=2) == waiting[:2]
    assert claim(database, "b") == waiting[2:]
    assert claim(database, "a") == claim(database, "b") == []


def test_two_that_look_at_once_do_not_wait_for_each_other(
    database: Database, waiting: list[int]
) -> None:
    with database.writing() as first, database.writing() as second:
        query = turns.WAITING
        assert claims.claim(first, Work.TURNS, query, "a", LEASE, 2) == waiting[:2]
        assert claims.claim(second, Work.TURNS, query, "b", LEASE, 2) == waiting[2:]


def test_who_looked_too_early_gets_nothing(
    database: Database, waiting: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert claim(database, "a") == waiting
    monkeypatch.setattr(claims, "_is_claimed", lambda work: false())  # as it was a moment ago
    assert claim(database, "b") == []


def test_what_ran_out_or_was_released_is_anybodys(database: Database, waiting: list[int]) -> None:
    claim(database, "a")
    with database.writing() as session:
        claims.release(session, Work.TURNS, waiting[0], "a")
        claims.release(session, Work.TURNS, waiting[1], "b")  # it is not b's to release
    assert claim(database, "b") == waiting[:1]
    run_out(database, "a")
    assert claim(database, "b") == waiting[1:]


def test_what_somebody_has_not_done_with_is_left_out(
    database: Database, waiting: list[int]
) -> None:
    assert claim(database, "a", busy=(waiting[0], waiting[2])) == [waiting[1]]


def test_only_what_is_wanted_and_still_held_is_renewed(
    database: Database, waiting: list[int]
) -> None:
    first, second, third = ((Work.TURNS, one) for one in claim(database, "a"))
    with database.writing() as session:
        assert claims.renew(session, "a", LEASE, {first, second}) == {first, second}
        assert claims.is_held(session, *third, "a")
    run_out(database, "a")
    with database.writing() as session:
        assert claims.renew(session, "a", LEASE, {first}) == set()
        assert not claims.is_held(session, *first, "a")
