"""What the staff can teach the assistant, and the door through which it goes (R24)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Answer:
    """What the assistant is to say to a question, and to those of the same meaning.

    Attributes:
        key: makes the answer known by a stable name.
        also: the question in other words.
    """

    key: str
    question: str
    text: str
    language: str
    also: Sequence[str] = ()


@dataclass(frozen=True)
class Example:
    """A message and the intent that the assistant should have read in it."""

    text: str
    intent: str
    language: str
    author: str


class Teacher(Protocol):
    """Where lessons go. Both calls may take seconds and are made from a thread."""

    def teach_answer(self, answer: Answer) -> None:
        """Let the assistant know an answer from now on."""
        ...

    def keep_example(self, example: Example) -> None:
        """Keep an example for the review of the training data."""
        ...
