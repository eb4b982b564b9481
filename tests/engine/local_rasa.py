"""A local server that speaks the turn protocol over a socket, and fails as real ones do.

It keeps to the promises of `bot/rasa_ext/channel.py`: a message id that was answered gets the same
answer again, a turn that failed leaves nothing behind. It notices when two turns of a conversation
overlap.
"""

import asyncio
import json
import threading
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from typing import Any

SECRET = "a-secret-of-the-tests"
Answer = list[dict[str, Any]]


class Fault(StrEnum):
    """What goes wrong with one turn."""

    FAILS = "fails"
    NOT_READY = "not ready"
    BREAKS_BEFORE = "breaks off before the work"
    BREAKS_AFTER = "breaks off after the work"
    NONSENSE = "answers no JSON"


REFUSALS = {
    Fault.NOT_READY: (503, b'{"code": "not_ready"}'),
    Fault.FAILS: (500, b'{"code": "turn_failed"}'),
}


def echo(body: dict[str, str]) -> Answer:
    """The simplest bot."""
    return [{"text": f"risposta a {body['message_id']}"}]


class LocalRasa:
    """Takes turns in a thread of its own.

    Args:
        act: what the bot does and says in a turn; raising makes the turn fail.
    """

    def __init__(self, act: Callable[[dict[str, str]], Answer] = echo) -> None:
        self.act = act
        self.seconds = 0.0
        self.faults: deque[Fault] = deque()
        self.meanwhile: deque[Callable[[], None]] = deque()
        self.answers: dict[str, Answer] = {}
        self.order: dict[str, list[int]] = defaultdict(list)
        self.overlaps: list[str] = []
        self.asked: Counter[str] = Counter()
        self.port = 0
        self._present: set[str] = set()
        self._writers: list[asyncio.StreamWriter] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._up = threading.Event()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()
        self._up.wait(30)

    def stop(self) -> None:
        """End it."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def forget(self) -> None:
        """Begin anew, for another database."""
        self.faults.clear()
        self.meanwhile.clear()
        self.answers.clear()
        self.order.clear()
        self.overlaps.clear()
        self.asked.clear()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            asyncio.start_server(self._connection, "127.0.0.1", 0, backlog=512)
        )
        self.port = server.sockets[0].getsockname()[1]
        self._up.set()
        self._loop.run_forever()
        server.close()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.run_until_complete(self._hang_up())
        self._loop.run_until_complete(self._loop.shutdown_default_executor())

    async def _hang_up(self) -> None:
        """Close what its visitors have left open."""
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.sleep(0.01)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            while await self._request(reader, writer):
                pass
        writer.close()

    async def _request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; False to break the connection off."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = next(
            (int(line.split(":")[1]) for line in head.split("\r\n") if "content-length" in line), 0
        )
        body = await reader.readexactly(length)
        if head.startswith("get"):
            return await _respond(writer, 200, b'{"ready": true}')
        if f"authorization: bearer {SECRET}" not in head:
            return await _respond(writer, 401, b'{"code": "unauthorized"}')
        return await self._turn(json.loads(body), writer)

    async def _turn(self, body: dict[str, str], writer: asyncio.StreamWriter) -> bool:
        fault = self.faults.popleft() if self.faults else None
        if fault == Fault.BREAKS_BEFORE:
            return False
        if fault in REFUSALS:
            return await _respond(writer, *REFUSALS[fault])
        answer = await self._answer(body)
        if fault == Fault.BREAKS_AFTER:
            return False
        if fault == Fault.NONSENSE:
            return await _respond(writer, 200, b"<html>")
        if answer is None:
            return await _respond(writer, 500, b'{"code": "action_failed", "action": "x"}')
        turn = {"replies": answer, "understanding": {"intent": {"name": "x"}}, "actions": []}
        return await _respond(writer, 200, json.dumps(turn).encode())

    async def _answer(self, body: dict[str, str]) -> Answer | None:
        conversation, message_id = body["conversation"], body["message_id"]
        self.asked[message_id] += 1
        if conversation in self._present:
            self.overlaps.append(conversation)
        self._present.add(conversation)
        try:
            if self.meanwhile:
                await asyncio.to_thread(self.meanwhile.popleft())
            await asyncio.sleep(self.seconds)
            if message_id not in self.answers:
                self.answers[message_id] = await asyncio.to_thread(self.act, body)
                self.order[conversation].append(int(message_id))
            return self.answers[message_id]
        except Exception:
            return None
        finally:
            self._present.discard(conversation)


async def _respond(writer: asyncio.StreamWriter, status: int, body: bytes) -> bool:
    head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n"
    writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    await writer.drain()
    return True
