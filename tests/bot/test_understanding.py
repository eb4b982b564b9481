"""What the shipped model understands, read by the command `bottega parse`.

The sentences were kept out of the training; tests/rasa_ext/test_training_data.py watches that.
Those of the held-out set were written before anyone saw what a model makes of them.
"""

import csv
import json
import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from app.settings import ROOT

pytestmark = pytest.mark.rasa

FIXTURES = ROOT / "tests" / "fixtures" / "nlu"
LANGUAGES = ("it", "en")
BOTTEGA = ROOT / ".venv" / "bin" / "bottega"
ENOUGH_INTENTS, ENOUGH_OUT_OF_SCOPE, MOST_FALSE_TRIGGERS = 0.92, 0.75, 0.005
ENOUGH_VALUES = 0.9
ANNOTATED = re.compile(r"\[([^\]]+)\]\((\w+)\)")
TURNED_AWAY = ("nlu_fallback", "out_of_scope")
# What these start changes something or costs something.
WRITING = {
    "accept_offer", "book_appointment", "cancel_order", "change_delivery", "erase_data",
    "exchange_order", "manage_appointment", "register_product", "return_order", "subscribe",
    "unsubscribe", "update_profile",
}  # fmt: skip
# The commonest refusals; being that common they are in the training data as well.
BARE_REFUSALS = {
    "it": ("no", "no grazie", "nooo", "non ancora", "forse", "boh", "macché", "nn voglio", "👎"),
    "en": ("no", "no thanks", "not now", "maybe", "dunno", "don't", "no chance", "n", "👎"),
}
BARE_YES = {
    "it": ("sì", "si", "certo", "va bene", "confermo", "d'accordo", "ok"),
    "en": ("yes", "yes please", "sure", "go ahead", "ok", "that's right", "confirmed"),
}

Reading = dict[str, Any]


def rows(name: str) -> list[dict[str, str]]:
    with (FIXTURES / name).open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [
        {**row, "text": ANNOTATED.sub(r"\1", row["text"]), "marked": row["text"]} for row in found
    ]


def values(marked: str) -> set[tuple[str, int, int]]:
    """The values of a text with `[value](entity)`: kind, start, end in the text without marks."""
    found, marks = set(), 0
    for value in ANNOTATED.finditer(marked):
        start = value.start() - marks
        found.add((value[2], start, start + len(value[1])))
        marks += len(value[0]) - len(value[1])
    return found


def parse(language: str, texts: Sequence[str]) -> list[Reading]:
    home = {"BOTTEGA_MODELS_FOLDER": os.environ.get("BOTTEGA_MODELS_FOLDER") or str(models())}
    done = subprocess.run(
        [str(BOTTEGA), "parse", "--lang", language],
        input="\n".join(texts) + "\n",
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **home},
    )
    assert done.stderr == "" or "Training" in done.stderr or "trained" in done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["text"] for line in lines] == list(texts)
    return lines


def models() -> Path:
    return ROOT / ".bottega" / "models"


@pytest.fixture(scope="module")
def read() -> Mapping[str, Mapping[str, Reading]]:
    """Every sentence of the fixtures, by language."""
    found: dict[str, dict[str, Reading]] = {}
    for language in LANGUAGES:
        texts = [row["text"] for row in rows(f"heldout_{language}.tsv")]
        for name in ("refusals.tsv", "affirmations.tsv"):
            texts += [row["text"] for row in rows(name) if row["language"] == language]
        texts += [*BARE_REFUSALS[language], *BARE_YES[language]]
        texts = list(dict.fromkeys(texts))
        found[language] = dict(zip(texts, parse(language, texts), strict=True))
    return found


def test_a_line_has_all_that_was_promised(read: Mapping[str, Mapping[str, Reading]]) -> None:
    for line in read["it"].values():
        assert set(line) == {"text", "intent", "confidence", "language", "mood", "entities"}
        assert 0 <= line["confidence"] <= 1
        assert line["language"] in LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_held_out_sentences_are_understood(
    read: Mapping[str, Mapping[str, Reading]], language: str
) -> None:
    held_out = [r for r in rows(f"heldout_{language}.tsv") if r["intent"] != "out_of_scope"]
    right = [read[language][row["text"]]["intent"] == row["intent"] for row in held_out]
    assert sum(right) / len(right) >= ENOUGH_INTENTS


@pytest.mark.parametrize("language", LANGUAGES)
def test_other_matters_are_turned_away(
    read: Mapping[str, Mapping[str, Reading]], language: str
) -> None:
    outside = [r for r in rows(f"heldout_{language}.tsv") if r["intent"] == "out_of_scope"]
    turned = [read[language][row["text"]]["intent"] in TURNED_AWAY for row in outside]
    assert sum(turned) / len(turned) >= ENOUGH_OUT_OF_SCOPE


def test_other_matters_start_nothing_that_writes(
    read: Mapping[str, Mapping[str, Reading]],
) -> None:
    said = [
        read[language][row["text"]]["intent"]
        for language in LANGUAGES
        for row in rows(f"heldout_{language}.tsv")
        if row["intent"] == "out_of_scope"
    ]
    assert sum(intent in WRITING for intent in said) <= MOST_FALSE_TRIGGERS * len(said)


def test_values_are_found_where_they_stand(read: Mapping[str, Mapping[str, Reading]]) -> None:
    right = missed = wrong = 0
    for language in LANGUAGES:
        for row in rows(f"heldout_{language}.tsv"):
            said = {
                (e["entity"], e["start"], e["end"]) for e in read[language][row["text"]]["entities"]
            }
            marked = values(row["marked"])
            right += len(said & marked)
            missed, wrong = missed + len(marked - said), wrong + len(said - marked)
    assert 2 * right / (2 * right + missed + wrong) >= ENOUGH_VALUES


def test_no_refusal_is_taken_for_a_yes(read: Mapping[str, Mapping[str, Reading]]) -> None:
    refusals = [(row["language"], row["text"]) for row in rows("refusals.tsv")]
    refusals += [(language, text) for language in LANGUAGES for text in BARE_REFUSALS[language]]
    taken = [text for language, text in refusals if read[language][text]["intent"] == "affirm"]
    assert taken == []


def test_a_plain_yes_is_a_yes(read: Mapping[str, Mapping[str, Reading]]) -> None:
    for language in LANGUAGES:
        for text in BARE_YES[language]:
            assert read[language][text]["intent"] == "affirm", text


def test_most_ways_to_say_yes_are_understood(read: Mapping[str, Mapping[str, Reading]]) -> None:
    said = [read[r["language"]][r["text"]]["intent"] for r in rows("affirmations.tsv")]
    assert said.count("affirm") / len(said) >= 0.7


def test_names_and_numbers_keep_the_conversations_language() -> None:
    texts = ["Maria Luisa De Santis, marialuisa.desantis@example.it, 00184", "EG-20417", "ok", "👍"]
    for language in LANGUAGES:
        assert {line["language"] for line in parse(language, texts)} == {language}
