"""How long work tells where it is."""

from typing import Protocol


class Progress(Protocol):
    """Called with what is being done, how much is done, and how much there is."""

    def __call__(self, step: str, done: int, total: int) -> None:
        """Report; whoever asked for the work decides how it is shown."""
        ...


def silent(step: str, done: int, total: int) -> None:
    """Tell nobody."""
