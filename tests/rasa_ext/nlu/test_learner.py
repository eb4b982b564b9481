"""Rasa trains a component again when a file that it learns from has changed."""

from pathlib import Path

import pytest

from bot.rasa_ext.nlu.entities.component import PatternEntities
from bot.rasa_ext.nlu.intents.assent import AssentGuard
from bot.rasa_ext.nlu.intents.component import IntentClassifier
from bot.rasa_ext.nlu.learner import Learner
from bot.rasa_ext.nlu.mood import MoodScorer


@pytest.mark.parametrize(
    ("kind", "setting"),
    [
        (MoodScorer, "data"),
        (MoodScorer, "concepts"),
        (IntentClassifier, "concepts"),
        (AssentGuard, "doubts"),
    ],
)
def test_other_contents_other_fingerprint(
    kind: type[Learner], setting: str, tmp_path: Path
) -> None:
    file = tmp_path / "learnt.txt"
    config = {setting: [str(file)] if setting == "data" else str(file)}
    missing = kind.fingerprint_addon(config)
    file.write_text("one: uno")
    first = kind.fingerprint_addon(config)
    file.write_text("two: due")
    second = kind.fingerprint_addon(config)
    file.write_text("one: uno")
    assert len({missing, first, second}) == 3
    assert kind.fingerprint_addon(config) == first


def test_what_moves_from_one_file_to_the_next_is_a_change(tmp_path: Path) -> None:
    one, other = tmp_path / "it.csv", tmp_path / "en.csv"
    fingerprints = set()
    for contents in (("ab", "c"), ("a", "bc")):
        one.write_text(contents[0])
        other.write_text(contents[1])
        fingerprints.add(MoodScorer.fingerprint_addon({"data": [str(one), str(other)]}))
    assert len(fingerprints) == 2


@pytest.mark.parametrize("kind", [PatternEntities, AssentGuard])
def test_without_a_file_there_is_a_fingerprint_too(kind: type[Learner]) -> None:
    assert kind.fingerprint_addon(kind.get_default_config()) == kind.fingerprint_addon({})
