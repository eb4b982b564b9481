"""What was promised waits for the disk; what would be done again does not; on both databases."""

import pytest
from sqlalchemy.orm import Session

from crm.db import Database
from tests.postgres import backend, database, make_database, postgres, templates

__all__ = ["backend", "database", "make_database", "postgres", "templates"]
ASKED = {"sqlite": "PRAGMA synchronous", "postgres": "SHOW synchronous_commit"}
WAITS = {"sqlite": 2, "postgres": "on"}
DOES_NOT = {"sqlite": 1, "postgres": "off"}


def waiting(session: Session, backend: str) -> object:
    return session.connection().exec_driver_sql(ASKED[backend]).scalar_one()


def test_only_what_can_be_redone_does_not_wait_for_the_disk(
    database: Database, backend: str
) -> None:
    lasting = Database(database.url)
    for redoable, wanted in [(False, WAITS), (True, DOES_NOT), (False, WAITS)]:
        with lasting.writing(redoable=redoable) as session:
            assert waiting(session, backend) == wanted[backend]
    lasting.close()


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_company_may_do_without(database: Database, backend: str) -> None:
    with database.writing() as session:
        assert waiting(session, backend) == DOES_NOT[backend]
