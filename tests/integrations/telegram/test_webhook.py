"""The webhook believes nobody without the secret, survives every body, and stores before 200."""

import asyncio
import json
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.demo.platforms.telegram import LOCAL_TOKEN
from crm.conversation.models import Message
from crm.db import Database
from integrations.channels.shared_collector import MediaCollector
from integrations.channels.shared_media import GONE, FileRefused
from integrations.channels.telegram import Mode, TelegramSettings, telegram_router
from integrations.channels.telegram.intake import TelegramIntake
from integrations.channels.telegram.router import BODY_LIMIT
from integrations.channels.telegram.settings import WEBHOOK_PATH
from tests.integrations.telegram import updates

SECRET = "the-secret-of-these-tests"
HEADER = "X-Telegram-Bot-Api-Secret-Token"
# More with, for example, FUZZED_BODIES=100000.
BODIES = int(os.environ.get("FUZZED_BODIES", "1500"))
AT_ONCE = 25


class NoAftercare:
    """Nobody is there to be answered."""

    def answer(self, query_id: str) -> None:
        assert query_id

    def put_away(self, chat_id: int, message_id: int) -> None:
        assert chat_id and message_id

    def leave(self, chat_id: int, language: str, *, may_speak: bool) -> None:
        assert chat_id < 0


class Door:
    """The webhook's route over ASGI with a real database, without a server around it."""

    def __init__(self, database: Database, folder: Path) -> None:
        async def gone(_: Any) -> bytes:
            raise FileRefused(GONE)

        self.database = database
        self.announced: list[int] = []
        self.app = FastAPI()
        self.intake = TelegramIntake(
            TelegramSettings(LOCAL_TOKEN, Mode.WEBHOOK, SECRET, api_url="http://127.0.0.1:9"),
            database,
            self.announced.append,
            MediaCollector(database, "telegram", gone, folder, 1024),
            NoAftercare(),
            timedelta(hours=1),
        )
        self.app.include_router(telegram_router(self.intake))
        self.runner = asyncio.Runner()

    def post(self, *bodies: bytes, headers: dict[str, str] | None = None) -> list[int]:
        """The status of each body, posted at once."""
        return self.runner.run(self._post(bodies, headers))

    async def _post(self, bodies: tuple[bytes, ...], headers: dict[str, str] | None) -> list[int]:
        transport = httpx.ASGITransport(self.app)
        url = "http://test" + WEBHOOK_PATH
        async with httpx.AsyncClient(transport=transport) as client:
            calls = [
                client.post(
                    url, content=body, headers={HEADER: SECRET} if headers is None else headers
                )
                for body in bodies
            ]
            answers = await asyncio.gather(*calls)
        await self.intake.collector.idle()
        return [answer.status_code for answer in answers]

    def stored(self) -> int:
        with self.database.reading() as session:
            return session.scalar(select(func.count()).select_from(Message)) or 0


@pytest.fixture
def door(backend: str, make_database: Any, tmp_path: Path) -> Iterator[Door]:
    door = Door(make_database(backend), tmp_path)
    yield door
    door.runner.close()


def as_json(body: Any) -> bytes:
    """JSON as sloppy senders write it, NaN and halves of characters included."""
    return json.dumps(body).encode()


@pytest.mark.parametrize(
    "headers",
    [{}, {HEADER: ""}, {HEADER: SECRET[:-1]}, {HEADER: SECRET + "x"}, {HEADER: "sécret"},
     {"Authorization": SECRET}],
)  # fmt: skip
def test_nobody_is_believed_without_the_secret(door: Door, headers: dict[str, str]) -> None:
    encoded = {name: value.encode() for name, value in headers.items()}
    body = as_json(updates.update(text="ciao"))
    assert door.post(body, headers=encoded) == [403]  # type: ignore[arg-type]
    assert door.stored() == 0


def test_without_a_secret_of_ours_nobody_comes_in(door: Door) -> None:
    object.__setattr__(door.intake.settings, "secret", "")
    assert door.post(as_json(updates.update(text="ciao")), headers={HEADER: ""}) == [403]
    assert door.post(as_json(updates.update(text="ciao")), headers={}) == [403]
    assert door.stored() == 0


@pytest.mark.parametrize(
    "body",
    [b"", b"ciao", b"{", b"[]", b"null", b"1", b'"x"', b"{}", b'{"update_id": "1"}',
     b'{"update_id": true}', b'{"update_id": -1}', b'{"update_id": 9223372036854775808}',
     b'{"update_id": 1.5}', b"\xff\xfe", b"[" * 100_000, b'{"update_id": NaN}'],
)  # fmt: skip
def test_what_is_no_update_is_refused(door: Door, body: bytes) -> None:
    assert door.post(body) == [400]
    assert door.stored() == 0


def test_deeply_nested_is_harmless(door: Door) -> None:
    deep: Any = {}
    for _ in range(800):
        deep = {"chat": deep}
    assert door.post(as_json({"update_id": 1, "message": deep})) == [200]
    assert door.stored() == 0


def test_a_body_over_the_limit_is_refused_early(door: Door) -> None:
    taken = 0

    async def flood() -> Any:
        nonlocal taken
        for _ in range(10_000):
            taken += 64 * 1024
            yield b" " * 64 * 1024

    async def send() -> tuple[int, int]:
        transport = httpx.ASGITransport(door.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            streamed = await client.post(WEBHOOK_PATH, content=flood(), headers={HEADER: SECRET})
            announced = await client.post(
                WEBHOOK_PATH, content=b"{}",
                headers={HEADER: SECRET, "content-length": str(BODY_LIMIT + 1)},
            )  # fmt: skip
        return streamed.status_code, announced.status_code

    assert door.runner.run(send()) == (413, 413)
    assert taken <= BODY_LIMIT + 2 * 64 * 1024, "the rest was never asked for"
    assert door.stored() == 0


def test_every_kind_of_update_is_taken(door: Door) -> None:
    bodies = [as_json(one) for one in updates.examples()]
    assert door.post(*bodies) == [200] * len(bodies)
    assert door.stored() == 19, "what a customer said, shared or pressed; nothing else"
    assert door.post(*bodies) == [200] * len(bodies)
    assert door.stored() == 19, "again is not twice"


def test_what_cannot_be_stored_is_not_acknowledged(door: Door) -> None:
    body = as_json(updates.update(text="ciao"))
    with door.database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE message RENAME TO away")
    assert door.post(body) == [503]
    with door.database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO message")
    assert door.post(body) == [200]
    assert door.stored() == 1


@settings(
    max_examples=max(BODIES // AT_ONCE, 1),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(
    st.lists(
        st.binary(max_size=400) | updates.bent().map(as_json), min_size=AT_ONCE, max_size=AT_ONCE
    )
)
def test_no_body_is_too_much(door: Door, bodies: list[bytes]) -> None:
    """Signed or not: never a 5xx; unsigned: never a stored message."""
    before = door.stored()
    assert set(door.post(*bodies, headers={HEADER: "forged"})) == {403}
    assert door.stored() == before
    assert set(door.post(*bodies)) <= {200, 400}
