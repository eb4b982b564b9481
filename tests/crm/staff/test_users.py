"""Who may sign in: names, passwords, sessions that end, guessing that is slowed down."""

from datetime import timedelta

import pytest

from crm.db import Database, now
from crm.staff import throttle, users
from crm.staff.models import Role, SignInFailure, StaffSession
from crm.staff.sessions import SessionRules, begin_session, end_session, find_session, keep_alive
from crm.staff.tokens import BadLabel

GOOD = "una password lunga"
RULES = SessionRules(lasting=timedelta(hours=12), idle=timedelta(minutes=60))


@pytest.fixture
def anna(database: Database) -> int:
    with database.writing() as session:
        return users.add_user(session, "Anna Verdi", Role.AGENT, GOOD).id


class TestPasswords:
    @pytest.mark.parametrize("name", ["Anna Verdi", "anna verdi", "  ANNA   VERDI "])
    def test_the_right_one_opens_in_any_case_of_the_name(
        self, database: Database, anna: int, name: str
    ) -> None:
        with database.reading() as session:
            user = users.check_password(session, name, GOOD)
            assert user is not None and user.id == anna

    @pytest.mark.parametrize(
        ("name", "password"),
        [("Anna Verdi", "una password lungA"), ("Anna Verdi", ""), ("Nessuno", GOOD)],
    )
    def test_anything_else_does_not(
        self, database: Database, anna: int, name: str, password: str
    ) -> None:
        with database.reading() as session:
            assert users.check_password(session, name, password) is None

    def test_it_is_kept_as_argon2id_only(self, database: Database, anna: int) -> None:
        with database.reading() as session:
            stored = users.find_user(session, "anna verdi").password_hash
            assert stored.startswith("$argon2id$") and GOOD not in stored

    @pytest.mark.parametrize("password", ["", "corta", "x" * 201])
    def test_short_and_endless_ones_are_refused(self, database: Database, password: str) -> None:
        with database.writing() as session, pytest.raises(users.BadPassword, match="characters"):
            users.add_user(session, "Bruno", Role.AGENT, password)

    def test_a_new_password_signs_out(self, database: Database, anna: int) -> None:
        with database.writing() as session:
            user = users.find_user(session, "Anna Verdi")
            cookie = begin_session(session, user)
            users.change_password(session, user, "un'altra ancora")
        with database.reading() as session:
            assert find_session(session, cookie, RULES) is None
            assert users.check_password(session, "Anna Verdi", GOOD) is None


class TestNames:
    @pytest.mark.parametrize("name", ["", "   ", "bot", "System", "x" * 51])
    def test_names_that_cannot_be(self, database: Database, name: str) -> None:
        with database.writing() as session, pytest.raises(BadLabel):
            users.add_user(session, name, Role.AGENT, GOOD)

    def test_two_people_cannot_have_one_name(self, database: Database, anna: int) -> None:
        with database.writing() as session, pytest.raises(users.NameTaken, match="ANNA VERDI"):
            users.add_user(session, "ANNA VERDI", Role.ADMIN, GOOD)

    def test_marketers_are_given_no_conversation(self, database: Database, anna: int) -> None:
        with database.writing() as session:
            users.add_user(session, "Marco", Role.MARKETER, GOOD)
            users.disable_user(session, users.add_user(session, "Via", Role.AGENT, GOOD))
            assert [user.name for user in users.agents(session)] == ["Anna Verdi"]


class TestSessions:
    @pytest.fixture
    def cookie(self, database: Database, anna: int) -> str:
        with database.writing() as session:
            return begin_session(session, users.find_user(session, "Anna Verdi"))

    def test_a_cookie_is_known_and_not_kept(self, database: Database, cookie: str) -> None:
        with database.reading() as session:
            found = find_session(session, cookie, RULES)
            assert found is not None and found.user.name == "Anna Verdi"
            assert found.token_hash != cookie
            assert find_session(session, cookie + "x", RULES) is None

    def test_signing_out_ends_it(self, database: Database, cookie: str) -> None:
        with database.writing() as session:
            assert end_session(session, cookie) is not None
            assert end_session(session, cookie) is None
            assert find_session(session, cookie, RULES) is None

    @pytest.mark.parametrize(
        ("created", "seen", "holds"),
        [
            (timedelta(hours=11), timedelta(minutes=59), True),
            (timedelta(hours=11), timedelta(minutes=61), False),
            (timedelta(hours=13), timedelta(minutes=1), False),
        ],
    )
    def test_it_ends_by_itself(
        self, database: Database, cookie: str, created: timedelta, seen: timedelta, holds: bool
    ) -> None:
        with database.writing() as session:
            found = session.get_one(StaffSession, 1)
            found.created_at, found.last_seen_at = now() - created, now() - seen
        with database.reading() as session:
            assert (find_session(session, cookie, RULES) is not None) is holds

    def test_working_keeps_it_alive(self, database: Database, cookie: str) -> None:
        with database.writing() as session:
            session.get_one(StaffSession, 1).last_seen_at = now() - timedelta(hours=3)
            keep_alive(session, 1)
        with database.reading() as session:
            assert find_session(session, cookie, RULES) is not None

    def test_who_is_shut_out_is_out_at_once(self, database: Database, cookie: str) -> None:
        with database.writing() as session:
            user = users.find_user(session, "anna verdi")
            users.disable_user(session, user)
            users.enable_user(user)
        with database.reading() as session:
            assert find_session(session, cookie, RULES) is None


class TestThrottle:
    def fail(self, database: Database, times: int, name: str, address: str) -> None:
        with database.writing() as session:
            for _ in range(times):
                throttle.note_failure(session, name, address)

    def may(self, database: Database, name: str, address: str) -> bool:
        with database.reading() as session:
            return throttle.may_try(session, name, address)

    @pytest.mark.parametrize("name", ["Anna Verdi", "Nessuno"])
    def test_the_sixth_try_is_not_looked_at_whoever_it_is(
        self, database: Database, anna: int, name: str
    ) -> None:
        self.fail(database, 4, name, "10.0.0.1")
        assert self.may(database, name, "10.0.0.1")
        self.fail(database, 1, name, "10.0.0.1")
        assert not self.may(database, f" {name.upper()}", "10.0.0.1")
        assert self.may(database, name, "10.0.0.2"), "others must not be locked out by it"

    def test_one_address_cannot_try_every_name(self, database: Database) -> None:
        for number in range(10):
            self.fail(database, 3, f"name {number}", "10.0.0.1")
        assert not self.may(database, "somebody new", "10.0.0.1")

    def test_many_addresses_cannot_try_one_name(self, database: Database) -> None:
        for number in range(60):
            self.fail(database, 1, "anna", f"10.0.0.{number}")
        assert not self.may(database, "anna", "10.1.0.1")

    def test_it_passes(self, database: Database) -> None:
        self.fail(database, 5, "anna", "10.0.0.1")
        with database.writing() as session:
            for failure in session.query(SignInFailure):
                failure.at = now() - timedelta(minutes=16)
        assert self.may(database, "anna", "10.0.0.1")

    def test_getting_in_forgives_own_slips(self, database: Database) -> None:
        self.fail(database, 5, "anna", "10.0.0.1")
        with database.writing() as session:
            throttle.forget_failures(session, "anna", "10.0.0.1")
        assert self.may(database, "anna", "10.0.0.1")
