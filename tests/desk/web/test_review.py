"""Examples wait, are tried by the real comparison on a small shop, and taught or refused (R24)."""

import json
import sys
import time
from pathlib import Path

import pytest
import yaml

from app.review import ReviewFolder
from app.settings import Settings
from app.taught import read_examples, taught_file
from app.training import assistant_model
from desk.lessons import Changed, Example, NotTried, Trial, TrialState, Verdict

WHERE = Example("dove sta il pacco", "track", "it", "Anna")
MONEY = Example("ridatemi [subito] i soldi\n(per favore)", "refund", "it", "Bruno")
LONGEST = 240


@pytest.fixture
def review(tmp_path: Path) -> ReviewFolder:
    return ReviewFolder(tmp_path / "review", tmp_path / "nlu" / "taught.yml")


def test_examples_wait_once_each(review: ReviewFolder) -> None:
    for example in (WHERE, MONEY, WHERE):
        review.keep(example)
    assert [(one.text, one.intent, one.author) for one in review.waiting()] == [
        (WHERE.text, "track", "Anna"), (MONEY.text, "refund", "Bruno"),
    ]  # fmt: skip


def test_nothing_is_taught_untried(review: ReviewFolder, tmp_path: Path) -> None:
    review.keep(WHERE)
    with pytest.raises(NotTried):
        review.accept()
    assert not (tmp_path / "nlu" / "taught.yml").exists()
    assert len(review.waiting()) == 1


def test_what_is_refused_is_put_aside(review: ReviewFolder, tmp_path: Path) -> None:
    review.keep(WHERE)
    review.keep(MONEY)
    review.refuse([review.waiting()[0].key])
    assert [one.intent for one in review.waiting()] == ["refund"]
    refused = json.loads((tmp_path / "review" / "refused.jsonl").read_text("utf-8"))
    assert (refused["text"], refused["author"]) == (WHERE.text, "Anna")


def test_examples_of_an_earlier_version_still_wait(tmp_path: Path) -> None:
    folder = tmp_path / "review"
    folder.mkdir()
    line = {"text": "ciao", "intent": "greet", "language": "it", "by": "Anna", "at": "2026-01-01"}
    (folder / "examples.jsonl").write_text(json.dumps(line) + "\n")
    (waiting,) = ReviewFolder(folder, tmp_path / "taught.yml").waiting()
    assert (waiting.text, waiting.author) == ("ciao", "Anna")
    assert waiting.key


@pytest.fixture
def small_shop(tmp_path: Path) -> list[str]:
    """The comparison, told to work on a few sentences and a small classifier."""
    said = {"track": ["where is my sofa", "where is the lamp", "track my chair", "where is it now"],
            "price": ["how much is it", "what does the lamp cost", "price of the sofa",
                      "how much for the chair"]}  # fmt: skip
    blocks = [{"intent": intent, "metadata": {"language": "en"},
               "examples": "".join(f"- {text}\n" for text in texts)}
              for intent, texts in said.items()]  # fmt: skip
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "nlu.yml").write_text(yaml.safe_dump({"version": "3.1", "nlu": blocks}))
    (tmp_path / "held").mkdir()
    (tmp_path / "held" / "heldout_en.tsv").write_text(
        "intent\ttext\ntrack\twhere is the blue sofa\nprice\thow much is the lamp here\n"
    )
    parts = [
        {"name": "bot.rasa_ext.nlu.analyser.SpacyAnalyser", "default_language": "en"},
        {"name": "bot.rasa_ext.nlu.entities.component.PatternEntities"},
        {"name": "bot.rasa_ext.nlu.intents.component.IntentClassifier", "networks": 1,
         "hidden": 8, "epochs": 4, "rounds": 2},
    ]  # fmt: skip
    (tmp_path / "small.yml").write_text(yaml.safe_dump({"pipeline": parts}))
    return ["--config", str(tmp_path / "small.yml"), "--data", str(tmp_path / "data"),
            "--held-out", str(tmp_path / "held")]  # fmt: skip


