"""Who may open a database, and which."""

from pathlib import Path

import pytest
from sqlalchemy import text

from crm.db import Database, migrate
from crm.db.alone import DatabaseTaken
from crm.db.migrate import NewerSchema
from tests.postgres import MakeDatabase, backend, make_database, postgres, templates

__all__ = ["backend", "make_database", "postgres", "templates"]


def test_a_sqlite_file_serves_one_process(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    first, second = Database(url), Database(url)
    first.occupy()
    with pytest.raises(DatabaseTaken, match=r"shop\.db is being served by .* BOTTEGA_HOME"):
        second.occupy()
    first.close()
    second.occupy()
    second.close()


def test_a_newer_schema_is_named(backend: str, make_database: MakeDatabase) -> None:
    database = make_database(backend)
    with database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NewerSchema, match="schema 9999, which this version does not know"):
        migrate(database.engine)


def test_the_newest_schema_is_left_alone(backend: str, make_database: MakeDatabase) -> None:
    database = make_database(backend)
    migrate(database.engine)
    migrate(database.engine)
