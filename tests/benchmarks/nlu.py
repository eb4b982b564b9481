"""Measures the understanding: the shipped config.yml on public data and on the shipped data.

    .venv-rasa/bin/python -m tests.benchmarks.nlu [FOLDER] [--diet] [--json FILE]

FOLDER (or the variable BOTTEGA_EVAL) holds CLINC150, HWU64 and xSID; without it only the shipped
data is measured. Only the training data changes from set to set, never a setting.
"""

import argparse
import json
import logging
import os
import random
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
warnings.simplefilter("ignore")

import numpy as np  # noqa: E402 - after the number of threads is set
from rasa.shared.nlu.training_data.training_data import TrainingData  # noqa: E402
from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.metrics import roc_auc_score  # noqa: E402
from sklearn.model_selection import StratifiedKFold  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.svm import LinearSVC  # noqa: E402

from bot.rasa_ext.report.heldout import Labelled as Sentence  # noqa: E402
from bot.rasa_ext.report.heldout import read_answers, read_sentences  # noqa: E402
from bot.rasa_ext.report.pipeline import (  # noqa: E402
    Pipeline,
    acts_on,
    best_reading,
    read_training_data,
    training_data,
)
from bot.rasa_ext.report.readings import HELD_OUT, read_all, reader_of  # noqa: E402
from bot.rasa_ext.report.scores import by_entity, totals  # noqa: E402
from tests.benchmarks.nlu_sets import Labelled, foreign_to_a_shop, read_clinc, read_hwu, read_xsid  # noqa: E402

Figure = dict[str, Any]
FOLDS = 5
IN_SCOPE_KEPT = 0.90


