"""How quickly messages are taken in while Rasa is busy, and how many turns it takes in a second.

The demo company with its real processes on this machine, the client included: two hundred
conversations are kept waiting for their answers, and all the while messages are posted to the web
chat at a steady pace. The pace does not wait for answers, so that a slow one delays no other.
"""

import asyncio
import itertools
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from tests.live.instance import Instance

Figure = dict[str, Any]

CONVERSATIONS = 200
BACKLOG_EACH = 2
PER_SECOND = 25
SECONDS = 20
FILLING_AT_ONCE = 16
SENTENCES = (
    "quanto costa la spedizione?",
    "che orari fate a Milano",
    "ciao, come va?",
    "how long does delivery take?",
    "grazie mille",
)


def run() -> list[Figure]:
    """The figures: acknowledgement under load, turns per second."""
    folder = Path(tempfile.mkdtemp(prefix="bottega-bench-"))
    instance = Instance(folder / "home", settings={"BOTTEGA_LOG_LEVEL": "warning"})
    try:
        instance.start()
        return asyncio.run(_measure(instance.url))
    finally:
        instance.stop()
        shutil.rmtree(folder, ignore_errors=True)


class Crowd:
    """Customers on the web chat, who write in turns."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._numbers = itertools.count(1)
        self._tokens: list[str] = []

    async def come(self, many: int) -> None:
        """Open so many conversations."""
        for _ in range(many):
            session = await self._client.post("/webchat/sessions", json={"locale": "it"})
            self._tokens.append(session.json()["token"])

    async def write(self) -> float:
        """The next one writes; milliseconds until it was taken in."""
        number = next(self._numbers)
        token = self._tokens[number % len(self._tokens)]
        body = {"client_message_id": f"m{number}", "text": SENTENCES[number % len(SENTENCES)]}
        began = time.perf_counter()
        answer = await self._client.post(
            "/webchat/messages", json=body, headers={"Authorization": f"Bearer {token}"}
        )
        answer.raise_for_status()
        return (time.perf_counter() - began) * 1000


async def _measure(url: str) -> list[Figure]:
    limits = httpx.Limits(max_connections=64, keepalive_expiry=2.0)  # before the server hangs up
    async with httpx.AsyncClient(base_url=url, timeout=60, limits=limits) as client:
        crowd = Crowd(client)
        await crowd.come(CONVERSATIONS)
        await _warm_up(client, crowd)
        await _fill(crowd, CONVERSATIONS * BACKLOG_EACH)
        handled, began = await _handled(client), time.perf_counter()
        waiting, times = await asyncio.gather(_watch(client), _write_steadily(crowd))
        turns = await _handled(client) - handled
        per_second = turns / (time.perf_counter() - began)
    return list(_figures(times, waiting, per_second))


async def _warm_up(client: httpx.AsyncClient, crowd: Crowd) -> None:
    for _ in range(20):
        await crowd.write()
    while await _waiting(client):
        await asyncio.sleep(0.2)


async def _fill(crowd: Crowd, many: int) -> None:
    """Have so many messages wait."""
    for _ in range(many // FILLING_AT_ONCE):
        await asyncio.gather(*(crowd.write() for _ in range(FILLING_AT_ONCE)))


async def _write_steadily(crowd: Crowd) -> list[float]:
    tasks = []
    for _ in range(PER_SECOND * SECONDS):
        tasks.append(asyncio.create_task(crowd.write()))
        await asyncio.sleep(1 / PER_SECOND)
    return await asyncio.gather(*tasks)


async def _watch(client: httpx.AsyncClient) -> list[float]:
    """How many messages wait, looked at now and then."""
    seen = []
    for _ in range(SECONDS // 4):
        seen.append(await _waiting(client))
        await asyncio.sleep(4)
    return seen


async def _waiting(client: httpx.AsyncClient) -> float:
    return await _metric(client, "bottega_turns_waiting")


async def _handled(client: httpx.AsyncClient) -> float:
    return await _metric(client, 'bottega_turns_total{outcome="answered"}')


async def _metric(client: httpx.AsyncClient, name: str) -> float:
    figures = (await client.get("/metrics")).text.splitlines()
    return next(float(line.split()[-1]) for line in figures if line.startswith(f"{name} "))


def _figures(times: list[float], waiting: list[float], per_second: float) -> Iterator[Figure]:
    hundredths = statistics.quantiles(times, n=100)
    aims = {"median": "", "99th percentile": "aim: below 50 ms"}
    for (name, aim), at in zip(aims.items(), (49, 98), strict=True):
        yield {
            "name": f"message taken in while {min(waiting):.0f} to {max(waiting):.0f} wait, {name}",
            "value": round(hundredths[at], 1),
            "unit": "ms",
            "compared_with": aim,
        }
    yield {
        "name": "turns under load, for each rasa process",
        "value": round(per_second, 1),
        "unit": "1/s",
        "compared_with": "",
    }
