"""Opens transactions: `with database.writing() as session:` commits once, at the end."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.orm import Session, sessionmaker

from crm.db.alone import Occupation
from crm.db.write_queue import WriteQueue

WRITES = "bottega_writes"
# How long a writing transaction's end takes, in SQLite's words: until the disk has it, or not.
LASTING, REDOABLE = "FULL", "NORMAL"
MEMORY = ":memory:"


class Database:
    """One engine for SQLite or PostgreSQL, with separate doors for reading and for writing.

    On SQLite a writing transaction takes the write lock when it begins, so that it can never fail
    half way because another one wrote first; within the process writers queue on a lock instead
    of polling the file.
    """

    def __init__(self, url: str, *, durable: bool = True) -> None:
        self.engine = make_engine(url, durable=durable)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self._write_queue = WriteQueue() if self.is_sqlite else None
        self._reading = sessionmaker(self.engine, expire_on_commit=False)
        self._writing = self._writer(LASTING if durable or not self.is_sqlite else REDOABLE)
        self._writing_redoably = self._writer(REDOABLE)
        self._occupation: Occupation | None = None

    def _writer(self, how: str) -> sessionmaker[Session]:
        engine = self.engine.execution_options(**{WRITES: how})
        return sessionmaker(engine, expire_on_commit=False)

    @property
    def url(self) -> str:
        """Where it is, password included: never to be shown."""
        return self.engine.url.render_as_string(hide_password=False)

    def occupy(self) -> None:
        """Say that this process serves the database; on PostgreSQL many may.

        Raises:
            DatabaseTaken: it is a SQLite file that another process serves.
        """
        path = self.engine.url.database
        if self.is_sqlite and path not in (None, "", MEMORY) and self._occupation is None:
            self._occupation = Occupation(Path(path))

    @contextmanager
    def writing(self, *, urgent: bool = False, redoable: bool = False) -> Iterator[Session]:
        """One transaction: committed when the block ends, rolled back when it raises.

        Args:
            urgent: short, and somebody outside waits for it: it goes before others that wait.
            redoable: a power cut may take it back, for it would be done again: the disk is not
                waited for. Any later transaction that is not redoable makes it last too.
        """
        queue = self._write_queue.turn(urgent=urgent) if self._write_queue else nullcontext()
        sessions = self._writing_redoably if redoable else self._writing
        with queue, sessions.begin() as session:
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for queries; nothing is ever committed from it."""
        with self._reading() as session:
            yield session

    def close(self) -> None:
        """Give every connection back, and the file to whoever serves it next."""
        self.engine.dispose()
        if self._occupation is not None:
            self._occupation.end()
            self._occupation = None


def make_engine(url: str, *, durable: bool = True) -> Engine:
    """Make the engine for a database URL.

    Args:
        url: for example ``sqlite:////srv/bottega.db`` or ``postgresql+psycopg://user@host/name``.
        durable: on SQLite, wait for the disk, so that even a power cut loses nothing that was
            acknowledged.

    Errors name the statement and never its values: those are personal data.
    """
    if url.startswith("sqlite"):
        engine = create_engine(
            url,
            json_serializer=_dump_json,
            hide_parameters=True,
            connect_args={"timeout": 30, "check_same_thread": False},
            pool_size=16,
            max_overflow=16,
            pool_use_lifo=True,  # who read last has in memory what is read next
        )
        _speak_sqlite(engine, durable=durable)
        return engine
    engine = create_engine(
        url,
        json_serializer=_dump_json,
        hide_parameters=True,
        pool_pre_ping=True,
        pool_size=10,
        max_overflow=20,
    )
    _speak_postgres(engine)
    return engine


# Made once: `json.dumps` would make another for every value that is written.
_dump_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _speak_sqlite(engine: Engine, *, durable: bool) -> None:
    @event.listens_for(engine, "connect")
    def configure(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # SQLAlchemy's begin event below opens transactions
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA cache_size=-32000")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        how = connection.get_execution_options().get(WRITES)
        if how is not None:
            connection.exec_driver_sql(f"PRAGMA synchronous={how}")
        connection.exec_driver_sql("BEGIN" if how is None else "BEGIN IMMEDIATE")


def _speak_postgres(engine: Engine) -> None:
    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get(WRITES) == REDOABLE:
            connection.exec_driver_sql("SET LOCAL synchronous_commit TO OFF")
