"""Figures as they may be shown: to a marketer without small cells and without personal data."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.conversation.models import Conversation
from crm.insights.catalogue import Catalogue, Definition
from crm.insights.figures import Cell, Counted, suppressed
from crm.insights.scope import Scope
from desk.api.access import Staff
from desk.api.masking import veil_for

# A cell that begins with one of these would be a formula in a spreadsheet.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class DefinitionView(BaseModel):
    """What a figure is called and what it means."""

    name: str
    title: str
    unit: str
    definition: str


class SegmentView(BaseModel):
    """A segment by which figures can be narrowed."""

    name: str
    title: str


class CellView(BaseModel):
    """One line of a figure; null: hidden, since fewer than five people are in it."""

    name: str
    customers: int | None
    conversations: int | None
    count: int | None
    extra: dict[str, float | None]
    examples: list[str]
    hidden: bool


class FigureView(DefinitionView):
    """A figure over a period of whole days, with the sum in which everybody counts once."""

    first: date
    last: date
    channel: str
    segment: str
    prone_to: str
    cells: list[CellView]
    total: CellView


def count_for(
    session: Session, staff: Staff, catalogue: Catalogue, name: str, scope: Scope
) -> Counted:
    """A figure as somebody may see it.

    Raises:
        NoSuchFigure
    """
    counted = catalogue.figure(name).count(session, scope)
    if staff.sees_personal_data:
        return counted
    return _masked(session, staff, suppressed(counted))


def _masked(session: Session, staff: Staff, counted: Counted) -> Counted:
    sources = {source for cell in counted.cells for source in cell.sources}
    if not sources:
        return counted
    found = session.scalars(select(Conversation).where(Conversation.id.in_(sources))).unique()
    veil = veil_for(staff, session, conversations=list(found))
    cells = [replace(one, examples=[veil.text(text) for text in one.examples])
             for one in counted.cells]  # fmt: skip
    return Counted(cells, counted.total)


def behind_for(
    session: Session, staff: Staff, catalogue: Catalogue, name: str, scope: Scope, cell: str
) -> Sequence[int]:
    """The conversations in a cell; none where somebody may not see the cell itself.

    Raises:
        NoSuchFigure
    """
    if not staff.sees_personal_data:
        counted = suppressed(catalogue.figure(name).count(session, scope))
        if not any(one.name == cell and not one.is_hidden for one in counted.cells):
            return []
    return catalogue.figure(name).behind(session, scope, cell)


def figure_view(name: str, meaning: Definition, scope: Scope, counted: Counted) -> FigureView:
    """A figure with what it means."""
    return FigureView(
        **definition_fields(name, meaning),
        first=scope.first,
        last=scope.last,
        channel=scope.channel,
        segment=scope.people.segment if scope.people else "",
        prone_to=scope.people.prone_to if scope.people else "",
        cells=[_cell_view(cell) for cell in counted.cells],
        total=_cell_view(counted.total),
    )


def definition_fields(name: str, meaning: Definition) -> dict[str, str]:
    """What a figure is called and means."""
    return {"name": name, **vars(meaning)}


def _cell_view(cell: Cell) -> CellView:
    return CellView(
        name=cell.name,
        customers=cell.customers,
        conversations=cell.conversations,
        count=cell.count,
        extra=dict(cell.extra),
        examples=list(cell.examples),
        hidden=cell.is_hidden,
    )


def as_csv(counted: Counted, meaning: Definition, label: Mapping[str, str] | None = None) -> str:
    """A figure for a spreadsheet, its definition on the first line; hidden numbers are empty."""
    extras = sorted({name for cell in counted.cells for name in cell.extra})
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow([_harmless(f"{meaning.title}: {meaning.definition}")])
    table.writerow(["cell", "customers", "conversations", meaning.unit, *extras, "examples"])
    for cell in [*counted.cells, counted.total]:
        shown = (label or {}).get(cell.name, cell.name)
        values = [cell.customers, cell.conversations, cell.count]
        values += [cell.extra.get(name) for name in extras]  # type: ignore[misc]
        table.writerow([_harmless(shown), *_written(values), _harmless(" | ".join(cell.examples))])
    return written.getvalue()


def _written(values: Iterable[float | None]) -> list[str]:
    return ["" if value is None else str(value) for value in values]


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text
