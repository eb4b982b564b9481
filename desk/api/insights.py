"""/insights: figures about conversations, each with its definition."""

from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.conversation.models import Conversation
from crm.insights.catalogue import NoSuchFigure, NoSuchSegment, definitions
from crm.insights.people import People
from crm.insights.scope import BadPeriod, Scope, last_days
from crm.segment.filters import BadFilter
from desk.api.access import Reader
from desk.api.context import Desk, TheDesk
from desk.api.conversation_views import ConversationLine, conversation_lines
from desk.api.errors import Problem, answers
from desk.api.fields import PRINTABLE, Channel
from desk.api.insight_views import (
    DefinitionView,
    FigureView,
    SegmentView,
    behind_for,
    count_for,
    definition_fields,
    figure_view,
)
from desk.api.masking import veil_for

router = APIRouter(prefix="/insights", tags=["insights"])
USUAL_DAYS = 30
MOST_SHOWN = 200

Name = Annotated[str, Path(max_length=40, pattern=r"^[a-z_]+$", description="A figure's name.")]
Language = Annotated[Literal["it", "en"], Query(description="Of titles and definitions.")]
CellName = Annotated[
    str, Query(min_length=1, max_length=120, pattern=PRINTABLE, description="A cell's name.")
]

Named = Annotated[str, Query(max_length=60, pattern=r"^[a-z0-9_]*$")]


def _people(
    desk: TheDesk,
    segment: Annotated[Named, Query(description="Only customers of this segment.")] = "",
    prone_to: Annotated[
        Named, Query(description="Only customers prone to this category of products.")
    ] = "",
) -> People | None:
    """The customers looked at; everybody unless told."""
    try:
        return desk.catalogue.people(segment, prone_to)
    except (NoSuchSegment, BadFilter) as problem:
        raise Problem(422, "invalid", f"segment: {problem}") from None


def _scope(
    desk: TheDesk,
    first: Annotated[date | None, Query(alias="from", description="The first day.")] = None,
    last: Annotated[date | None, Query(alias="to", description="The last day.")] = None,
    channel: Channel = "",
    people: Annotated[People | None, Depends(_people)] = None,
) -> Scope:
    """The period asked for; the last thirty days unless told."""
    today = datetime.now(desk.zone).date()
    last = last or today
    first = first or last_days(USUAL_DAYS, last).first
    try:
        return Scope(first, last, channel, desk.zone, people)
    except (BadPeriod, OverflowError) as problem:
        raise Problem(422, "invalid", f"from and to: {problem}") from None


Period = Annotated[Scope, Depends(_scope)]


@router.get("")
def list_figures(desk: TheDesk, staff: Reader, lang: Language = "it") -> list[DefinitionView]:
    """Every figure there is, with what it means."""
    meanings = definitions(lang)
    return [
        DefinitionView(**definition_fields(name, meanings[name])) for name in desk.catalogue.figures
    ]


@router.get("/segments")
def list_narrowing_segments(
    desk: TheDesk, staff: Reader, lang: Language = "it"
) -> list[SegmentView]:
    """The segments by which figures can be narrowed."""
    try:
        segments = desk.catalogue.segments()
    except BadFilter as problem:
        raise Problem(422, "invalid", f"segments: {problem}") from None
    return [
        SegmentView(name=name, title=one.title.get(lang) or one.title.get("it") or name)
        for name, one in segments.items()
    ]


@router.get("/{figure}", responses=answers(404))
def get_figure(
    figure: Name, desk: TheDesk, staff: Reader, scope: Period, lang: Language = "it"
) -> FigureView:
    """A figure over a period: customers, conversations and count of each cell.

    Cells with fewer than five people are hidden from marketers.
    """
    _require(desk, figure)
    with desk.database.reading() as session:
        counted = count_for(session, staff, desk.catalogue, figure, scope)
    return figure_view(figure, definitions(lang)[figure], scope, counted)


@router.get("/{figure}/conversations", responses=answers(404))
def get_conversations_behind(
    figure: Name, cell: CellName, desk: TheDesk, staff: Reader, scope: Period
) -> list[ConversationLine]:
    """The conversations counted in a cell, at most 200, the newest first."""
    _require(desk, figure)
    with desk.database.reading() as session:
        ids = behind_for(session, staff, desk.catalogue, figure, scope, cell)[:MOST_SHOWN]
        found = _conversations(session, ids)
        veil = veil_for(staff, session, conversations=found)
        return conversation_lines(session, found, veil, desk.alarm_after)


def _conversations(session: Session, ids: object) -> list[Conversation]:
    query = select(Conversation).where(Conversation.id.in_(ids))  # type: ignore[arg-type]
    return list(session.scalars(query.order_by(Conversation.id.desc())).unique())


def _require(desk: Desk, name: str) -> None:
    try:
        desk.catalogue.figure(name)
    except NoSuchFigure as unknown:
        raise Problem(404, "figure_not_found", str(unknown)) from None
