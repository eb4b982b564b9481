"""Tells waiting coroutines that something new was said in a conversation."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager


class Wakeups:
    """Within one process and one event loop: `notify` wakes everybody who listens."""

    def __init__(self) -> None:
        self._listeners: dict[int, set[asyncio.Event]] = defaultdict(set)

    @contextmanager
    def listening(self, conversation_id: int) -> Iterator[asyncio.Event]:
        """An event that is set whenever something happens in the conversation.

        Listen before looking into the log, so that nothing falls between the two.
        """
        heard = asyncio.Event()
        self._listeners[conversation_id].add(heard)
        try:
            yield heard
        finally:
            self._listeners[conversation_id].discard(heard)
            if not self._listeners[conversation_id]:
                del self._listeners[conversation_id]

    def notify(self, conversation_id: int) -> None:
        """Wake everybody who listens to a conversation. Call it from the event loop."""
        for heard in self._listeners.get(conversation_id, ()):
            heard.set()
