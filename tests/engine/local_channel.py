"""A platform in the same process: remembers what it took, fails as real ones do."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from enum import StrEnum

from integrations.channels.port import Later, Outbound, Outcome, Refused, Sent, Unknown

NAME = "local"


class Luck(StrEnum):
    """What happens to one call."""

    REFUSED = "refused"
    LATER = "later"
    ANSWER_LOST = "taken, but the answer was lost"
    CALL_LOST = "not taken, and nobody knows"
    RAISES = "breaks its promise not to raise"


class LocalChannel:
    """Takes messages. `before` looks at each call as it comes in."""

    name = NAME

    def __init__(self, before: Callable[[Outbound], None] = lambda outbound: None) -> None:
        self.before = before
        self.seconds = 0.0
        self.luck: deque[Luck] = deque()
        self.meanwhile: deque[Callable[[], None]] = deque()
        self.taken: list[Outbound] = []
        self.overlaps: list[int] = []
        self._present: Counter[int] = Counter()

    async def send(self, outbound: Outbound) -> Outcome:
        """Take a message, or not."""
        if self._present[outbound.conversation_id]:
            self.overlaps.append(outbound.conversation_id)
        self._present[outbound.conversation_id] += 1
        try:
            return await self._send(outbound)
        finally:
            self._present[outbound.conversation_id] -= 1

    async def _send(self, outbound: Outbound) -> Outcome:
        self.before(outbound)
        if self.meanwhile:
            await asyncio.to_thread(self.meanwhile.popleft())
        await asyncio.sleep(self.seconds)
        match self.luck.popleft() if self.luck else None:
            case Luck.REFUSED:
                return Refused("blocked", "the customer has blocked us")
            case Luck.LATER:
                return Later(0.0, "too many requests")
            case Luck.CALL_LOST:
                return Unknown("connection lost")
            case Luck.RAISES:
                raise RuntimeError("a defect")
            case Luck.ANSWER_LOST:
                self.taken.append(outbound)
                return Unknown("no answer")
            case _:
                self.taken.append(outbound)
                return Sent([f"p{len(self.taken)}-{outbound.message_id}"])
