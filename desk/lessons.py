"""What the staff can teach the assistant, and the door through which it goes (R24)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import comb
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


@dataclass(frozen=True)
class KeptExample(Example):
    """An example that waits for review, known by its key."""

    key: str = ""
    at: str = ""


@dataclass(frozen=True)
class Changed:
    """A sentence that is read otherwise with the examples than without them."""

    text: str
    intent: str
    before: str
    after: str


@dataclass(frozen=True)
class Verdict:
    """What examples do to the understanding of the sentences kept out of the training.

    Attributes:
        keys: the examples that were tried.
        better, worse: sentences read rightly only with, or only without the examples.
        lessons: how the examples themselves are read.
    """

    keys: frozenset[str]
    sentences: int
    right_before: int
    right_after: int
    better: Sequence[Changed] = ()
    worse: Sequence[Changed] = ()
    lessons: Sequence[Changed] = ()

    @property
    def chance(self) -> float:
        """How often mere chance would part so many changed sentences at least so unevenly.

        Training anew changes some readings by itself: an exact sign test over those that changed.
        """
        many, fewer = len(self.better) + len(self.worse), min(len(self.better), len(self.worse))
        tail: float = sum(comb(many, number) for number in range(fewer + 1)) / 2**many
        return min(1.0, 2 * tail)


class TrialState(StrEnum):
    """How far a trial is."""

    NONE = "none"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class Trial:
    """The last trial of examples: the step it is at, or its verdict."""

    state: TrialState = TrialState.NONE
    step: str = ""
    verdict: Verdict | None = None


class NotTried(ValueError):
    """Examples are accepted only after a trial of exactly these."""


class Review(Protocol):
    """The examples that wait: tried, then accepted or refused."""

    def waiting(self) -> Sequence[KeptExample]:
        """Those that nobody has decided on, the oldest first."""
        ...

    def trial(self) -> Trial:
        """The last trial; one of other examples than those waiting says nothing any more."""
        ...

    def start_trial(self) -> None:
        """Begin to try all that wait, in the background; nothing happens while one runs."""
        ...

    def accept(self) -> int:
        """Teach what was tried, from the next training on; how many examples.

        Raises:
            NotTried: they were not tried, or others have come since.
        """
        ...

    def refuse(self, keys: Sequence[str]) -> None:
        """Put examples aside; the assistant never learns from them."""
        ...


class Teacher(Protocol):
    """Where lessons go. Both calls may take seconds and are made from a thread."""

    def teach_answer(self, answer: Answer) -> None:
        """Let the assistant know an answer from now on."""
        ...

    def keep_example(self, example: Example) -> None:
        """Keep an example for the review of the training data."""
        ...

    @property
    def review(self) -> Review:
        """Where kept examples are tried and decided on."""
        ...
