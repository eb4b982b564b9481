"""The database: one declarative base, one way to open a transaction, the migrations."""

from crm.db.base import Base, UtcDateTime, now, words
from crm.db.engine import Database
from crm.db.migrate import migrate

__all__ = ["Base", "Database", "UtcDateTime", "migrate", "now", "words"]
