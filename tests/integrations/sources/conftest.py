"""A real database, a folder for files, and a way to add a source and sync it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from crm.db import Database, migrate
from integrations.sources.catalogue import add_source
from integrations.sources.sync import Report, Syncing, sync

Bring = Callable[..., Report]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An empty database with the newest schema."""
    database = Database(f"sqlite:///{tmp_path / 'test.db'}", durable=False)
    migrate(database.engine)
    yield database
    database.close()


@pytest.fixture
def bring_in(database: Database, tmp_path: Path) -> Bring:
    """Adds the source that a mapping describes, and syncs it."""

    def bring(mapping: dict[str, Any], how: Syncing | None = None) -> Report:
        path = tmp_path / f"{mapping['source']}.yml"
        path.write_text(yaml.safe_dump(mapping, allow_unicode=True, sort_keys=False))
        with database.writing() as session:
            add_source(session, path)
        return sync(database, mapping["source"], how)

    return bring
