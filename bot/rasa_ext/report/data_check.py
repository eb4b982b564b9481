"""Finds what is wrong with training data before a model learns it.

The same sentence twice, almost the same sentence under two intents, intents with too few examples
or far more than the others, and sentences that belong to the held-out set.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.rasa_ext.nlu.spoken import labelled_language
from bot.rasa_ext.nlu.wording import reading, signs

# An intent may have this many times the examples of the usual one; matters that are none of the
# assistant's are of endless kinds and may be more.
_MOST_TIMES = 4.0
_WITHOUT_LIMIT = frozenset({"out_of_scope"})
_ALIKE = 0.9
_ROWS_AT_ONCE = 1000


@dataclass(frozen=True)
class Example:
    """A sentence of the training data."""

    text: str
    intent: str
    language: str | None

    @property
    def key(self) -> str:
        """The sentence without what makes no difference: case, accents, shouts, spaces."""
        return " ".join(one for one in signs(reading(self.text)) if one != "!") or self.text


@dataclass(frozen=True)
class Problem:
    """Something to put right: of which kind, and in one sentence what."""

    kind: str
    message: str


@dataclass(frozen=True)
class CheckRules:
    """How many examples an intent needs in each language, and how alike two may be."""

    fewest: tuple[tuple[str, int], ...] = (("it", 40), ("en", 25))
    alike: float = _ALIKE
    most_times: float = _MOST_TIMES


def check_data(
    examples: Sequence[Example],
    held_out: Collection[str] = (),
    rules: CheckRules | None = None,
) -> list[Problem]:
    """Every problem of the examples, none where all is well."""
    rules = rules or CheckRules()
    return [
        *_repeated(examples),
        *_contradicting(examples, rules.alike),
        *_unbalanced(examples, rules),
        *_leaked(examples, held_out),
    ]


def examples_of(data: TrainingData) -> list[Example]:
    """The sentences of Rasa's training data."""
    return [
        Example(message.get("text"), message.get("intent"), labelled_language(message))
        for message in data.intent_examples
        if message.get("text")
    ]


def _repeated(examples: Sequence[Example]) -> Iterator[Problem]:
    by_place = Counter((e.key, e.intent, e.language) for e in examples)
    for (key, intent, _), times in by_place.items():
        if times > 1:
            yield Problem("repeated", f"{key!r} stands {times} times under {intent}.")


def _contradicting(examples: Sequence[Example], alike: float) -> Iterator[Problem]:
    """The same words, or nearly, under two intents."""
    intents: dict[str, set[str]] = defaultdict(set)
    for example in examples:
        intents[example.key].add(example.intent)
    for key, names in intents.items():
        if len(names) > 1:
            yield Problem("contradicting", f"{key!r} stands under {_listed(names)}.")
    yield from _nearly_same(sorted(intents), intents, alike)


def _nearly_same(
    keys: Sequence[str], intents: dict[str, set[str]], alike: float
) -> Iterator[Problem]:
    if not keys:
        return
    rows = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True).fit_transform(
        keys
    )
    for start in range(0, len(keys), _ROWS_AT_ONCE):
        likeness = (rows[start : start + _ROWS_AT_ONCE] @ rows.T).tocoo()
        close = (likeness.data >= alike) & (likeness.row + start < likeness.col)
        for one, other in zip(likeness.row[close] + start, likeness.col[close], strict=True):
            first, second = keys[one], keys[other]
            if not intents[first] & intents[second] and _differ_little(first, second):
                names = f"{_listed(intents[first])} and {_listed(intents[second])}"
                yield Problem("contradicting", f"{first!r} and {second!r} stand under {names}.")


def _differ_little(first: str, second: str) -> bool:
    """Whether two sentences have the same words but for slips: "no" and "not" are no slips."""
    one, other = sorted(first.split()), sorted(second.split())
    if len(one) != len(other):
        return False
    pairs = [(a, b) for a, b in zip(one, other, strict=True) if a != b]
    return all(min(len(a), len(b)) > 3 and a[:3] == b[:3] for a, b in pairs)


def _unbalanced(examples: Sequence[Example], rules: CheckRules) -> Iterator[Problem]:
    counts = Counter((e.intent, e.language) for e in examples)
    for language, fewest in rules.fewest:
        here = {intent: counts[intent, language] for intent in {e.intent for e in examples}}
        usual = float(np.round(median(here.values()))) if here else 0.0
        for intent, count in sorted(here.items()):
            if count < fewest:
                told = f"{intent} has {count} examples in {language!r}; it needs {fewest}."
                yield Problem("few", told)
            if count > rules.most_times * usual and intent not in _WITHOUT_LIMIT:
                told = f"{intent} has {count} examples in {language!r}; the usual is {usual:.0f}."
                yield Problem("many", told)


def _leaked(examples: Sequence[Example], held_out: Collection[str]) -> Iterator[Problem]:
    kept = {Example(text, "", None).key for text in held_out}
    for example in examples:
        if example.key in kept:
            told = f"{example.text!r} ({example.intent}) belongs to the held-out sentences."
            yield Problem("leaked", told)


def _listed(names: Collection[str]) -> str:
    return ", ".join(sorted(names))
