"""Figures about customers are counted on both databases: their SQL is not the same."""

from tests.postgres import backend, database, make_database, postgres, templates

__all__ = ["backend", "database", "make_database", "postgres", "templates"]
