"""Moments are tested on both kinds of database."""

import pytest

from crm.db import Database
from tests.postgres import backend, database, make_database, postgres, templates

from .company import DRYER, Person, add_order, add_person, add_products

__all__ = ["backend", "database", "make_database", "postgres", "templates"]


@pytest.fixture
def mario(database: Database) -> Person:
    """Mario has a dryer, is proved on Telegram, and has agreed to offers there."""
    with database.writing() as session:
        add_products(session)
        person = add_person(session)
        add_order(session, person, DRYER, days_ago=40)
        return person
