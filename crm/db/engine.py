"""Opens transactions: `with database.writing() as session:` commits once, at the end."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Select, create_engine, event
from sqlalchemy.orm import Session, sessionmaker

from crm.db.alone import Occupation
from crm.db.write_queue import WriteQueue

BEGIN = "bottega_begin"
AT_FIRST_CHANGE = "AT FIRST CHANGE"
TAKE_TURN = "bottega_take_turn"
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
        writer = self.engine.execution_options(**{BEGIN: "IMMEDIATE"})
        self._writing = sessionmaker(writer, expire_on_commit=False)
        thinker = self.engine.execution_options(**{BEGIN: AT_FIRST_CHANGE})
        self._thinking = sessionmaker(thinker, expire_on_commit=False)
        self._occupation: Occupation | None = None

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
    def writing(self, *, urgent: bool = False) -> Iterator[Session]:
        """One transaction: committed when the block ends, rolled back when it raises.

        Args:
            urgent: short, and somebody outside waits for it: it goes before others that wait.
        """
        queue = self._write_queue.turn(urgent=urgent) if self._write_queue else nullcontext()
        with queue, self._writing.begin() as session:
            yield session

    @contextmanager
    def thinking(self) -> Iterator[Session]:
        """One transaction of somebody who looks and thinks before writing, if writing at all.

        Nobody who wants to write waits meanwhile: on SQLite the write lock is taken at the first
        change or at the first query that locks rows. What is read before sees what others commit,
        query by query, as it does on PostgreSQL: lock what a change depends on.
        """
        if self._write_queue is None:
            with self.writing() as session:
                yield session
            return
        with ExitStack() as held, self._thinking.begin() as session:
            queue = self._write_queue
            info = session.connection().info
            info[TAKE_TURN] = lambda: held.enter_context(queue.turn())
            try:
                yield session
                session.flush()
            finally:
                info.pop(TAKE_TURN, None)

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
        durable: on SQLite, wait for the disk at every commit, so that even a power cut loses
            nothing that was acknowledged.

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
        )
        _speak_sqlite(engine, durable=durable)
        return engine
    return create_engine(
        url,
        json_serializer=_dump_json,
        hide_parameters=True,
        pool_pre_ping=True,
        pool_size=10,
        max_overflow=20,
    )


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
        how = connection.get_execution_options().get(BEGIN, "DEFERRED")
        if how != AT_FIRST_CHANGE:
            connection.exec_driver_sql(f"BEGIN {how}")

    @event.listens_for(engine, "before_execute")
    def begin_late(connection: Connection, statement: Any, *_: Any) -> None:
        if TAKE_TURN in connection.info and not _only_reads(statement):
            take_turn: Callable[[], None] = connection.info.pop(TAKE_TURN)
            take_turn()
            connection.exec_driver_sql("BEGIN IMMEDIATE")


def _only_reads(statement: Any) -> bool:
    return isinstance(statement, Select) and statement._for_update_arg is None


def holds_everything(session: Session) -> bool:
    """Whether nobody else can write until the transaction ends: on SQLite, once it has begun."""
    connection = session.connection()
    if connection.dialect.name != "sqlite":
        return False
    return bool(getattr(connection.connection.dbapi_connection, "in_transaction", False))
