"""Writes the report as one HTML page that needs nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.rasa_ext.report.drawing import bars, calibration_plot
from bot.rasa_ext.report.readings import HELD_OUT, Reading
from bot.rasa_ext.report.scores import (
    by_entity,
    by_intent,
    calibration,
    calibration_error,
    changed,
    confusions,
    totals,
)

_TEMPLATE = "page.html.j2"
_SHOWN_CONFUSIONS = 60
_ROWS = (
    ("sentences", "Sentences"),
    ("accuracy", "Likeliest reading right"),
    ("acted_rightly", "Acted on rightly"),
    ("asked_back", "Asked back"),
    ("misread", "Misread"),
    ("out_of_scope_recall", "Out of scope: turned away"),
    ("false_triggers", "Out of scope: started a writing intent"),
    ("language", "Language right"),
)


@dataclass(frozen=True)
class Subject:
    """What was measured: its name and its readings."""

    name: str
    readings: Sequence[Reading]


def write_page(path: Path, subjects: Sequence[Subject]) -> None:
    """Write the report of one subject, or of two side by side."""
    folder = Path(__file__).parent
    environment = Environment(
        loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined
    )
    shown = [_part(part, subjects) for part in _parts(subjects)]
    page = environment.get_template(_TEMPLATE).render(
        names=[subject.name for subject in subjects], parts=shown, compared=_compared(subjects)
    )
    path.write_text(page, encoding="utf-8")


def _parts(subjects: Sequence[Subject]) -> list[str]:
    return list(dict.fromkeys(r.part for subject in subjects for r in subject.readings))


def _part(part: str, subjects: Sequence[Subject]) -> dict[str, Any]:
    sets = [[r for r in subject.readings if r.part == part] for subject in subjects]
    with_intent = [[r for r in readings if r.intent] for readings in sets]
    return {
        "name": part,
        "totals": _totals_table(with_intent),
        "intents": _intents(with_intent),
        "confusions": confusions(with_intent[0])[:_SHOWN_CONFUSIONS],
        # A held-out sentence that was read measures nothing any more.
        "unseen": part == HELD_OUT,
        "calibration": calibration_plot(
            [(s.name, calibration(r)) for s, r in zip(subjects, with_intent, strict=True)]
        ),
        "calibration_errors": [calibration_error(readings) for readings in with_intent],
        "entities": _entities([[r for r in s if r.entities or r.found] for s in sets]),
    }


def _totals_table(sets: Sequence[Sequence[Reading]]) -> list[tuple[str, list[str]]]:
    """For every figure: all languages, then each, for each subject."""
    languages = sorted({r.language for readings in sets for r in readings if r.language})
    columns = [
        totals([r for r in readings if language in (None, r.language)])
        for readings in sets
        for language in (None, *languages)
    ]
    heads = [language or "all" for _ in sets for language in (None, *languages)]
    rows = [("", heads)]
    rows += [
        (label, [_shown(getattr(column, name)) for column in columns]) for name, label in _ROWS
    ]
    return rows


def _shown(value: float | int | None) -> str:
    if value is None:
        return "–"
    return str(value) if isinstance(value, int) else f"{100 * value:.1f} %"


def _intents(sets: Sequence[Sequence[Reading]]) -> dict[str, Any]:
    rates = [by_intent(readings) for readings in sets]
    places = sorted({place for each in rates for place in each}, key=lambda place: place[::-1])
    languages = sorted({language for _, language in places})
    plots = []
    for language in languages:
        here = [place for place in places if place[1] == language]
        rows = [
            (intent, [each[intent, language].f1 for each in rates if (intent, language) in each])
            for intent, _ in sorted(here, key=lambda place: _f1(rates[0], place))
        ]
        plots.append((language or "any language", bars(rows)))
    table = [(*place, [each.get(place) for each in rates]) for place in places]
    return {"plots": plots, "table": table}


def _f1(rates: dict[tuple[str, str], Any], place: tuple[str, str]) -> float:
    return rates[place].f1 if place in rates else 0.0


def _entities(sets: Sequence[Sequence[Reading]]) -> list[tuple[str, list[Any]]]:
    rates = [by_entity(readings) for readings in sets]
    kinds = sorted({kind for each in rates for kind in each})
    return [(kind, [each.get(kind) for each in rates]) for kind in kinds]


def _compared(subjects: Sequence[Subject]) -> dict[str, Sequence[Reading]] | None:
    if len(subjects) < 2:
        return None
    gained, lost = changed(subjects[1].readings, subjects[0].readings)
    return {"gained": _not_held_out(gained), "lost": _not_held_out(lost)}


def _not_held_out(readings: Sequence[Reading]) -> list[Reading]:
    return [reading for reading in readings if reading.part != HELD_OUT]
