"""Figures of readings: by intent, confusions, calibration, scope, entities."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.rasa_ext.report.pipeline import FALLBACK, OUT_OF_SCOPE
from bot.rasa_ext.report.readings import Reading

# What these start changes something or costs something.
WRITING = frozenset({
    "accept_offer", "book_appointment", "cancel_order", "change_delivery", "erase_data",
    "exchange_order", "manage_appointment", "register_product", "return_order", "subscribe",
    "unsubscribe", "update_profile",
})  # fmt: skip
BINS = 10


@dataclass(frozen=True)
class Rates:
    """Precision, recall and F1 of one kind, and of how many."""

    count: int
    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(frozen=True)
class Totals:
    """The figures of a set of readings, all from 0 to 1."""

    sentences: int
    accuracy: float
    acted_rightly: float
    asked_back: float
    misread: float
    out_of_scope_recall: float | None
    false_triggers: float | None
    language: float


def totals(readings: Sequence[Reading]) -> Totals:
    """The overall figures; those of scope only where sentences out of scope are among them."""
    known = [r for r in readings if r.intent != OUT_OF_SCOPE]
    unknown = [r for r in readings if r.intent == OUT_OF_SCOPE]
    right = _share(r.acted_on == r.intent for r in known)
    asked = _share(r.acted_on == FALLBACK for r in known)
    turned_away = (FALLBACK, OUT_OF_SCOPE)
    return Totals(
        sentences=len(readings),
        accuracy=_share(r.likeliest == r.intent for r in known),
        acted_rightly=right,
        asked_back=asked,
        misread=max(0.0, 1 - right - asked) if known else 0.0,
        out_of_scope_recall=_share(r.acted_on in turned_away for r in unknown) if unknown else None,
        false_triggers=_share(r.acted_on in WRITING for r in unknown) if unknown else None,
        language=_share(r.read_language == r.language for r in readings if r.language),
    )


def by_intent(readings: Sequence[Reading]) -> dict[tuple[str, str], Rates]:
    """The rates of each intent in each language, as the assistant acts on it."""
    rates = {}
    for language in sorted({reading.language or "" for reading in readings}):
        here = [r for r in readings if (r.language or "") == language]
        labelled = Counter(r.intent for r in here)
        said = Counter(r.acted_on for r in here)
        right = Counter(r.intent for r in here if r.acted_on == r.intent)
        for intent, count in sorted(labelled.items()):
            precision = right[intent] / said[intent] if said[intent] else 0.0
            rates[intent, language] = Rates(count, precision, right[intent] / count)
    return rates


def confusions(readings: Iterable[Reading]) -> list[tuple[str, str, list[str]]]:
    """What was taken for what, with the sentences; the most frequent first."""
    pairs: dict[tuple[str, str], list[str]] = defaultdict(list)
    for reading in readings:
        if reading.acted_on != reading.intent:
            pairs[reading.intent, reading.acted_on].append(reading.text)
    ordered = sorted(pairs.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    return [(right, read, texts) for (right, read), texts in ordered]


def calibration(readings: Sequence[Reading], bins: int = BINS) -> list[tuple[float, float, int]]:
    """For each step of confidence: the mean confidence, the share that is right, how many."""
    steps: dict[int, list[Reading]] = defaultdict(list)
    for reading in readings:
        steps[min(int(reading.confidence * bins), bins - 1)].append(reading)
    return [
        (
            sum(r.confidence for r in here) / len(here),
            _share(r.likeliest == r.intent for r in here),
            len(here),
        )
        for _, here in sorted(steps.items())
    ]


def calibration_error(readings: Sequence[Reading], bins: int = BINS) -> float:
    """How far confidence is from being right, weighed by how often (ECE)."""
    steps = calibration(readings, bins)
    count = sum(many for _, _, many in steps)
    return sum(abs(sure - right) * many for sure, right, many in steps) / max(count, 1)


def by_entity(readings: Iterable[Reading]) -> dict[str, Rates]:
    """The rates of each kind of entity, spans exact."""
    right: Counter[str] = Counter()
    labelled: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for reading in readings:
        wanted = {tuple(span) for span in reading.entities}
        said = {tuple(span) for span in reading.found}
        right.update(kind for kind, *_ in wanted & said)
        labelled.update(kind for kind, *_ in wanted)
        found.update(kind for kind, *_ in said)
    return {
        kind: Rates(
            labelled[kind],
            right[kind] / found[kind] if found[kind] else 0.0,
            right[kind] / labelled[kind] if labelled[kind] else 0.0,
        )
        for kind in sorted(labelled | found)
    }


def changed(before: Iterable[Reading], after: Iterable[Reading]) -> tuple[list[Reading], ...]:
    """The readings of `after` that were wrong before and are right now, and the reverse."""
    earlier = {(r.part, r.language, r.intent, r.text): r.acted_on for r in before}
    gained, lost = [], []
    for reading in after:
        was = earlier.get((reading.part, reading.language, reading.intent, reading.text))
        if was is None or (was == reading.intent) == (reading.acted_on == reading.intent):
            continue
        (gained if reading.acted_on == reading.intent else lost).append(reading)
    return gained, lost


def _share(truths: Iterable[bool]) -> float:
    told = list(truths)
    return sum(told) / len(told) if told else 0.0
