"""The transcripts themselves: enough of them, each its own, none of them vague."""

import re
from collections import Counter

import pytest

from tests.dialogue.transcript import TRANSCRIPTS, Transcript, phrases, read_transcripts

ALL = read_transcripts()
LEAST = {"it": 120, "en": 60}
ADDRESS = re.compile(r"[\w.-]+@example\.(?:it|org|com)")


def texts(transcript: Transcript) -> list[str]:
    """What the customer types, facts about themselves left out."""
    typed = [str(step["you"]) for step in transcript.conversation if "you" in step]
    return [text.lower() for text in typed if not ADDRESS.search(text) and len(text.split()) > 4]


def test_there_are_enough_in_both_languages() -> None:
    told = Counter(transcript.language for transcript in ALL)
    assert all(told[language] >= least for language, least in LEAST.items()), told


def test_no_long_sentence_is_said_twice() -> None:
    said = Counter(text for transcript in ALL for text in set(texts(transcript)))
    assert [text for text, times in said.items() if times > 2] == []


def test_own_customers_belong_to_one_transcript() -> None:
    """So that conversations that are had at once do not change each other's people."""
    owners = Counter(
        address for transcript in ALL for address in {told["email"] for told in transcript.given}
    )
    assert [address for address, times in owners.items() if times > 1] == []


@pytest.mark.parametrize("transcript", ALL, ids=lambda transcript: transcript.name)
def test_every_answer_is_expected_by_name(transcript: Transcript) -> None:
    expected = [name for step in transcript.conversation for name in _names(step.get("bot"))]
    assert expected, "the bot is never checked"
    for name in expected:
        stem = name.rstrip("*")
        assert len(stem) > len("utter_") and any(n.startswith(stem) for n in phrases().names())


def _names(expected: str | list[str] | None) -> list[str]:
    return [expected] if isinstance(expected, str) else expected or []


def test_only_transcripts_lie_in_the_folder() -> None:
    assert {path.suffix for path in TRANSCRIPTS.rglob("*") if path.is_file()} == {".yml"}
