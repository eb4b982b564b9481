"""Readers of public data on understanding. The data is not part of this repository."""

import csv
import json
import re
from pathlib import Path

Labelled = list[tuple[str, str]]

# What CLINC150's customers want that a shop's might want too, and small talk.
_LIKE_A_SHOPS = frozenset({
    "are_you_a_bot", "cancel", "change_accent", "change_ai_name", "change_language",
    "change_speed", "change_user_name", "change_volume", "goodbye", "greeting", "maybe", "no",
    "order", "order_status", "redeem_rewards", "repeat", "reset_settings", "rewards_balance",
    "sync_device", "thank_you", "user_name", "what_can_i_ask_you", "what_is_your_name",
    "whisper_mode", "who_do_you_work_for", "who_made_you", "yes", "meaning_of_life",
})  # fmt: skip
_EVERY = 3


def foreign_to_a_shop(folder: Path) -> dict[str, Labelled]:
    """Public sentences that are no matter of a shop, by set; a set's name ends in a language."""
    clinc = read_clinc(folder)
    other = [row for row in clinc["val"] if row[1] not in _LIKE_A_SHOPS]
    return {
        "xSID it": read_xsid(folder, "it"),
        "xSID en": read_xsid(folder, "en"),
        "CLINC150 out of scope en": clinc["oos_val"] + clinc["oos_train"],
        "CLINC150 banks, travel, home en": other[::_EVERY],
    }


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
