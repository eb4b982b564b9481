"""What the encoder learns from: families of texts that mean the same."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from knowledge.documents import Document
from knowledge.readers.sections import ReadError
from knowledge.words import split_words, stem

EVERYDAY_WORDS = Path(__file__).with_name("everyday_words.yml")

# Intents whose examples do not mean the same: their words are learned, their likeness is not.
OFF_TOPIC = "out_of_scope"
BROAD_INTENTS = frozenset({"ask_question", "inform", "identify", "nlu_fallback", OFF_TOPIC})

_SHORTEST_FORM = 4
_ANNOTATION = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})")
_SENTENCE = re.compile(r"(?<=[.!?;:])\s+")


@dataclass(frozen=True, slots=True)
class Family:
    """Texts that should lie close together; `weight` says how often it is drawn."""

    label: str
    texts: tuple[str, ...]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Example:
    """One training sentence of the assistant."""

    intent: str
    language: str
    text: str


def families_from_documents(documents: Iterable[Document]) -> list[Family]:
    """One family for each group: titles, other ways to ask and the answer, in every language."""
    texts: dict[str, list[str]] = defaultdict(list)
    for document in documents:
        tags = [", ".join(document.tags)] if document.tags else []
        sentences = _SENTENCE.split(document.text)
        own = [document.title, *document.also, document.text, *sentences, *tags]
        texts[f"{document.kind}/{document.group}"] += [text for text in own if text.strip()]
    return _families(texts)


def families_from_examples(examples: Iterable[Example]) -> list[Family]:
    """One family for each intent that means one thing, both languages together."""
    texts: dict[str, list[str]] = defaultdict(list)
    for example in examples:
        if example.intent not in BROAD_INTENTS:
            texts[f"intent/{example.intent}"].append(example.text)
    return _families(texts)


def families_from_strangers(examples: Iterable[Example]) -> list[Family]:
    """One family for each off-topic sentence: like itself alone, far from all the company says."""
    texts = dict.fromkeys(example.text for example in examples if example.intent == OFF_TOPIC)
    return [Family(f"stranger/{at}", (text, text)) for at, text in enumerate(texts)]


def families_from_stems(texts: Iterable[tuple[str, str]]) -> list[Family]:
    """One family for each stem that occurs in several forms; texts come with their language."""
    forms: dict[str, set[str]] = defaultdict(set)
    for language, text in texts:
        for word in split_words(text):
            if len(word) >= _SHORTEST_FORM:
                forms[f"stem/{language}/{stem(word, language)}"].add(word)
    return _families({label: sorted(words) for label, words in sorted(forms.items())})


def families_from_words(path: Path = EVERYDAY_WORDS) -> list[Family]:
    """One family for each line of words that mean the same (a YAML list of lists)."""
    lines = yaml.safe_load(path.read_text("utf-8"))
    return _families({f"words/{at}": [str(word) for word in line] for at, line in enumerate(lines)})


def weigh(families: Iterable[Family], share: float) -> list[Family]:
    """The same families, drawn in `share` of the cases all together."""
    found = list(families)
    return [replace(family, weight=share / max(1, len(found))) for family in found]


def read_examples(folder: Path) -> list[Example]:
    """The sentences of every Rasa training file (`*.yml`) below the folder, without annotations."""
    return [example for path in sorted(folder.rglob("*.yml")) for example in _read_file(path)]


def _read_file(path: Path) -> list[Example]:
    try:
        content = yaml.safe_load(path.read_text("utf-8")) or {}
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise ReadError(path, line, f"this is not YAML: {error.problem}.") from None
    blocks = [block for block in content.get("nlu") or [] if "intent" in block]
    return [example for block in blocks for example in _read_block(block)]


def _read_block(block: dict[str, Any]) -> list[Example]:
    language = str((block.get("metadata") or {}).get("language", "it"))
    lines = str(block.get("examples") or "").splitlines()
    texts = (_ANNOTATION.sub(r"\1", line.strip().removeprefix("-").strip()) for line in lines)
    return [Example(str(block["intent"]), language, text) for text in texts if text]


def _families(texts: Mapping[str, Sequence[str]]) -> list[Family]:
    unique = {label: tuple(dict.fromkeys(every)) for label, every in texts.items()}
    return [Family(label, every) for label, every in unique.items() if len(every) > 1]
