"""Checks the training data, or measures how a configuration or a model understands.

python -m bot.rasa_ext.report check | report [--against OTHER] [--out report.html]
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from bot.rasa_ext import quiet  # noqa: F401 - before Rasa is imported

# isort: split
from rasa.shared.exceptions import RasaException

from bot.rasa_ext.report.data_check import check_data, examples_of
from bot.rasa_ext.report.heldout import (
    HELD_OUT,
    HeldOutMissing,
    read_development,
    read_entities,
    read_sentences,
)
from bot.rasa_ext.report.page import Subject, write_page
from bot.rasa_ext.report.pipeline import (
    CONFIG,
    NLU_DATA,
    Pipeline,
    read_training_data,
)
from bot.rasa_ext.report.readings import (
    DEVELOPMENT,
    BadResults,
    Reader,
    Reading,
    cross_validated,
    model_reader,
    read_all,
    read_results,
    reader_of,
    write_results,
)
from bot.rasa_ext.report.readings import (
    HELD_OUT as HELD_OUT_PART,
)
from bot.rasa_ext.report.scores import totals


def main(arguments: list[str] | None = None) -> int:
    """Do what is asked; 1 where the check finds something, 2 where it cannot be done."""
    given = _read_arguments(arguments)
    try:
        return check(given) if given.task == "check" else report(given)
    except (BadResults, HeldOutMissing, RasaException, OSError) as problem:
        print(f"bottega nlu {given.task}: {problem}", file=sys.stderr)
        return 2


def _read_arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bottega nlu", description=__doc__)
    parser.add_argument("task", choices=("check", "report"))
    parser.add_argument("--data", type=Path, default=NLU_DATA)
    parser.add_argument("--held-out", type=Path, default=HELD_OUT)
    parser.add_argument("--subject", type=Path, default=CONFIG)
    parser.add_argument("--against", type=Path)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=Path("nlu-report.html"))
    parser.add_argument("--results", type=Path)
    return parser.parse_args(arguments)


def check(given: argparse.Namespace) -> int:
    """Print what is wrong with the training data."""
    examples = examples_of(read_training_data(given.data))
    problems = check_data(examples, _kept_out(given))
    for problem in problems:
        print(f"{problem.kind}: {problem.message}")
    intents = len({example.intent for example in examples})
    print(f"{len(examples)} examples of {intents} intents, {len(problems)} problems.")
    return 1 if problems else 0


def report(given: argparse.Namespace) -> int:
    """Measure, write the page and print the main figures."""
    subjects = [Subject(*_measured(path, given)) for path in (given.subject, given.against) if path]
    if given.results:
        write_results(given.results, subjects[0].name, subjects[0].readings)
    write_page(given.out, subjects)
    for subject in subjects:
        for part in dict.fromkeys(r.part for r in subject.readings):
            here = [r for r in subject.readings if r.part == part and r.intent]
            print(_summary(f"{subject.name}, {part}", here))
    print(f"Written to {given.out}.")
    return 0


def _measured(path: Path, given: argparse.Namespace) -> tuple[str, list[Reading]]:
    """The readings of a configuration (.yml), a model (.tar.gz) or kept results (.json)."""
    if path.suffix == ".json":
        return read_results(path)
    if not path.is_file():
        raise FileNotFoundError(f"There is no configuration, model or results file {path}.")
    if path.name.endswith(".tar.gz"):
        return path.name, _read_kept_out(given, lambda: model_reader(path))
    tested: list[Reading] = []
    if given.folds > 1:
        tested = cross_validated(path, read_training_data(given.data), given.folds, _tell)
    train = Pipeline(path).train
    tested += _read_kept_out(given, lambda: reader_of(train(read_training_data(given.data))))
    return path.name, tested


def _read_kept_out(given: argparse.Namespace, trained: Callable[[], Reader]) -> list[Reading]:
    """The readings of the sentences kept out of the training; none where a company has none."""
    if not given.held_out.is_dir():
        _tell(f"There are no held-out sentences in {given.held_out}.")
        return []
    held_out = read_sentences(given.held_out)
    _tell("held-out sentences")
    reader = trained()
    development = [*read_development(given.held_out), *read_entities(given.held_out)]
    return [
        *read_all(DEVELOPMENT, development, reader),
        *read_all(HELD_OUT_PART, held_out, reader),
    ]


def _kept_out(given: argparse.Namespace) -> list[str]:
    folder = given.held_out
    if not folder.is_dir():
        _tell(f"There are no held-out sentences in {folder}.")
        return []
    kept = [*read_sentences(folder), *read_development(folder), *read_entities(folder)]
    return [one.text for one in kept]


def _tell(what: str) -> None:
    print(f"{what} …", file=sys.stderr, flush=True)


def _summary(name: str, readings: list[Reading]) -> str:
    said = totals(readings)
    scope = said.out_of_scope_recall
    outside = f", out of scope {100 * scope:.1f} %" if scope is not None else ""
    return (
        f"{name}: {said.sentences} sentences, likeliest right {100 * said.accuracy:.1f} %, "
        f"acted on rightly {100 * said.acted_rightly:.1f} %, "
        f"asked back {100 * said.asked_back:.1f} %{outside}"
    )


if __name__ == "__main__":
    sys.exit(main())
