"""Tries examples before they are taught: what would be read better and what worse with them (R24).

python -m bot.rasa_ext.report.lessons --lessons new.yml [--known taught.yml] --out verdict.json

Trains the shipped configuration twice, without the lessons and with them, and has both read the
sentences that are kept out of the training. Steps are told on standard output, one a line.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot.rasa_ext import quiet  # noqa: F401 - before Rasa is imported

# isort: split
from rasa.shared.nlu.training_data.loading import load_data
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.rasa_ext.nlu.spoken import labelled_language
from bot.rasa_ext.report.heldout import HELD_OUT, Labelled, read_sentences
from bot.rasa_ext.report.pipeline import (
    CONFIG,
    NLU_DATA,
    Pipeline,
    read_training_data,
)
from bot.rasa_ext.report.readings import HELD_OUT as PART
from bot.rasa_ext.report.readings import Reading, read_all, reader_of
from bot.rasa_ext.report.scores import changed

LESSONS = "lessons"
STEPS = ("reading", "before", "with", "comparing")


def main(arguments: Sequence[str] | None = None) -> int:
    """Write what the lessons change."""
    given = _read_arguments(arguments)
    tell("reading")
    data = read_training_data(given.data)
    if given.known and given.known.is_file():
        data = data.merge(load_data(str(given.known)))
    lessons = load_data(str(given.lessons))
    exam = read_sentences(given.held_out)
    tell("before")
    before = read_by(data, given.config, exam, lessons)
    tell("with")
    after = read_by(data.merge(lessons), given.config, exam, lessons)
    tell("comparing")
    verdict = json.dumps(compare(before, after), ensure_ascii=False)
    given.out.write_text(verdict, encoding="utf-8")
    return 0


def _read_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, default=CONFIG)
    parser.add_argument("--data", type=Path, default=NLU_DATA)
    parser.add_argument("--held-out", type=Path, default=HELD_OUT)
    parser.add_argument("--known", type=Path)
    parser.add_argument("--lessons", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    return parser.parse_args(arguments)


def tell(step: str) -> None:
    """Say which step begins."""
    print(step, flush=True)


def read_by(
    data: TrainingData, config: Path, exam: Sequence[Labelled], lessons: TrainingData
) -> list[Reading]:
    """What a pipeline trained on the data reads in the exam and in the lessons themselves."""
    reader = reader_of(Pipeline(config).train(data))
    said = [
        Labelled(one.get("text"), labelled_language(one), one.get("intent"))
        for one in lessons.intent_examples
    ]
    return [*read_all(PART, exam, reader), *read_all(LESSONS, said, reader)]


def compare(before: Sequence[Reading], after: Sequence[Reading]) -> dict[str, Any]:
    """How many are read right before and after, and each sentence that changed sides."""
    was = {(one.part, one.text): one.acted_on for one in before}
    exam_before = [one for one in before if one.part == PART]
    exam_after = [one for one in after if one.part == PART]
    better, worse = changed(exam_before, exam_after)
    return {
        "sentences": len(exam_after),
        "right_before": _right(exam_before),
        "right_after": _right(exam_after),
        "better": [_line(one, was) for one in better],
        "worse": [_line(one, was) for one in worse],
        "lessons": [_line(one, was) for one in after if one.part == LESSONS],
    }


def _right(readings: Sequence[Reading]) -> int:
    return sum(one.acted_on == one.intent for one in readings)


def _line(one: Reading, was: dict[tuple[str, str], str]) -> dict[str, Any]:
    return {
        "text": one.text,
        "language": one.language,
        "intent": one.intent,
        "before": was[one.part, one.text],
        "after": one.acted_on,
    }


if __name__ == "__main__":
    sys.exit(main())
