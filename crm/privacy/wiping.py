"""Lets nothing remain in the free space of a database file.

SQLite leaves what was deleted where it was until the place is used again, and older pages in its
write-ahead log. PostgreSQL does the like until its own vacuum; see docs/privacy.md.
"""

import os
import sqlite3

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from crm.db import Database

# A larger file is rewritten at night, by the job that looks after retention times.
LARGEST_AT_ONCE = 256 * 1024 * 1024


def overwrite_what_is_deleted(session: Session) -> None:
    """From now on the connection of this session overwrites what it deletes."""
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete=ON")


def wipe(database: Database, *, largest: int | None = LARGEST_AT_ONCE) -> bool:
    """Rewrite the file without its free space and empty its log; whether that was done."""
    if not database.is_sqlite:
        return True
    path = database.engine.url.database
    if largest is not None and path and os.path.getsize(path) > largest:  # noqa: PTH202
        return False
    return rewrite(database.engine)


def rewrite(engine: Engine) -> bool:
    """Rewrite an SQLite file; False when somebody was at work in it all the time."""
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        row = cursor.fetchone()
        cursor.close()
        return row is not None and not row[0]
    except sqlite3.OperationalError:  # somebody is at work in it all the time
        return False
    finally:
        connection.close()
