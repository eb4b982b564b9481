"""The cells of figures in the words of whoever reads them."""

from collections.abc import Callable, Sequence
from datetime import date

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
    "offers": "outcome",
}
BY_DAY = ("days", "displeased")


def labeller(words: Wording, figure: str) -> Callable[[Cell], str]:
    """How the cells of a figure are called."""
    if figure in BY_DAY:
        return lambda cell: f"{date.fromisoformat(cell.name):%d/%m}"
    if figure == "unmet":
        return lambda cell: cell.examples[0] if cell.examples else words("insights.hidden_question")
    if figure in GROUPS:
        return lambda cell: words.of(GROUPS[figure], cell.name)
    return lambda cell: cell.name


def filled(cells: Sequence[Cell], figure: str) -> Sequence[Cell]:
    """The hours of a whole day, also those in which nothing happened."""
    if figure != "hours":
        return cells
    known = {cell.name: cell for cell in cells}
    names = [f"{hour:02}:00" for hour in range(24)]
    return [known.get(name, Cell(name, 0, 0, 0)) for name in names]
