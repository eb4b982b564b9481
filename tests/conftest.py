"""A running Bottega, shared by all tests that need one."""

from collections.abc import Iterator

import pytest

from crm.db import Database
from tests.live.instance import Instance


@pytest.fixture(scope="session")
def bottega(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """The demo company, served by its real processes with the trained model."""
    instance = Instance(tmp_path_factory.mktemp("bottega"))
    try:
        yield instance.start()
    finally:
        instance.stop()


@pytest.fixture(scope="session")
def stored(bottega: Instance) -> Iterator[Database]:
    """The database of the running company, to look at what was written."""
    database = Database(f"sqlite:///{bottega.home / 'bottega.db'}")
    yield database
    database.close()
