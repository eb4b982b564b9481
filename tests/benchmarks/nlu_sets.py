"""Readers of public data on understanding. The data is not part of this repository."""

import csv
import json
import re
from pathlib import Path

Labelled = list[tuple[str, str]]


def read_clinc(folder: Path) -> dict[str, Labelled]:
    """CLINC150: the parts train, val, oos_train and oos_val as texts with intents."""
    parts = json.loads((folder / "clinc150-train-val.json").read_text())
    return {name: [(text, intent) for text, intent in rows] for name, rows in parts.items()}


def read_xsid(folder: Path, language: str) -> Labelled:
    """xSID's validation sentences of a language."""
    sentences = []
    for block in (folder / f"xsid-{language}-valid.conll").read_text().split("\n\n"):
        text = re.search(r"^# text = (.*)$", block, re.M)
        intent = re.search(r"^# intent = (.*)$", block, re.M)
        if text and intent:
            sentences.append((text[1], intent[1].replace("/", "_")))
    return sentences


def read_hwu(folder: Path) -> tuple[Labelled, Labelled]:
    """HWU64, first fold: training and test sentences."""
    data = json.loads((folder / "hwu64-fold1" / "train_rasa.json").read_text())["rasa_nlu_data"]
    train = [(example["text"], example["intent"]) for example in data["common_examples"]]
    test = []
    for path in sorted((folder / "hwu64-fold1" / "testset" / "csv").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file, delimiter=";")
            test += [(row["answer_from_anno"], path.stem) for row in rows]
    return train, test
