"""The community is tested on both kinds of database."""

from tests.postgres import backend, database, make_database, postgres, templates

__all__ = ["backend", "database", "make_database", "postgres", "templates"]
