"""Brings a database to the newest schema with Alembic."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

MIGRATIONS = Path(__file__).parent / "migrations"
# Any number, the same in all processes: it names the lock that they take in turns.
ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(7205759403792794)")


class NewerSchema(RuntimeError):
    """The database was made by a newer version of the program."""

    def __init__(self, revision: str) -> None:
        super().__init__(
            f"The database has schema {revision}, which this version does not know: a newer one "
            "has upgraded it. Start that version, or give this one a database of its own "
            "(BOTTEGA_HOME or BOTTEGA_DATABASE_URL)."
        )


def alembic_config() -> Config:
    """Alembic's configuration, without an ini file: the scripts lie beside this module."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def migrate(engine: Engine, revision: str = "head") -> None:
    """Upgrade the schema; does nothing when it is new enough.

    Processes that start together on one PostgreSQL wait for each other.

    Raises:
        NewerSchema: the database is ahead of this program.
    """
    config = alembic_config()
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(ONE_AT_A_TIME)
        _require_known(config, connection)
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def _require_known(config: Config, connection: Connection) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    for revision in MigrationContext.configure(connection).get_current_heads():
        if revision not in known:
            raise NewerSchema(revision)
