"""Reads what customers may have said from talks.yml, and questions with their answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from app.demo.content import COMPANY, read_yaml

LANGUAGES = ("it", "en")
UNDERSTOOD = "ask_question"


@dataclass(frozen=True)
class Exchange:
    """One of the wordings is said; the answer is a response's name or words."""

    says: Sequence[str]
    read: str
    answer: str
    mood: str = "neutral"


@dataclass(frozen=True)
class Scene:
    """What happens in a visit. An exchange that is None is any question with its answer.

    Attributes:
        known: only who is recognised gets here.
        offer: something is recommended.
        ticket: the category of the ticket that is opened, if one is.
        person: the cause for which a person is called, if one is.
    """

    name: str
    weight: float
    exchanges: Mapping[str, Sequence[Exchange | None]]
    known: bool = False
    offer: bool = False
    ticket: str = ""
    person: str = ""


@dataclass(frozen=True)
class Script:
    """Everything that may be said, by language where it depends on it."""

    scenes: Sequence[Scene]
    questions: Mapping[str, Sequence[Exchange]]
    greeting: Mapping[str, Exchange]
    thanks: Mapping[str, Exchange]
    taken_over: Mapping[str, Mapping[str, Sequence[str]]]
    waiting: Sequence[Mapping[str, Any]]


@cache
def read_script() -> Script:
    """The script as it is written."""
    written = read_yaml(COMPANY / "talks.yml")
    return Script(
        scenes=[*map(_scene, written["scenes"]), *_unmet(written["unmet"])],
        questions={language: list(_questions(language)) for language in LANGUAGES},
        greeting=_small(written["greeting"], "greet", "neutral"),
        thanks=_small(written["thanks"], "thank", "happy"),
        taken_over=written["taken_over"],
        waiting=written["waiting"],
    )


def _scene(entry: Mapping[str, Any]) -> Scene:
    return Scene(
        name=entry["name"],
        weight=entry["weight"],
        exchanges={one: [_exchange(turn) for turn in entry[one]] for one in LANGUAGES},
        known=entry.get("known", False),
        offer=entry.get("offer", False),
        ticket=entry.get("ticket", ""),
        person=entry.get("person", ""),
    )


def _exchange(turn: Mapping[str, Any]) -> Exchange | None:
    return None if turn.get("question") else Exchange(**turn)


def _unmet(topics: Sequence[Mapping[str, Any]]) -> Iterator[Scene]:
    """Each topic that the assistant knows nothing of is a scene of its own."""
    for number, topic in enumerate(topics, 1):
        told = {one: [Exchange(topic[one], topic["read"], topic["answer"])] for one in LANGUAGES}
        yield Scene(f"unmet_{number}", topic["weight"], told)


def _questions(language: str) -> Iterator[Exchange]:
    """The company's own questions, in all their wordings."""
    for path in sorted((COMPANY / "questions").glob("*.yml")):
        for entry in read_yaml(path):
            says = [entry["question"][language], *entry.get("also", {}).get(language, ())]
            yield Exchange(says, UNDERSTOOD, entry["answer"][language])


def _small(entry: Mapping[str, Any], read: str, mood: str) -> dict[str, Exchange]:
    return {
        one: Exchange(entry[one]["says"], read, entry[one]["answer"], mood) for one in LANGUAGES
    }