def main(arguments: list[str] | None = None) -> list[Figure]:
    """Measure, print a table and return its rows."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.nlu", description=__doc__)
    parser.add_argument("folder", nargs="?", default=os.environ.get("BOTTEGA_EVAL"))
    parser.add_argument("--diet", action="store_true", help="run Rasa's DIET on xSID too (slow)")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    given = parser.parse_args(arguments)
    logging.disable(logging.WARNING)
    figures = []
    for figure in _measurements(given.folder and Path(given.folder), given.diet):
        print(_line(figure), flush=True)
        figures.append(figure)
    if given.json:
        given.json.write_text(json.dumps(figures, ensure_ascii=False, indent=1))
    return figures


def _line(figure: Figure) -> str:
    value = f"{figure['value']:.1f}" if figure["value"] > 1 else f"{figure['value']:.3f}"
    return f"{figure['name']:58} {value:>8} {figure['unit']:4} {figure['compared_with']}"


def _figure(name: str, value: float, unit: str, compared_with: str = "") -> Figure:
    return {"name": name, "value": float(value), "unit": unit, "compared_with": compared_with}


def _measurements(folder: Path | None, diet: bool) -> Iterator[Figure]:
    public = folder if folder and folder.is_dir() else None
    yield from _shipped(public)
    if public is None:
        print(f"Public sets: skipped, BOTTEGA_EVAL names no folder ({folder}).")
        return
    folder = public
    yield from _clinc(read_clinc(folder))
    yield from _hwu(*read_hwu(folder))
    for language in ("it", "en"):
        yield from _xsid(read_xsid(folder, language), language, diet and language == "it")


def _shipped(folder: Path | None) -> Iterator[Figure]:
    """The shipped data: training time, time for a message, held out, cross-validation."""
    data = read_training_data()
    texts = [example.get("text") for example in data.intent_examples]
    began, worked = time.perf_counter(), time.process_time()
    pipeline = Pipeline().train(data)
    yield _figure("own data: training", time.perf_counter() - began, "s", "at most 90")
    yield _figure("own data: training, processor time", time.process_time() - worked, "s")
    pipeline.read("ciao")
    sample = random.Random(1).sample(texts, 300)
    took, worked = zip(*_times(pipeline, sample), strict=True)
    yield _figure("own data: one message, median", median(took), "ms", "at most 5")
    yield _figure("own data: one message, median, processor time", median(worked), "ms")
    yield from _held_out(pipeline)
    if folder:
        yield from _other_peoples(pipeline, foreign_to_a_shop(folder))
    yield from _cross_validated(read_training_data())


def _held_out(pipeline: Pipeline) -> Iterator[Figure]:
    readings = read_all(HELD_OUT, read_sentences(), reader_of(pipeline))
    for language in ("it", "en"):
        said = totals([reading for reading in readings if reading.language == language])
        name = f"own held-out, {language}"
        yield _figure(f"{name}: intent, as acted on", 100 * said.acted_rightly, "%", "at least 92")
        outside = 100 * (said.out_of_scope_recall or 0)
        yield _figure(f"{name}: out-of-scope recall", outside, "%", "at least 75")
    false = 100 * (totals(readings).false_triggers or 0)
    yield _figure("own held-out: writing intents out of scope", false, "%", "at most 0.5")
    for kind, rates in by_entity(readings).items():
        known = (
            f"{rates.count} held out, precision {rates.precision:.2f}, recall {rates.recall:.2f}"
        )
        yield _figure(f"own held-out: entity {kind}, exact spans (F1)", 100 * rates.f1, "%", known)
    refusals = [pipeline.read(text, language) for language, text in read_answers("refusals")]
    taken = sum(message.get("intent")["name"] == "affirm" for message in refusals)
    yield _figure(f"{len(refusals)} refusals: taken for a yes", taken, "", "0")


def _other_peoples(pipeline: Pipeline, sets: dict[str, Labelled]) -> Iterator[Figure]:
    """Sentences that strangers wrote to alarms, banks and airlines: how many start something."""
    for name, sentences in sets.items():
        foreign = [Sentence(text, name[-2:], "out_of_scope") for text, _ in sentences]
        said = totals(read_all(HELD_OUT, foreign, reader_of(pipeline)))
        told = f"{len(foreign)} sentences"
        turned_away, false = said.out_of_scope_recall or 0, said.false_triggers or 0
        yield _figure(f"{name}: out-of-scope recall", 100 * turned_away, "%", told)
        yield _figure(f"{name}: writing intents out of scope", 100 * false, "%", told)


def _times(pipeline: Pipeline, texts: list[str]) -> Iterator[tuple[float, float]]:
    """For each message the milliseconds that passed, and those that the processor worked."""
    for text in texts:
        began, worked = time.perf_counter(), time.process_time()
        pipeline.read(text)
        yield 1000 * (time.perf_counter() - began), 1000 * (time.process_time() - worked)


def _cross_validated(data: TrainingData) -> Iterator[Figure]:
    right, acted, languages = [], [], []
    spans: Counter[str] = Counter()
    for train, held_out in _folds(data):
        pipeline = Pipeline().train(train)
        for example in held_out:
            language = example.get("metadata")["intent"]["language"]
            message = pipeline.read(example.get("text"))
            right.append(best_reading(message)[0] == example.get("intent"))
            acted.append(message.get("intent")["name"] == best_reading(message)[0])
            languages.append(message.get("language") == language)
            spans.update(_spans_compared(example.get("entities") or [], message.get("entities")))
    right, acted = np.array(right), np.array(acted)
    yield _figure("own data, 5-fold: intent", 100 * right.mean(), "%")
    yield _figure("own data, 5-fold: intent, where it acts", 100 * right[acted].mean(), "%")
    yield _figure("own data, 5-fold: asks back", 100 * (1 - acted.mean()), "%")
    yield _figure("own data, 5-fold: language", 100 * np.mean(languages), "%")
    found = 2 * spans["right"] / (2 * spans["right"] + spans["missed"] + spans["wrong"])
    yield _figure("own data, 5-fold: entities, exact spans (F1)", 100 * found, "%")


def _folds(data: TrainingData) -> Iterator[tuple[TrainingData, list[Any]]]:
    examples = data.intent_examples
    intents = [example.get("intent") for example in examples]
    for train, test in StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(intents, intents):
        lesson = TrainingData(
            [examples[at] for at in train], data.entity_synonyms, None, data.lookup_tables
        )
        yield lesson, [examples[at] for at in test]


def _spans_compared(labelled: list[dict], found: list[dict]) -> dict[str, int]:
    right = {(e["entity"], e["start"], e["end"]) for e in labelled}
    said = {(e["entity"], e["start"], e["end"]) for e in found}
    return {
        "right": len(right & said),
        "missed": len(right - said),
        "wrong": len(said - right),
    }


def _clinc(parts: dict[str, Labelled]) -> Iterator[Figure]:
    """Accuracy on known matters, recognition of unknown ones (both of CLINC's small sets)."""
    baseline = _plain_accuracy(_svc(), parts["train"], parts["val"])
    pipeline = Pipeline().train(training_data(parts["train"]))
    known = [pipeline.read(text) for text, _ in parts["val"]]
    unknown = [pipeline.read(text) for text, _ in parts["oos_val"] + parts["oos_train"]]
    names, sure = zip(*map(best_reading, known), strict=True)
    unsure = [best_reading(message)[1] for message in unknown]
    right = np.array(
        [name == intent for name, (_, intent) in zip(names, parts["val"], strict=True)]
    )
    sure, unsure = np.array(sure), np.array(unsure)
    acted = np.array([acts_on(message) for message in known])
    yield _figure("CLINC150 validation: accuracy", 100 * right.mean(), "%", f"SVC {baseline:.1f}")
    yield _figure("CLINC150: accuracy where it may ask back", 100 * (right & acted).mean(), "%")
    missed = np.mean([acts_on(message) for message in unknown])
    yield _figure("CLINC150: out-of-scope recall as shipped", 100 * (1 - missed), "%")
    line = np.sort(sure[right])[max(int(len(sure) * (right.mean() - IN_SCOPE_KEPT)), 0)]
    kept = 100 * np.mean(unsure < line)
    yield _figure("CLINC150: out-of-scope recall, in-scope at 90", kept, "%", "at least 75")
    inside = np.r_[np.ones(len(sure)), np.zeros(len(unsure))]
    area = roc_auc_score(inside, np.r_[sure, unsure])
    yield _figure("CLINC150: out-of-scope AUROC", area, "", "at least 0.95")
    yield _figure("CLINC150: calibration error of confidence", _calibration(sure, right), "")


def _calibration(sure: np.ndarray, right: np.ndarray, bins: int = 15) -> float:
    """The expected calibration error: how far confidence is from accuracy, in equal bins."""
    bin_of = np.minimum((sure * bins).astype(int), bins - 1)
    return sum(
        abs(sure[bin_of == number].mean() - right[bin_of == number].mean())
        * (bin_of == number).mean()
        for number in np.unique(bin_of)
    )


def _hwu(train: Labelled, test: Labelled) -> Iterator[Figure]:
    baseline = _plain_accuracy(_svc(), train, test)
    accuracy = _accuracy(train, test)
    yield _figure("HWU64 fold 1: accuracy", accuracy, "%", f"SVC {baseline:.1f}")


def _xsid(sentences: Labelled, language: str, diet: bool) -> Iterator[Figure]:
    intents = [intent for _, intent in sentences]
    ours, plain, rasa = [], [], []
    for train, test in StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(intents, intents):
        lesson, exam = ([sentences[at] for at in part] for part in (train, test))
        ours.append(_accuracy(lesson, exam))
        plain.append(_plain_accuracy(_logistic(), lesson, exam))
        if diet:
            from tests.benchmarks.nlu_diet import diet_accuracy

            rasa.append(diet_accuracy(lesson, exam))
    others = f"TF-IDF + LR {np.mean(plain):.1f}" + (f", DIET {np.mean(rasa):.1f}" if rasa else "")
    yield _figure(f"xSID {language}, 5-fold: accuracy", np.mean(ours), "%", others)


def _accuracy(train: Labelled, test: Labelled) -> float:
    pipeline = Pipeline().train(training_data(train))
    read = [best_reading(pipeline.read(text))[0] for text, _ in test]
    return 100 * float(
        np.mean([name == intent for name, (_, intent) in zip(read, test, strict=True)])
    )


def _plain_accuracy(model: Any, train: Labelled, test: Labelled) -> float:
    model.fit(*zip(*train, strict=True))
    texts, intents = zip(*test, strict=True)
    return 100 * float(np.mean(model.predict(texts) == np.array(intents)))


def _logistic() -> Any:
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    return make_pipeline(words, LogisticRegression(C=50, max_iter=1000))


def _svc() -> Any:
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    return make_pipeline(words, LinearSVC(C=1, random_state=0))


if __name__ == "__main__":
    main()
