import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integrations.whatsapp.office import Customer, Office
from tests.integrations.whatsapp.payloads import Door

NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def shared_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One server for the tests of a module; each test brings its own customers."""
    office = Office(tmp_path_factory.mktemp("office")).start()
    yield office
    office.close()


@pytest.fixture
def office(shared_office: Office) -> Iterator[Office]:
    """The module's server, without faults before and after."""
    calm = shared_office.control("faults", method="GET")
    yield shared_office
    shared_office.faults(**calm)


@pytest.fixture
def open_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Office]]:
    """Opens servers with other settings."""
    opened: list[Office] = []

    def open_(**changes: Any) -> Office:
        opened.append(Office(tmp_path_factory.mktemp("office"), **changes).start())
        return opened[-1]

    yield open_
    for one in opened:
        one.close()


@pytest.fixture
def customer(office: Office) -> Customer:
    return office.customer(phone=f"+3934700{next(NUMBERS):05d}")


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    """The webhook alone."""
    door = Door(tmp_path)
    yield door
    await door.close()
