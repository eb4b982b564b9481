"""Many deliveries at once, on SQLite and on PostgreSQL: nothing lost, nothing twice.

What is tried here goes through the webhook itself, several calls at the same time; a delivery that
is not answered with 200 comes again, as from the platform.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from crm.conversation.models import PlatformMessage, State
from crm.db import Database
from crm.profile.models import ChannelIdentity
from tests.integrations.whatsapp.payloads import Door, delivery, status, text
from tests.postgres import backend, database, make_database, postgres, templates

__all__ = ["backend", "database", "make_database", "postgres", "templates"]

PEOPLE = [f"3934788000{number:02d}" for number in range(8)]
USER_IDS = [f"IT.{number:020d}" for number in range(8)]
REPORTS = ("sent", "delivered", "read")


def everything(dice: random.Random) -> list[dict[str, Any]]:
    """Deliveries with what eight people say and what becomes of 20 messages, each three times."""
    said = [
        {**text(f"{number}", wamid=f"wamid.{person}.{number}", ago=60 - number), "from": person}
        for person in PEOPLE
        for number in range(6)
    ]
    for message in dice.sample(said, 16):
        message["from_user_id"] = USER_IDS[PEOPLE.index(message["from"])]
    reports = [status(f"wamid.out{n}", state) for n in range(20) for state in REPORTS]
    pool: list[tuple[str, dict[str, Any]]] = [("messages", one) for one in said]
    pool += [("statuses", one) for one in reports]
    pool = pool * 3
    dice.shuffle(pool)
    batches = [pool[start : start + 5] for start in range(0, len(pool), 5)]
    return [delivery(**grouped(batch)) for batch in batches]


def grouped(batch: list[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    value: dict[str, list[Any]] = {"messages": [], "statuses": []}
    for name, one in batch:
        value[name].append(one)
    return value


async def bring_until_taken(door: Door, given_: dict[str, Any], answers: Counter[int]) -> None:
    for _ in range(20):
        answer = await door.bring(given_)
        answers[answer] += 1
        if answer == 200:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("never taken")


async def test_many_deliveries_at_once(database: Database, tmp_path: Path) -> None:
    door = Door(tmp_path, database)
    answers: Counter[int] = Counter()
    deliveries = everything(random.Random(7))
    for start in range(0, len(deliveries), 12):
        wave = deliveries[start : start + 12]
        await asyncio.gather(*(bring_until_taken(door, one, answers) for one in wave))
    messages = door.messages()
    expected = {f"wamid.{person}.{number}" for person in PEOPLE for number in range(6)}
    assert Counter(one.external_id for one in messages) == Counter(expected)
    with database.reading() as session:
        parts = session.scalars(select(PlatformMessage)).all()
        identities = session.scalars(select(ChannelIdentity)).all()
    assert Counter(one.external_id for one in parts) == Counter(f"wamid.out{n}" for n in range(20))
    assert {one.state for one in parts} == {State.READ}
    assert len(identities) == len({one.conversation_id for one in messages}) == len(PEOPLE)
    assert sorted(one.details["phone"] for one in identities) == PEOPLE
    await door.close()


EXAMPLES = count(1)


@pytest.fixture(scope="module")
def reports_door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    door = Door(tmp_path_factory.mktemp("reports"))
    yield door
    door.database.close()


events = st.lists(
    st.tuples(st.sampled_from([*REPORTS, "failed", "played", "warning"]), st.integers(0, 1)),
    min_size=1,
    max_size=8,
)


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(told=events)
async def test_states_only_go_forward_in_whatever_order(
    reports_door: Door, told: list[tuple[str, int]]
) -> None:
    door, example = reports_door, next(EXAMPLES)
    rank = {"sent": 0, "delivered": 1, "read": 2, "played": 2}
    seen: dict[str, State] = {}
    for state, number in told:
        wamid = f"wamid.{example}.{number}"
        async with door.caller() as client:
            given_ = delivery(statuses=[status(wamid, state)])
            assert await door.bring(given_, client) == 200
        with door.database.reading() as session:
            part = session.scalar(select(PlatformMessage).filter_by(external_id=wamid))
        if part is None:
            assert state == "warning"
            continue
        before, seen[wamid] = seen.get(wamid), part.state
        if before in (State.FAILED, State.READ):
            assert part.state == before
        elif before is not None and part.state != State.FAILED:
            assert rank[part.state.value] >= rank[before.value]
