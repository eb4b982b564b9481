"""What holds personal data beside the database; put together by the app."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from crm.privacy.person import Marks


class Dialogues(Protocol):
    """Where the assistant remembers what it talked about in each conversation."""

    def erase(self, conversations: Collection[int], marks: Marks) -> int:
        """Forget these conversations, and all in which a mark occurs; how many there were."""

    def count(self, conversations: Collection[int]) -> int:
        """How many of these conversations are remembered."""

    def wipe(self) -> bool:
        """Let nothing of it remain in free space; whether that could be done now."""


class Files(Protocol):
    """Where the files lie that customers sent."""

    def read(self, name: str) -> bytes | None:
        """A file's content, if it is there."""

    def remove(self, name: str) -> bool:
        """Delete a file; whether it was there."""

    def names(self, older: timedelta) -> Collection[str]:
        """The names of the files that are older than this."""


class NoDialogues:
    """An assistant that remembers nothing."""

    def erase(self, conversations: Collection[int], marks: Marks) -> int:
        return 0

    def count(self, conversations: Collection[int]) -> int:
        return 0

    def wipe(self) -> bool:
        return True


class NoFiles:
    """No files at all."""

    def read(self, name: str) -> bytes | None:
        return None

    def remove(self, name: str) -> bool:
        return False

    def names(self, older: timedelta) -> Collection[str]:
        return ()


@dataclass(frozen=True)
class Outside:
    """The dialogues and the files."""

    dialogues: Dialogues = field(default_factory=NoDialogues)
    files: Files = field(default_factory=NoFiles)
