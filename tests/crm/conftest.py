"""A real database for every test: SQLite in a file, made by the migrations."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from crm.db import Database, migrate


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An empty database with the newest schema."""
    database = Database(f"sqlite:///{tmp_path / 'test.db'}", durable=False)
    migrate(database.engine)
    yield database
    database.close()
