"""The cells of figures in the words of whoever reads them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from crm.insights.catalogue import Catalogue
from crm.insights.figures import Cell
from desk.wording import Wording

# The group of words that names the cells of a figure.
GROUPS = {
    "channels": "channel",
    "intents": "intent",
    "outcomes": "settled_by",
    "handoffs": "cause",
    "answering": "bracket",
    "moods": "mood",
    "stages": "stage",
    "tiers": "tier",
    "offers": "outcome",
}
BY_DAY = ("days", "displeased")
# Cells that are known by the first of their examples.
BY_EXAMPLE = ("unmet", "strange_words")
# What stands beside the counts of a figure's cells: the value's name and how it is written.
EXTRAS = {
    "intents": {"before": "count"},
    "offers": {"of_shown": "share"},
    "stages": {"spent": "money"},
    "tiers": {"spent": "money"},
    "campaigns": {
        "accepted": "count",
        "sold": "count",
        "revenue": "money",
        "cost": "money",
        "return": "share",
    },
    "variants": {"accepted": "count", "rate": "share", "low": "share", "high": "share"},
}


@dataclass(frozen=True)
class Column:
    """A further column of a figure: its heading, and what stands in it for a cell."""

    title: str
    write: Callable[[Cell], str]


def extras_of(words: Wording, figure: str) -> list[Column]:
    """The further columns of a figure."""
    return [_column(words, name, kind) for name, kind in EXTRAS.get(figure, {}).items()]


def _column(words: Wording, name: str, kind: str) -> Column:
    def write(cell: Cell) -> str:
        value = cell.extra.get(name, 0)
        return "–" if value is None else _written(words, kind, value)

    return Column(words(f"insights.{name}"), write)


def _written(words: Wording, kind: str, value: float) -> str:
    if kind == "share":
        return f"{words.number(100 * value, 1)}%"
    return f"{words.number(value)} €" if kind == "money" else words.number(value)


def labeller(words: Wording, figure: str, catalogue: Catalogue) -> Callable[[Cell], str]:
    """How the cells of a figure are called."""
    if figure == "propensities":
        return lambda cell: catalogue.category_name(cell.name, words.language)
    if figure in BY_DAY:
        return lambda cell: f"{date.fromisoformat(cell.name):%d/%m}"
    if figure in BY_EXAMPLE:
        return lambda cell: cell.examples[0] if cell.examples else words("insights.hidden_question")
    if figure in GROUPS:
        return lambda cell: words.of(GROUPS[figure], cell.name)
    return lambda cell: cell.name


def told(figure: str, cell: Cell) -> bool:
    """Whether a cell has a line of its own: not when empty, nor when hidden with its name."""
    return figure not in BY_EXAMPLE if cell.is_hidden else cell.customers != 0


def filled(cells: Sequence[Cell], figure: str) -> Sequence[Cell]:
    """The hours of a whole day, also those in which nothing happened."""
    if figure != "hours":
        return cells
    known = {cell.name: cell for cell in cells}
    names = [f"{hour:02}:00" for hour in range(24)]
    return [known.get(name, Cell(name, 0, 0, 0)) for name in names]
