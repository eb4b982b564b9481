"""The mood of a message, read by the scorer as config.yml sets it."""

from pathlib import Path

import pytest
import yaml
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.rasa_ext.nlu.mood import MoodData, MoodScorer, read_moods
from bot.rasa_ext.report.pipeline import CONFIG, create_component
from tests.rasa_ext.nlu.conftest import loaded_again, made


@pytest.fixture(scope="module")
def mood_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mood")


@pytest.fixture(scope="module")
def scorer(assistant_data: TrainingData, mood_folder: Path) -> MoodScorer:
    parts = yaml.safe_load(CONFIG.read_text())["pipeline"]
    settings = next(part for part in parts if part["name"].endswith("MoodScorer"))
    component = create_component(settings, mood_folder)
    component.train(assistant_data)
    return component


def mood_of(scorer: MoodScorer, text: str) -> tuple[str, float]:
    message = Message({"text": text})
    scorer.process([message])
    return message.get("mood"), message.get("mood_score")


@pytest.mark.parametrize(
    ("text", "mood"),
    [
        ("SIETE DEI LADRI, RIDATEMI I SOLDI!!!", "angry"),
        ("vergognatevi, è una presa in giro", "angry"),
        ("this is outrageous, you are useless!!", "angry"),
        ("sono davvero delusa, mi aspettavo di meglio", "unhappy"),
        ("I'm disappointed, it broke after a week", "unhappy"),
        ("dov'è il mio ordine?", "neutral"),
        ("38068", "neutral"),
        ("what time do you open", "neutral"),
        ("siete fantastici, grazie mille!", "happy"),
        ("I love it, thank you so much 😍", "happy"),
    ],
)
def test_moods(scorer: MoodScorer, text: str, mood: str) -> None:
    assert mood_of(scorer, text)[0] == mood


def test_the_score_follows_the_mood(scorer: MoodScorer) -> None:
    said = (
        "siete dei truffatori schifosi!!!",
        "non sono molto contenta",
        "che ore sono",
        "bravi!!",
    )
    scores = [mood_of(scorer, text)[1] for text in said]
    assert scores == sorted(scores)
    assert -1 <= scores[0] < 0 < scores[-1] <= 1


@pytest.mark.parametrize("text", ["", "   "])
def test_nothing_said_is_neutral(scorer: MoodScorer, text: str) -> None:
    assert mood_of(scorer, text) == ("neutral", 0.0)


def test_the_same_after_loading(scorer: MoodScorer, mood_folder: Path) -> None:
    again = loaded_again(MoodScorer, mood_folder)
    for text in ("basta, sono furioso", "tutto ok", "lovely 😊"):
        assert mood_of(again, text) == mood_of(scorer, text)


def test_an_untrained_scorer_says_so(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="not trained"):
        mood_of(made(MoodScorer, tmp_path), "ciao")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfigException, match="no-such-file"):
        made(MoodScorer, tmp_path, data=["no-such-file.csv"]).train(TrainingData())


def test_a_mood_without_examples_is_named(tmp_path: Path) -> None:
    moods = tmp_path / "moods.csv"
    moods.write_text("text,mood\nbasta,angry\nbello,happy\n", encoding="utf-8")
    with pytest.raises(InvalidConfigException, match=r"neutral.*unhappy"):
        made(MoodScorer, tmp_path, data=[str(moods)]).train(TrainingData())


def test_an_unknown_mood_is_named_with_its_line(tmp_path: Path) -> None:
    moods = tmp_path / "moods.csv"
    moods.write_text("text,mood\nciao,neutral\nboh,sleepy\n", encoding="utf-8")
    with pytest.raises(MoodData, match=r"line 3 of .*moods\.csv"):
        read_moods(moods)
