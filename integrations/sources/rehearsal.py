"""A sync that changes nothing: on a copy of the database, or in a transaction that is undone."""

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.orm import Session

from crm.db import Database


@contextmanager
def rehearsal(database: Database) -> Iterator[Database]:
    """A database to try things on; what is written there is gone afterwards.

    SQLite is copied, so that the running app can go on writing; PostgreSQL keeps everything in one
    transaction that is rolled back.
    """
    if not database.is_sqlite:
        with _Undone(database) as undone:
            yield undone
        return
    with tempfile.TemporaryDirectory(prefix="bottega-") as folder:
        path = Path(folder) / "copy.db"
        _copy(database, path)
        copy = Database(f"sqlite:///{path}", durable=False)
        try:
            yield copy
        finally:
            copy.close()


def _copy(database: Database, path: Path) -> None:
    with database.engine.connect() as connection:
        source = connection.connection.driver_connection
        assert isinstance(source, sqlite3.Connection)
        target = sqlite3.connect(path)
        try:
            source.backup(target)
        finally:
            target.close()


class _Undone(Database):
    """The same database, all in one transaction: its parts are savepoints."""

    def __init__(self, database: Database) -> None:
        self.engine, self.is_sqlite = database.engine, database.is_sqlite
        self._connection = database.engine.connect()

    def __enter__(self) -> "_Undone":
        self._transaction = self._connection.begin()
        return self

    def __exit__(self, *_: object) -> None:
        self._transaction.rollback()
        self._connection.close()

    @contextmanager
    def writing(self, *, urgent: bool = False, redoable: bool = False) -> Iterator[Session]:
        with self._session() as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with self.writing() as session:
            yield session

    def _session(self) -> Session:
        return Session(
            self._connection, join_transaction_mode="create_savepoint", expire_on_commit=False
        )
