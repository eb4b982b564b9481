"""What lies behind a figure: its table for a spreadsheet, and the conversations of a cell."""

from http import HTTPStatus

from nicegui import app, ui
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from crm.conversation.models import Conversation
from crm.insights.catalogue import NoSuchFigure, definitions
from crm.insights.figures import Counted
from crm.staff.audit import Action
from desk.api.insight_views import as_csv, behind_for, count_for
from desk.office import Office
from desk.pages.fragments import Fragment
from desk.pages.frame import frame
from desk.pages.insights.labels import labeller
from desk.pages.insights.question import Question, question_of
from desk.pages.lines import Filters, Found, lines_of
from desk.visit import Visit, visit_of

MOST_SHOWN = 100


def add_behind(office: Office) -> None:
    """Serve the tables, and add the pages."""

    @app.get("/insights/{figure}/csv")
    async def table(request: Request, figure: str) -> Response:
        visit = visit_of(request)
        question = question_of(visit, request)
        try:
            counted = await visit.write(lambda session: _download(visit, session, figure, question))
        except NoSuchFigure as unknown:
            return PlainTextResponse(str(unknown), HTTPStatus.NOT_FOUND)
        meaning = definitions(visit.words.language)[figure]
        text = as_csv(counted, meaning, _labels(visit, figure, counted))
        scope = question.scope
        name = f"bottega-{figure}-{scope.first}-{scope.last}.csv"
        headers = {
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        }
        return Response("\ufeff" + text, media_type="text/csv; charset=utf-8", headers=headers)

    @ui.page("/insights/{figure}/conversations", response_timeout=30)
    async def behind_page(request: Request, figure: str, cell: str = "") -> None:
        visit = visit_of(request)
        question = question_of(visit, request)
        with frame(visit, "insights", visit.words("insights.behind")):
            await _show(visit, question, figure, cell)


def _download(visit: Visit, session: Session, figure: str, question: Question) -> Counted:
    counted = count_for(session, visit.who.staff, visit.office.catalogue, figure, question.scope)
    visit.note(session, Action.DOWNLOADED, f"insight:{figure}", **question.query())
    return counted


def _labels(visit: Visit, figure: str, counted: Counted) -> dict[str, str]:
    label = labeller(visit.words, figure, visit.office.catalogue)
    return {"total": visit.words("insights.total")} | {
        cell.name: label(cell) for cell in counted.cells
    }


async def _show(visit: Visit, question: Question, figure: str, cell: str) -> None:
    words = visit.words
    ui.link(f"← {words('frame.insights')}", question.address()).classes("self-start")
    if figure not in visit.office.catalogue.figures:
        ui.label(words("insights.no_figure")).classes("desk-nothing")
        return
    meaning = definitions(words.language)[figure]
    ui.label(f"{words('insights.behind')}: {meaning.title}").classes("desk-title")
    ui.label(meaning.definition).classes("definition")
    found = await visit.read(lambda session: _found(visit, session, question, figure, cell))
    await visit.note_sight(f"insight:{figure}")
    if not found.lines and not visit.who.staff.sees_personal_data:
        ui.label(words("insights.few")).classes("desk-notice")
    Fragment("inbox.html", visit).draw(found=found, filters=Filters())


def _found(visit: Visit, session: Session, question: Question, figure: str, cell: str) -> Found:
    ids = behind_for(session, visit.who.staff, visit.office.catalogue, figure, question.scope, cell)
    query = select(Conversation).where(Conversation.id.in_(ids[:MOST_SHOWN]))
    found = session.scalars(query.order_by(Conversation.updated_at.desc())).unique().all()
    return Found(lines_of(session, visit.who, found), {}, len(ids) > MOST_SHOWN)
