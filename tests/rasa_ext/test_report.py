"""The report on a little shop: its figures by hand, and the whole of it on real pipelines."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from bot.rasa_ext.report import lessons
from bot.rasa_ext.report.__main__ import main
from bot.rasa_ext.report.page import Subject, write_page
from bot.rasa_ext.report.readings import BadResults, Reading, read_results, write_results
from bot.rasa_ext.report.scores import (
    by_entity,
    by_intent,
    calibration,
    calibration_error,
    changed,
    confusions,
    totals,
)
from tests.rasa_ext.nlu.test_intents import LABELLED, SETTINGS


def reading(text: str, intent: str, acted_on: str, confidence: float = 0.9) -> Reading:
    likeliest = intent if acted_on == "nlu_fallback" else acted_on
    return Reading("held out", text, "en", intent, likeliest, confidence, acted_on, "en")


SAID = [
    reading("where is it", "track", "track", 0.95),
    reading("not here yet", "track", "nlu_fallback", 0.15),
    reading("cancel", "cancel", "cancel", 0.85),
    reading("stop it", "cancel", "track", 0.85),
    reading("nice weather", "out_of_scope", "nlu_fallback", 0.1),
    reading("cancel my gym", "out_of_scope", "cancel_order", 0.7),
]


def test_totals() -> None:
    said = totals(SAID)
    assert (said.sentences, said.accuracy, said.acted_rightly) == (6, 0.75, 0.5)
    assert (said.asked_back, said.misread) == (0.25, 0.25)
    assert (said.out_of_scope_recall, said.false_triggers, said.language) == (0.5, 0.5, 1.0)


def test_without_other_matters_there_is_no_recall_of_them() -> None:
    assert totals(SAID[:3]).out_of_scope_recall is None
    assert totals([]).sentences == 0


def test_rates_by_intent() -> None:
    rates = by_intent(SAID)
    assert (rates["track", "en"].precision, rates["track", "en"].recall) == (0.5, 0.5)
    assert (rates["cancel", "en"].precision, rates["cancel", "en"].recall) == (1.0, 0.5)
    assert rates["cancel", "en"].f1 == pytest.approx(2 / 3)


def test_confusions_come_with_their_sentences() -> None:
    assert ("cancel", "track", ["stop it"]) in confusions(SAID)


def test_calibration() -> None:
    sure = [reading(str(n), "a", "a", 0.8) for n in range(4)] + [reading("x", "a", "b", 0.8)]
    assert calibration(sure) == [(pytest.approx(0.8), 0.8, 5)]
    assert calibration_error(sure) == pytest.approx(0)
    assert calibration_error([reading("x", "a", "b", 1.0)]) == pytest.approx(1)


def test_entities_need_exact_spans() -> None:
    one = Reading(
        "held out", "Ada 38068", "it", "", "", 0.0, "", "it",
        entities=[["person_name", 0, 3], ["cap", 4, 9]], found=[["cap", 4, 9], ["city", 0, 3]],
    )  # fmt: skip
    rates = by_entity([one])
    assert (rates["cap"].f1, rates["person_name"].recall, rates["city"].precision) == (1, 0, 0)


def test_what_two_subjects_read_differently() -> None:
    after = [reading("stop it", "cancel", "cancel"), reading("cancel", "cancel", "track")]
    gained, lost = changed(SAID, after)
    assert [one.text for one in gained] == ["stop it"]
    assert [one.text for one in lost] == ["cancel"]


def test_results_are_kept(tmp_path: Path) -> None:
    write_results(tmp_path / "r.json", "config.yml", SAID)
    assert read_results(tmp_path / "r.json") == ("config.yml", SAID)
    (tmp_path / "other.json").write_text("[1]")
    with pytest.raises(BadResults, match=r"other\.json"):
        read_results(tmp_path / "other.json")


def test_what_customers_wrote_is_escaped(tmp_path: Path) -> None:
    said = reading("<script>alert(1)</script>", "cancel", "track")
    nasty = replace(said, part="development")
    write_page(tmp_path / "p.html", [Subject("a & b", [nasty, *SAID])])
    page = (tmp_path / "p.html").read_text()
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_held_out_sentences_stay_unseen(tmp_path: Path) -> None:
    seen = replace(SAID[3], part="development", text="stop that now")
    other = [replace(reading, acted_on="price") for reading in (*SAID, seen)]
    write_page(tmp_path / "p.html", [Subject("a", [*SAID, seen]), Subject("b", other)])
    page = (tmp_path / "p.html").read_text()
    assert "stop that now" in page
    assert not [one.text for one in SAID if f"<q>{one.text}<" in page]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A folder with training data, held-out sentences and two configurations."""
    data, held_out = tmp_path / "data", tmp_path / "held"
    data.mkdir()
    held_out.mkdir()
    intents = sorted({intent for _, intent in LABELLED})
    blocks = [
        {
            "intent": intent,
            "metadata": {"language": "en"},
            "examples": "".join(f"- {text}\n" for text, name in LABELLED if name == intent),
        }
        for intent in intents
    ]
    (data / "nlu.yml").write_text(yaml.safe_dump({"version": "3.1", "nlu": blocks}))
    (held_out / "heldout_en.tsv").write_text(
        "intent\ttext\ntrack\twhere is the blue sofa\nprice\thow much is the lamp here\n"
        "out_of_scope\tqual è la capitale del Perù\n"
    )
    (held_out / "development_en.tsv").write_text("intent\ttext\ntrack\twhere did my lamp go\n")
    for name, hidden in (("small", 8), ("smaller", 4)):
        parts = [
            {"name": "bot.rasa_ext.nlu.analyser.SpacyAnalyser", "default_language": "en"},
            {"name": "bot.rasa_ext.nlu.entities.component.PatternEntities"},
            {
                "name": "bot.rasa_ext.nlu.intents.component.IntentClassifier",
                **SETTINGS,
                "hidden": hidden,
                "rounds": 2,
            },
        ]
        (tmp_path / f"{name}.yml").write_text(yaml.safe_dump({"pipeline": parts}))
    return tmp_path


