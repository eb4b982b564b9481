"""Reads and replays transcripts: what the customer says, what the bot says, what is written.

`docs/transcripts.md` explains the form of a transcript, step by step.
"""

import re
import time
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select

from actions.phrases import Phrases
from app.settings import ROOT
from crm.db import Database
from crm.profile.models import Customer
from tests.dialogue.given import settle
from tests.dialogue.later import duration, let_pass
from tests.live.instance import Instance
from tests.live.visitor import Visitor

TRANSCRIPTS = Path(__file__).parent / "transcripts"
# Responses with so few characters of their own are known by what they are not.
MOSTLY_VALUES = 12
ERASED_SECONDS = 70
LONG_TEXT = 2_500
WRONG_CODE = "000000"


@dataclass
class Transcript:
    """A conversation to be had, and what it must leave behind."""

    path: Path
    language: str
    conversation: list[dict[str, Any]]
    written: dict[str, Any] = field(default_factory=dict)
    given: list[dict[str, Any]] = field(default_factory=list)
    misread: str = ""

    @property
    def name(self) -> str:
        return str(self.path.relative_to(TRANSCRIPTS).with_suffix(""))

    @property
    def mailed(self) -> list[str]:
        """The addresses whose mail it reads."""
        return sorted({str(step["code"]) for step in self.conversation if "code" in step})


def read_transcripts() -> list[Transcript]:
    """All transcripts, by folder and name."""
    return [
        Transcript(path, **yaml.safe_load(path.read_text()))
        for path in sorted(TRANSCRIPTS.rglob("*.yml"))
    ]


class Replay:
    """One visitor having one conversation."""

    def __init__(self, instance: Instance, stored: Database, transcript: Transcript) -> None:
        self._instance = instance
        self._stored = stored
        self._transcript = transcript
        self.visitor = Visitor(instance.url, transcript.language)
        self._language = transcript.language
        self._answer: list[dict[str, Any]] = []

    def run(self) -> None:
        """Have the whole conversation.

        Raises:
            AssertionError: the bot said something else; the message tells where.
        """
        settle(self._stored, self._transcript.given)
        for number, step in enumerate(self._transcript.conversation, 1):
            ((kind, value),) = step.items()
            try:
                getattr(self, f"_{kind}")(value)
            except AssertionError as problem:
                raise AssertionError(f"step {number}, {kind} {value!r}: {problem}") from None

    def _you(self, text: str) -> None:
        self._after(lambda: self.visitor.say(str(text)))

    def _long(self, text: str) -> None:
        """The same said over and over, until it is longer than can be understood."""
        self._you(" ".join([text] * (LONG_TEXT // len(text) + 1)))

    def _press(self, title: str) -> None:
        self._after(lambda: self.visitor.press(title))

    def _code(self, address: str) -> None:
        mails = [mail for mail in self._instance.mailbox() if mail["to"] == address]
        assert mails, f"no mail to {address}"
        code = re.search(r"\b\d{6}\b", mails[0]["text"])
        assert code, mails[0]["text"]
        self._you(code.group())

    def _wrong_code(self, times: int) -> None:
        for _ in range(times):
            self._you(WRONG_CODE)

    def _wait(self, time: str) -> None:
        trackers = self._instance.home / "trackers.db"
        let_pass(self._stored, trackers, self.visitor.session_id, duration(time))

    def _gone(self, address: str) -> None:
        """Wait until nobody with this address is left: the erasure is a job of its own."""
        end = time.monotonic() + ERASED_SECONDS
        while self._is_there(address):
            assert time.monotonic() < end, "there is still somebody with this address"
            time.sleep(0.5)

    def _is_there(self, address: str) -> bool:
        with self._stored.reading() as session:
            return session.scalar(select(Customer.id).filter_by(email=address)) is not None

    def _after(self, act: Any) -> None:
        before = len(self.visitor.messages)
        was_waiting = self.visitor.mode != "bot"
        act()
        if was_waiting:  # whether the bot answers again shows in a moment only
            self.visitor.fetch(wait=3)
        new = self.visitor.messages[before:]
        self._answer = [message for message in new if message["role"] != "customer"]

    def _bot(self, expected: str | list[str]) -> None:
        patterns = [expected] if isinstance(expected, str) else expected
        said = [message["text"] for message in self._answer]
        matches = len(patterns) == len(said) and all(map(self._is_said, patterns, said))
        assert matches, f"the bot said {[name_of(text) for text in said]}: {said}"

    def _is_said(self, pattern: str, text: str) -> bool:
        names = [name for name in phrases().names() if fnmatchcase(name, pattern)]
        assert names, f"the domain has no response {pattern}"
        return any(is_response(name, text, self._language) for name in names) and not any(
            is_response(better, text, self._language)
            for better in more_exact(names, self._language)
        )

    def _in(self, language: str) -> None:
        self._language = language

    def _offers(self, titles: str | list[str]) -> None:
        wanted = [titles] if isinstance(titles, str) else titles
        offered = [button["title"] for message in self._answer for button in message["buttons"]]
        missing = [title for title in wanted if title not in offered]
        assert not missing, f"the bot offered {offered}"

    def _shows(self, text: str) -> None:
        said = "\n".join(_everything(message) for message in self._answer)
        assert str(text).lower() in said.lower(), f"not in {said!r}"

    def _hides(self, text: str) -> None:
        said = "\n".join(
            _everything(message)
            for message in self.visitor.messages
            if message["role"] != "customer"
        )
        assert str(text).lower() not in said.lower(), f"{text!r} was shown"


def _everything(message: dict[str, Any]) -> str:
    cards = [f"{card['title']} {card.get('subtitle', '')}" for card in message["cards"]]
    return "\n".join([message["text"], *cards])


@cache
def phrases() -> Phrases:
    """The bot's texts."""
    return Phrases.load(ROOT / "bot" / "domain")


def is_response(name: str, text: str, language: str) -> bool:
    """Whether a text is this response, whatever its values, in the conversation's language."""
    return bool(_pattern(name, language).fullmatch(text.strip()))


@cache
def _pattern(name: str, language: str) -> re.Pattern[str]:
    template = str(phrases().variant(name, language)["text"]).strip()
    parts = [re.escape(part) for part in re.split(r"\{\w+\}", template)]
    return re.compile("(?s:.*?)".join(parts))


@cache
def _exactness(name: str, language: str) -> int:
    """How many characters of a response are its own and not a value's."""
    return len(re.sub(r"\{\w+\}|\s", "", str(phrases().variant(name, language)["text"])))


def more_exact(names: list[str], language: str) -> list[str]:
    """The responses that say more of their own: a text that is one of these is none of the others.

    An answer's text is all value: without this it could be any response.
    """
    least = max(_exactness(name, language) for name in names)
    if least > MOSTLY_VALUES:
        return []
    return [name for name in phrases().names() if _exactness(name, language) > MOSTLY_VALUES]


def name_of(text: str) -> str:
    """The most exact response that a text can be, for messages of failed tests."""
    found = [
        name
        for name in phrases().names()
        for language in ("it", "en")
        if is_response(name, text, language)
    ]
    best = max(found, key=lambda name: _exactness(name, "it"), default=text)
    return best if best == text or _exactness(best, "it") > MOSTLY_VALUES else "utter_answer"
