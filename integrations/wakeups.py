"""Tells whoever waits that something new was said in a conversation."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

from crm.conversation.models import Work

Hear = Callable[[int], None]


class Wakeups:
    """Within one event loop: `notify` wakes everybody who listens, and tells other processes.

    Nothing depends on a wake-up but speed: whoever waits looks into the log from time to time.
    """

    def __init__(self) -> None:
        self._listeners: dict[int, set[asyncio.Event]] = defaultdict(set)
        self._subscribers: dict[Work, list[Hear]] = {work: [] for work in Work}
        self._messengers: list[Hear] = []

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

    def subscribe(self, hear: Hear, work: Work) -> None:
        """Have a function called with the id of every conversation in which there may be work."""
        self._subscribers[work].append(hear)

    def pass_on(self, tell: Hear) -> None:
        """Have a function tell other processes what is notified in this one."""
        self._messengers.append(tell)

    def notify(self, conversation_id: int, to_do: Collection[Work] = tuple(Work)) -> None:
        """Wake everybody who listens to a conversation. Call it from the event loop.

        Args:
            to_do: what work there may be now; nobody else is woken to look for some.
        """
        self.hear(conversation_id, to_do)
        for tell in self._messengers:
            tell(conversation_id)

    def hear(self, conversation_id: int, to_do: Collection[Work] = tuple(Work)) -> None:
        """Wake those who listen in this process: the news came from another one."""
        for heard in self._listeners.get(conversation_id, ()):
            heard.set()
        for work in to_do:
            for hear in self._subscribers[work]:
                hear(conversation_id)

    def hear_all(self) -> None:
        """Wake everybody: news may have been missed."""
        for conversation_id in list(self._listeners):
            self.hear(conversation_id)
