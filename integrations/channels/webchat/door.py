"""Where listeners wait: for news of a conversation, or for a conversation's first message."""

import asyncio
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from integrations.wakeups import Wakeups

# Whatever might fail to wake a listener (a message stored by another process), it looks again.
LOOK_AGAIN_SECONDS = 5.0


class Door:
    """Lets listeners sleep until there is something for them, or until the server stops."""

    def __init__(self) -> None:
        self._newcomers = Wakeups()
        self._waiting: set[asyncio.Event] = set()
        self.is_closed = False

    @contextmanager
    def listening(
        self, wakeups: Wakeups, session_id: str, conversation_id: int | None
    ) -> Iterator[asyncio.Event]:
        """An event that is set when something happens to a session.

        Listen before looking into the log, so that nothing falls between the two.
        """
        if conversation_id is None:
            place = self._newcomers.listening(_number(session_id))
        else:
            place = wakeups.listening(conversation_id)
        with place as heard:
            self._waiting.add(heard)
            try:
                yield heard
            finally:
                self._waiting.discard(heard)

    def welcome(self, session_id: str) -> None:
        """Wake those who waited for a session's first message."""
        self._newcomers.notify(_number(session_id))

    def close(self) -> None:
        """Let everybody who waits go: the server stops."""
        self.is_closed = True
        for heard in self._waiting:
            heard.set()


async def sleep_until(heard: asyncio.Event, seconds: float) -> None:
    """Sleep until the event or the time-out, but not so long that a missed event would hurt."""
    with suppress(TimeoutError):
        async with asyncio.timeout(min(seconds, LOOK_AGAIN_SECONDS)):
            await heard.wait()


def _number(session_id: str) -> int:
    return int.from_bytes(hashlib.blake2b(session_id.encode(), digest_size=8).digest(), "big")
