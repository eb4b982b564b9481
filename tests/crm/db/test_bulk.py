"""Many rows at once, on SQLite and on PostgreSQL: an import, a second one, values of customers."""

from crm.db import Database
from crm.value.worth import revalue, value_of
from tests.crm.source.rows import bring, contents, people, row
from tests.postgres import backend, database, make_database, postgres, templates

__all__ = ["backend", "database", "make_database", "postgres", "templates"]

MARIO = row(
    "1",
    marketing=True,
    email="m.rossi@example.it",
    given_name="Mario",
    family_name="Rossi",
    cap="38068",
)
ONLINE = row("9", 3, email="m.rossi@example.it", given_name="Mario", family_name="Rossi")


def test_an_import_writes_the_same_on_both_databases(database: Database) -> None:
    bring(database, "shop", MARIO)
    bring(database, "online", ONLINE)
    assert people(database) == {frozenset({"shop:1", "online:9"})}
    once = contents(database)
    bring(database, "shop", MARIO)
    assert contents(database) == once
    with database.writing() as session:
        revalue(session, [1])
        assert value_of(session, 1) is not None
