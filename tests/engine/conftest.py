"""The engine is tested on both kinds of database, with a Rasa of its own beside it."""

from collections.abc import Iterator

import pytest

from tests.engine.local_rasa import LocalRasa
from tests.postgres import backend, database, make_database, postgres, templates

__all__ = ["backend", "database", "make_database", "postgres", "templates"]


@pytest.fixture
def rasa() -> Iterator[LocalRasa]:
    """A local server that speaks Rasa's part."""
    rasa = LocalRasa()
    rasa.start()
    yield rasa
    rasa.stop()
