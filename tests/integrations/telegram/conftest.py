from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from integrations.channels.telegram import Mode
from tests.integrations.telegram.stand import Stand
from tests.postgres import backend, make_database, postgres, templates

__all__ = ["backend", "make_database", "postgres", "templates"]

Open = Callable[..., Awaitable[Stand]]


@pytest.fixture
async def open_stand(make_database: Any, tmp_path: Path) -> AsyncIterator[Open]:
    """Opens stands with other settings."""
    stands: list[Stand] = []

    async def open_(mode: Mode = Mode.WEBHOOK, backend: str = "sqlite", **settings: Any) -> Stand:
        stands.append(Stand(make_database(backend), tmp_path / "files", mode, **settings))
        return await stands[-1].start()

    yield open_
    for stand in stands:
        await stand.stop()


@pytest.fixture
async def stand(open_stand: Open) -> Stand:
    """A stand that is called by webhook."""
    return await open_stand()