def arguments(shop: Path, *more: str) -> list[str]:
    return ["--data", str(shop / "data"), "--held-out", str(shop / "held"), *more]


def test_a_report_of_two_configurations(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept, page = shop / "smaller.json", shop / "report.html"
    first = ["--subject", str(shop / "smaller.yml"), "--folds", "2", "--out", str(page)]
    assert main(["report", *arguments(shop, *first, "--results", str(kept))]) == 0
    second = ["--subject", str(shop / "small.yml"), "--against", str(kept), "--folds", "2"]
    assert main(["report", *arguments(shop, *second, "--out", str(page))]) == 0
    text = page.read_text()
    assert "small.yml" in text
    assert "smaller.yml" in text
    assert text.count("<svg") >= 4
    assert "What changed" in text
    assert re.search(r"(src|href)\s*=", text) is None
    said = capsys.readouterr().out
    assert "small.yml, held out: 3 sentences" in said
    assert "small.yml, development: 1 sentences" in said
    assert len(json.loads(kept.read_text())["readings"]) == len(LABELLED) + 4


def test_the_check_tells_what_is_wrong(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", *arguments(shop)]) == 1
    out = capsys.readouterr().out
    assert "few: " in out
    assert f"{len(LABELLED)} examples of 7 intents" in out


def test_a_missing_subject_is_named(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", *arguments(shop, "--subject", str(shop / "none.yml"))]) == 2
    assert "none.yml" in capsys.readouterr().err


def test_a_folder_without_sentences_is_named(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / "held" / "heldout_en.tsv").unlink()
    assert main(["check", *arguments(shop)]) == 2
    assert "heldout_it.tsv" in capsys.readouterr().err


def test_lessons_are_compared_with_what_was_known(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lesson = {
        "intent": "price",
        "metadata": {"language": "en"},
        "examples": "- any zorki dimdam\n- zorki dimdam please\n- this zorki dimdam\n",
    }
    taught, out = shop / "taught.yml", shop / "verdict.json"
    taught.write_text(yaml.safe_dump({"version": "3.1", "nlu": [lesson]}))
    given = ["--config", str(shop / "small.yml"), "--lessons", str(taught), "--out", str(out)]
    assert lessons.main(arguments(shop, *given)) == 0
    assert capsys.readouterr().out.split() == list(lessons.STEPS)
    verdict = json.loads(out.read_text())
    assert verdict["sentences"] == 3
    assert {one["text"] for one in verdict["lessons"]} == {
        "any zorki dimdam", "zorki dimdam please", "this zorki dimdam",
    }  # fmt: skip
    assert all(one["intent"] == "price" for one in verdict["lessons"])
    gained, lost = len(verdict["better"]), len(verdict["worse"])
    assert verdict["right_after"] - verdict["right_before"] == gained - lost


def test_what_changed_sides_is_told_with_both_readings() -> None:
    def read(part: str, text: str, acted_on: str) -> Reading:
        return Reading(part, text, "en", "track", acted_on, 0.9, acted_on, "en")

    before = [read("held out", "a", "track"), read("held out", "b", "price"),
              read("held out", "c", "price"), read("lessons", "d", "nlu_fallback")]  # fmt: skip
    after = [read("held out", "a", "price"), read("held out", "b", "track"),
             read("held out", "c", "price"), read("lessons", "d", "track")]  # fmt: skip
    verdict = lessons.compare(before, after)
    assert (verdict["sentences"], verdict["right_before"], verdict["right_after"]) == (3, 1, 1)
    assert [(one["text"], one["before"], one["after"]) for one in verdict["better"]] == [
        ("b", "price", "track")
    ]
    assert [one["text"] for one in verdict["worse"]] == ["a"]
    assert [one["before"] for one in verdict["lessons"]] == ["nlu_fallback"]
