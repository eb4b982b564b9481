"""The pages of figures: a group at a time, each figure with its definition and its table."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

from nicegui import ui
from starlette.requests import Request

from crm.conversation import queue
from crm.insights.catalogue import definitions
from crm.insights.figures import Cell, Counted
from crm.insights.scope import Scope, last_days
from desk.api.insight_views import count_for
from desk.office import Office
from desk.pages.fragments import Fragment
from desk.pages.frame import frame
from desk.pages.insights.behind import add_behind
from desk.pages.insights.charts import chart
from desk.pages.insights.choosing import build_choice_of_people
from desk.pages.insights.labels import BY_EXAMPLE, extras_of, filled, labeller, told
from desk.pages.insights.question import GROUPS, PERIODS, Question, question_of
from desk.visit import Visit, visit_of

HEIGHTS = {"intents": "22rem", "unmet": "18rem"}


def register(office: Office) -> None:
    """Add the pages to the desk, and the downloads."""
    add_behind(office)

    @ui.page("/insights", response_timeout=30)
    async def insights_page(request: Request) -> None:
        visit = visit_of(request)
        question = question_of(visit, request)
        with frame(visit, "insights", visit.words("frame.insights")):
            await Insights(visit, question).build()


class Insights:
    """One group of figures over one period."""

    def __init__(self, visit: Visit, question: Question) -> None:
        self._visit, self._words = visit, visit.words
        self._question = question

    async def build(self) -> None:
        """Draw the page."""
        ui.label(self._words("frame.insights")).classes("desk-title")
        await self._build_question()
        if not self._visit.who.staff.sees_personal_data:
            ui.label(self._words("insights.few")).classes("desk-notice")
        names = GROUPS[self._question.group]
        tiles = ui.element("div").classes("tiles")
        tiles.set_visibility(False)
        with ui.element("div").classes("figures"):
            cards = [self._card(name) for name in names]
        scope = await self._visit.read(self._question.scope.settled)
        counted = await asyncio.gather(
            *(self._fill(card, name, scope) for name, card in zip(names, cards, strict=True))
        )
        if self._question.group == "answers":
            with tiles:
                self._tiles(dict(zip(names, counted, strict=True)))
            tiles.set_visibility(True)

    async def _fill(self, card: ui.element, name: str, scope: Scope) -> Counted:
        """Count a figure, and draw it as soon as it is counted."""
        office, staff = self._visit.office, self._visit.who.staff
        counted = await self._visit.read(
            lambda session: count_for(session, staff, office.catalogue, name, scope)
        )
        card.clear()
        with card:
            self._draw(name, counted)
        card.props(remove="aria-busy")
        return counted

    async def _build_question(self) -> None:
        words, question = self._words, self._question
        channels = await self._visit.read(queue.channels)
        with ui.row().classes("desk-filters"):
            ui.toggle(
                {group: words(f"insights.{group}") for group in GROUPS},
                value=question.group,
                on_change=lambda event: ui.navigate.to(question.address(group=event.value)),
            ).props("no-caps unelevated toggle-color=primary")
            self._period()
            ui.select(
                {"": words("inbox.any_channel")}
                | {one: words.of("channel", one) for one in channels},
                value=question.scope.channel if question.scope.channel in channels else "",
                label=words("inbox.channel"),
                on_change=lambda event: ui.navigate.to(question.address(channel=event.value)),
            ).props("dense outlined").classes("desk-filter")
            await build_choice_of_people(self._visit, question)

    def _period(self) -> None:
        words, scope = self._words, self._question.scope
        first = ui.input(words("insights.from"), value=scope.first.isoformat())
        last = ui.input(words("insights.to"), value=scope.last.isoformat())
        for field in (first, last):
            field.props("dense outlined type=date stack-label").classes("desk-date")

        def ask() -> None:
            given = {"from": first.value or "", "to": last.value or ""}
            ui.navigate.to(self._question.address(**given))

        first.on("change", ask)
        last.on("change", ask)
        with ui.row().classes("gap-1"):
            for days in PERIODS:
                ui.link(words("insights.days", count=days), self._address_of_days(days)).classes(
                    "chip"
                )

    def _narrower(self, name: str) -> Callable[[Cell], str] | None:
        """Where the customers of a cell alone are looked at."""
        if name != "propensities":
            return None
        return lambda cell: self._visit.root + self._question.address(prone_to=cell.name)

    def _address_of_days(self, days: int) -> str:
        scope = last_days(days, datetime.now(self._visit.office.zone).date())
        return self._question.address(
            **{"from": scope.first.isoformat(), "to": scope.last.isoformat()}
        )

    def _tiles(self, counted: dict[str, Counted]) -> None:
        words = self._words
        outcomes = {cell.name: cell for cell in counted["outcomes"].cells}
        total = counted["outcomes"].total.count
        alone = outcomes.get("bot_alone")
        waits = counted["answering"].total.extra
        tiles = {
            "conversations": _shown(words, total),
            "alone": _share(words, alone.count if alone else 0, total),
            "handoffs": _shown(words, counted["handoffs"].total.count),
            "median": _minutes(words, waits.get("median_minutes")),
            "p90": _minutes(words, waits.get("p90_minutes")),
            "satisfaction": _mean(words, counted["satisfaction"].total.extra.get("mean")),
        }
        for name, value in tiles.items():
            Fragment("tile.html", self._visit, "tile").draw(
                value=value, label=words(f"insights.tile_{name}")
            )

    def _card(self, name: str) -> ui.element:
        """A figure before it is counted: what it is, and a place for it."""
        meaning = definitions(self._words.language)[name]
        with ui.column().classes("desk-card"):
            with ui.row().classes("w-full items-start no-wrap"):
                ui.label(meaning.title).classes("desk-heading")
                ui.space()
                ui.link("CSV", self._question.address_of(name, "csv")).props("download")
            ui.label(meaning.definition).classes("definition")
            with ui.column().classes("w-full").props("aria-busy=true") as card:
                ui.skeleton("rect").classes("w-full").style(_height(name))
        return card

    def _draw(self, name: str, counted: Counted) -> None:
        cells = filled(counted.cells, name)
        label = labeller(self._words, name, self._visit.office.catalogue)
        options = chart(name, cells, [label(cell) for cell in cells])
        if options is not None:
            ui.echart(options).classes("w-full").style(_height(name))
        Fragment("figure.html", self._visit).draw(
            name=name,
            cells=[cell for cell in cells if told(name, cell)],
            unnamed=sum(cell.is_hidden for cell in cells) if name in BY_EXAMPLE else 0,
            total=counted.total,
            unit=definitions(self._words.language)[name].unit,
            label=label,
            extras=extras_of(self._words, name),
            narrower=self._narrower(name),
            address=lambda cell: (
                self._visit.root + self._question.address_of(name, "conversations", cell=cell.name)
            ),
        )


def _height(name: str) -> str:
    return f"height: {HEIGHTS.get(name, '14rem')}"


def _shown(words: Any, value: float | None) -> str:
    return str(words("insights.few_people") if value is None else words.number(value))


def _share(words: Any, part: int | None, whole: int | None) -> str:
    if part is None or whole is None:
        return str(words("insights.few_people"))
    return f"{words.number(100 * part / whole, 0)}%" if whole else "—"


def _minutes(words: Any, value: float | None) -> str:
    return "—" if value is None else f"{words.number(value, 1)} min"


def _mean(words: Any, value: float | None) -> str:
    return "—" if value is None else f"{words.number(value, 1)} / 5"