def command(*options: str) -> list[str]:
    from app.rasa_process import PYTHON

    return [str(PYTHON), "-m", "bot.rasa_ext.report.lessons", *options]


def ended(review: ReviewFolder, longest: float = LONGEST) -> Trial:
    until = time.monotonic() + longest
    while review.trial().state == TrialState.RUNNING and time.monotonic() < until:
        time.sleep(0.2)
    return review.trial()


def test_tried_accepted_and_trained_with(tmp_path: Path, small_shop: list[str]) -> None:
    taught = tmp_path / "nlu" / "taught.yml"
    review = ReviewFolder(tmp_path / "review", taught, command(*small_shop))
    review.keep(WHERE)
    review.keep(MONEY)
    review.start_trial()
    review.start_trial()
    assert review.trial().state == TrialState.RUNNING
    trial = ended(review)
    assert trial.state == TrialState.DONE, (tmp_path / "review" / "trial.log").read_text()
    assert trial.verdict is not None
    assert trial.verdict.sentences == 2
    assert {one.intent for one in trial.verdict.lessons} == {"track", "refund"}
    late = Example("ancora", "track", "it", "Anna")
    review.keep(late)
    assert review.trial().state == TrialState.NONE, "a verdict is about exactly what was tried"
    with pytest.raises(NotTried):
        review.accept()
    review.refuse([one.key for one in review.waiting() if one.text == late.text])
    assert review.accept() == 2
    assert not review.waiting()
    kept = {(one.text, one.intent, one.language) for one in read_examples(taught)}
    assert kept == {
        ("dove sta il pacco", "track", "it"), ("ridatemi subito i soldi per favore", "refund", "it")
    }  # fmt: skip


def test_a_trial_that_dies_says_so_and_can_be_repeated(tmp_path: Path) -> None:
    missing = command("--data", str(tmp_path), "--held-out", str(tmp_path / "none"))
    review = ReviewFolder(tmp_path / "review", tmp_path / "taught.yml", missing)
    review.keep(WHERE)
    review.start_trial()
    assert ended(review).state == TrialState.FAILED
    assert (tmp_path / "review" / "trial.log").read_text()
    with pytest.raises(NotTried):
        review.accept()


def test_a_trial_that_cannot_begin_says_so_and_can_be_repeated(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Where Rasa runs on another machine there is no Python of its own here."""
    nowhere = [str(tmp_path / "no-python")]
    review = ReviewFolder(tmp_path / "review", tmp_path / "taught.yml", nowhere)
    review.keep(WHERE)
    review.start_trial()
    assert ended(review, 20).state == TrialState.FAILED
    assert "FileNotFoundError" in caplog.text and str(tmp_path) not in caplog.text
    review.start_trial()
    assert ended(review, 20).state == TrialState.FAILED
    assert len(review.waiting()) == 1


def test_a_verdict_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    writes = "import sys; open(sys.argv[-1], 'w').write('{')"
    review = ReviewFolder(
        tmp_path / "review", tmp_path / "taught.yml", [sys.executable, "-c", writes]
    )
    review.keep(WHERE)
    review.start_trial()
    assert ended(review, 20).state == TrialState.FAILED
    with pytest.raises(NotTried):
        review.accept()


def test_what_is_taught_makes_another_model(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    before = assistant_model(settings)
    taught_file(settings).parent.mkdir()
    taught_file(settings).write_text("version: '3.1'\nnlu: []\n")
    assert assistant_model(settings) != before


@pytest.mark.parametrize(
    ("better", "worse", "chance"), [(0, 0, 1.0), (5, 5, 1.0), (6, 0, 0.03125), (1, 3, 0.625)]
)
def test_how_likely_chance_alone_explains_it(better: int, worse: int, chance: float) -> None:
    one = Changed("x", "a", "b", "a")
    verdict = Verdict(frozenset(), 100, 50, 50 + better - worse, [one] * better, [one] * worse)
    assert verdict.chance == chance
