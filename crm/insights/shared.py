"""What several figures of one page need alike, looked up by the first that asks."""

from collections import defaultdict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar

Found = TypeVar("Found")


class Shared:
    """Findings of one page by name; its figures are counted in several threads at a time."""

    def __init__(self) -> None:
        self._entry = Lock()
        self._locks: defaultdict[Hashable, Lock] = defaultdict(Lock)
        self._found: dict[Hashable, Any] = {}

    def once(self, what: Hashable, look_up: Callable[[], Found]) -> Found:
        """What was found under a name; who asks while it is being looked up waits for it."""
        with self._entry:
            lock = self._locks[what]
        with lock:
            if what not in self._found:
                self._found[what] = look_up()
        found: Found = self._found[what]
        return found
