"""Reads the sentences that are kept out of the training.

Those of the development set may be looked at one by one when the data is improved; of the held-out
ones only the figures, or they would soon measure nothing.
"""

import csv
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rasa.shared.nlu.training_data.entities_parser import (
    find_entities_in_training_example,
    replace_entities,
)

from bot.rasa_ext.report.pipeline import ROOT

HELD_OUT = ROOT / "tests" / "fixtures" / "nlu"
LANGUAGES = ("it", "en")


class HeldOutMissing(Exception):
    """There are no held-out sentences where they were looked for."""


@dataclass(frozen=True)
class Labelled:
    """A sentence, its language and what should be read in it."""

    text: str
    language: str | None
    intent: str
    entities: list[dict[str, Any]] = field(default_factory=list)


def read_sentences(folder: Path = HELD_OUT) -> list[Labelled]:
    """The sentences of `heldout_<language>.tsv`: intent, and text with `[value](entity)`.

    Raises:
        HeldOutMissing: the folder has no such file.
    """
    paths = {language: folder / f"heldout_{language}.tsv" for language in LANGUAGES}
    if not any(path.is_file() for path in paths.values()):
        raise HeldOutMissing(f"There is no heldout_it.tsv or heldout_en.tsv in {folder}.")
    return [one for language, path in paths.items() for one in _labelled(path, language)]


def read_development(folder: Path = HELD_OUT) -> list[Labelled]:
    """The sentences of `development_<language>.tsv`, written as the held-out ones; maybe none."""
    paths = {language: folder / f"development_{language}.tsv" for language in LANGUAGES}
    return [one for language, path in paths.items() for one in _labelled(path, language)]


def _labelled(path: Path, language: str) -> list[Labelled]:
    rows = _rows(path) if path.is_file() else []
    return [
        Labelled(
            replace_entities(row["text"]),
            language,
            row["intent"],
            find_entities_in_training_example(row["text"]),
        )
        for row in rows
    ]


def read_entities(folder: Path = HELD_OUT) -> list[Labelled]:
    """The development sentences of `entities.jsonl`: entities, no intents."""
    path = folder / "entities.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    kept = [json.loads(line) for line in lines if line.strip()]
    return [Labelled(one["text"], one["language"], "", one["entities"]) for one in kept]


def read_answers(name: str, folder: Path = HELD_OUT) -> list[tuple[str, str]]:
    """Languages and texts of `<name>.tsv`, such as the refusals."""
    return [(row["language"], row["text"]) for row in _rows(folder / f"{name}.tsv")]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
