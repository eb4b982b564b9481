"""Keeps Rasa's trackers in the same kind of database as everything else.

A dialogue survives a restart: SQLite in WAL mode beside the app's own file, or the app's
PostgreSQL. The address is one SQLAlchemy URL.
"""

from typing import Any

import sqlalchemy as sa
from rasa.core.tracker_store import SQLTrackerStore


class DurableTrackerStore(SQLTrackerStore):
    """Rasa's SQL tracker store, addressed by a URL and quick on SQLite."""

    def __init__(self, host: str, **kwargs: Any) -> None:
        sa.event.listen(sa.engine.Engine, "connect", _speak_sqlite)
        super().__init__(host=host, **kwargs)


def _speak_sqlite(connection: Any, _: Any) -> None:
    if type(connection).__module__.startswith("sqlite3"):
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
