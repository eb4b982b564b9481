"""A shop for every test."""

from collections.abc import Iterator

import pytest

from crm.db import Database

from .market import Market


@pytest.fixture
def market(database: Database) -> Iterator[Market]:
    """An empty shop with a catalogue."""
    with database.writing() as session:
        yield Market(session)
