"""Forgets what Rasa remembers of conversations: its tracker store is a table of events."""

import json
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    MetaData,
    String,
    Table,
    Text,
    delete,
    inspect,
    or_,
    select,
)
from sqlalchemy.engine import make_url

from crm.db.engine import make_engine
from crm.privacy.person import Marks
from crm.privacy.redaction import pattern_of
from crm.privacy.wiping import rewrite
from crm.profile.directory import spellings

# The columns of Rasa's table that matter here.
EVENTS = Table("events", MetaData(), Column("sender_id", String(255)), Column("data", Text))
CHUNK = 500


class RasaTrackers:
    """The trackers in the database that Rasa was given.

    Args:
        url: SQLAlchemy URL of the tracker store.
        key: the name under which Rasa knows a conversation.
    """

    def __init__(self, url: str, key: Callable[[int], str]) -> None:
        self._url, self._key = make_url(url), key

    def erase(self, conversations: Collection[int], marks: Marks) -> int:
        """Forget these conversations, and all in which a mark occurs; how many there were."""
        engine = self._engine()
        if engine is None:
            return 0
        try:
            with engine.begin() as connection:
                if engine.dialect.name == "sqlite":
                    connection.exec_driver_sql("PRAGMA secure_delete=ON")
                names = {self._key(one) for one in conversations} | _naming(connection, marks)
                return _forget(connection, sorted(names))
        finally:
            engine.dispose()

    def count(self, conversations: Collection[int]) -> int:
        """How many of these conversations are remembered."""
        engine = self._engine()
        if engine is None:
            return 0
        try:
            with engine.connect() as connection:
                return len(_known(connection, [self._key(one) for one in conversations]))
        finally:
            engine.dispose()

    def wipe(self) -> bool:
        """Rewrite the file without its free space; whether that could be done now."""
        engine = self._engine()
        if engine is None or engine.dialect.name != "sqlite":
            return True
        try:
            return rewrite(engine)
        finally:
            engine.dispose()

    def _engine(self) -> Engine | None:
        """The store, if Rasa has made it already."""
        is_file = self._url.get_backend_name() == "sqlite"
        if is_file and not Path(self._url.database or "").is_file():
            return None
        engine = make_engine(self._url.render_as_string(hide_password=False))
        if inspect(engine).has_table(EVENTS.name):
            return engine
        engine.dispose()
        return None


def _naming(connection: Connection, marks: Marks) -> set[str]:
    """The trackers in which a mark occurs."""
    if not marks:
        return set()
    pattern, found = pattern_of(marks), set()
    for sender, data in connection.execute(select(EVENTS).where(or_(*_likely(marks)))):
        # Rasa writes letters beyond ASCII as escapes.
        if pattern.search(json.dumps(json.loads(data), ensure_ascii=False)):
            found.add(sender)
    return found


def _likely(marks: Marks) -> Iterator[ColumnElement[bool]]:
    for mark in (*marks.emails, *marks.codes, *(name[1] for name in marks.names)):
        for spelt in spellings(mark):
            yield EVENTS.c.data.icontains(json.dumps(spelt)[1:-1], autoescape=True)
    for phone in marks.phones:
        yield EVENTS.c.data.like("%" + "%".join(phone[-6:]) + "%")


def _known(connection: Connection, names: list[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(names), CHUNK):
        chunk = EVENTS.c.sender_id.in_(names[start : start + CHUNK])
        found |= set(connection.scalars(select(EVENTS.c.sender_id).where(chunk).distinct()))
    return found


def _forget(connection: Connection, names: list[str]) -> int:
    known = sorted(_known(connection, names))
    for start in range(0, len(known), CHUNK):
        chunk = EVENTS.c.sender_id.in_(known[start : start + CHUNK])
        connection.execute(delete(EVENTS).where(chunk))
    return len(known)
