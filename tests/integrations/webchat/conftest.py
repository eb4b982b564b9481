from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.integrations.webchat.line import Line
from tests.integrations.webchat.shop import Customer, Shop


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """One server for the tests of a module; each test brings its own customers."""
    shop = Shop(tmp_path_factory.mktemp("shop")).start()
    yield shop
    shop.close()


@pytest.fixture
def open_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Shop]]:
    """Opens servers with other settings."""
    opened: list[Shop] = []

    def open_(**settings: Any) -> Shop:
        opened.append(Shop(tmp_path_factory.mktemp("shop"), **settings).start())
        return opened[-1]

    yield open_
    for shop in opened:
        shop.close()


@pytest.fixture
def customer(shop: Shop) -> Customer:
    return shop.customer()


@pytest.fixture
def dial() -> Iterator[Callable[..., Line]]:
    """Opens connections and closes them at the end of the test."""
    lines: list[Line] = []

    def dial_(customer: Customer, how: str = "header", **options: Any) -> Line:
        lines.append(Line(customer.connect(how, **options)))
        return lines[-1]

    yield dial_
    for line in lines:
        line.connection.close()
