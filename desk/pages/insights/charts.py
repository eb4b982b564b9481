"""Figures as drawings that can be read in the light and in the dark."""

from collections.abc import Sequence
from typing import Any

from crm.insights.figures import Cell

INK = "#8a7d69"
# A number as whoever looks writes it.
WRITTEN = 'value => value.toLocaleString(document.documentElement.lang, {useGrouping: "always"})'
GREEN, BRICK = "#4e7d63", "#c0643a"
UNHAPPY = ("displeased",)
OVER_TIME = ("days", "displeased")
UPRIGHT = ("hours", *OVER_TIME, "answering")
MOST_BARS = 12
# Drawn by how many customers there are, whatever else is counted beside.
OF_PEOPLE = ("stages", "tiers")


def chart(figure: str, cells: Sequence[Cell], labels: Sequence[str]) -> dict[str, Any] | None:
    """The options of a chart; None when there is nothing to draw."""
    drawn = [cell.customers if figure in OF_PEOPLE else cell.count for cell in cells]
    shown = [
        (label, count) for label, count in zip(labels, drawn, strict=True) if count is not None
    ]
    if not any(count for _, count in shown):
        return None
    if figure in UPRIGHT:
        return _upright(figure, shown)
    return _lying(shown[:MOST_BARS])


def _upright(figure: str, shown: Sequence[tuple[str, int]]) -> dict[str, Any]:
    series = {
        "type": "line" if figure in OVER_TIME else "bar",
        "data": [count for _, count in shown],
        "smooth": False,
        "symbolSize": 7,
    }
    return {
        **_common(BRICK if figure in UNHAPPY else GREEN),
        "xAxis": {"type": "category", "data": [label for label, _ in shown],
                  "axisLabel": {"color": INK}},
        "yAxis": _values(),
        "series": [series],
    }  # fmt: skip


def _lying(shown: Sequence[tuple[str, int]]) -> dict[str, Any]:
    upwards = list(reversed(shown))
    names = {"type": "category", "data": [_short(label) for label, _ in upwards],
             "axisLabel": {"color": INK}}  # fmt: skip
    return {
        **_common(GREEN),
        "xAxis": _values(),
        "yAxis": names,
        "series": [{"type": "bar", "data": [count for _, count in upwards], "barMaxWidth": 22}],
    }


def _short(label: str) -> str:
    return label if len(label) <= 26 else f"{label[:25]}…"


def _values() -> dict[str, Any]:
    return {
        "type": "value",
        "minInterval": 1,
        "axisLabel": {"color": INK, ":formatter": WRITTEN},
        "splitLine": {"lineStyle": {"color": INK, "opacity": 0.25}},
    }


def _common(colour: str) -> dict[str, Any]:
    return {
        "color": [colour],
        "backgroundColor": "transparent",
        "grid": {"left": 8, "right": 18, "top": 12, "bottom": 8, "containLabel": True},
        "tooltip": {
            "trigger": "axis",
            "axisPointer": {"type": "shadow"},
            ":valueFormatter": WRITTEN,
        },
        "animation": False,
    }
