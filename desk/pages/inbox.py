"""The inbox: every conversation, live, the most urgent first."""

from dataclasses import replace
from typing import Any

from nicegui import ui
from starlette.requests import Request

from crm.conversation import queue
from desk.office import Office
from desk.pages.fragments import Fragment
from desk.pages.frame import frame
from desk.pages.lines import PAGE, VIEWS, Filters, find_lines, tags_to_choose
from desk.visit import Visit, visit_of

REFRESH_SECONDS = 1.0
AGES_SECONDS = 20
SESSION_SECONDS = 3


def register(_: Office) -> None:
    """Add the page to the desk."""

    @ui.page("/", response_timeout=20)
    async def inbox_page(request: Request) -> None:
        visit = visit_of(request)
        given = request.query_params
        with frame(visit, "inbox", visit.words("inbox.title")):
            await Inbox(visit, given.get("view", "all"), given.get("query", "")).build()


class Inbox:
    """The list with its filters."""

    def __init__(self, visit: Visit, view: str, words: str) -> None:
        self._visit = visit
        self._words = visit.words
        self._filters = Filters(view=view if view in VIEWS else "all", words=words[:200])
        self._beat: object = None
        self._ticks = 0

    async def build(self) -> None:
        """Draw the page and keep it fresh."""
        ui.label(self._words("inbox.title")).classes("desk-title")
        await self._build_filters()
        self._list = Fragment("inbox.html", self._visit, "desk-list")
        self._more = ui.button(self._words("more"), on_click=self._visit.doing(self._show_more))
        self._more.props("flat no-caps").classes("self-center")
        await self._refresh()
        ui.timer(REFRESH_SECONDS, self._visit.doing(self._watch), immediate=False)

    async def _build_filters(self) -> None:
        words = self._words
        channels, assignees, tags = await self._visit.read(
            lambda session: (
                queue.channels(session),
                queue.assignees(session),
                tags_to_choose(session, self._visit.who),
            )
        )
        with ui.row().classes("desk-filters"):
            self._views = ui.toggle(
                {view: words(f"view.{view}") for view in VIEWS},
                value=self._filters.view,
                on_change=self._changed("view"),
            ).props("no-caps unelevated toggle-color=primary")
            ui.select(
                {"": words("inbox.any_channel")}
                | {one: words.of("channel", one) for one in channels},
                value="", label=words("inbox.channel"), on_change=self._changed("channel"),
            ).props("dense outlined").classes("desk-filter")  # fmt: skip
            ui.select(
                {"": words("inbox.anybody")} | {one: one for one in assignees},
                value="", label=words("inbox.assignee"), on_change=self._changed("assignee"),
            ).props("dense outlined").classes("desk-filter")  # fmt: skip
            ui.select(
                {"": words("inbox.any_tag")} | {one: one for one in tags},
                value="", label=words("inbox.tag"), on_change=self._changed("tag"),
            ).props("dense outlined").classes("desk-filter")  # fmt: skip
            ui.switch(words("inbox.unread_only"), on_change=self._changed("unread"))
            ui.input(
                label=words("search"), value=self._filters.words, on_change=self._changed("words")
            ).props("dense outlined clearable debounce=300 type=search").classes("desk-search")

    def _changed(self, name: str):  # type: ignore[no-untyped-def]
        async def change(event: object) -> None:
            value = getattr(event, "value")  # noqa: B009
            value = "" if value is None else value
            changed: dict[str, Any] = {name: value, "shown": PAGE}
            self._filters = replace(self._filters, **changed)
            await self._refresh()

        return self._visit.doing(change)

    async def _show_more(self) -> None:
        self._filters = replace(self._filters, shown=self._filters.shown + PAGE)
        await self._refresh()

    async def _watch(self) -> None:
        """Draw again when something happened, and now and then for the ages."""
        self._ticks += 1
        if self._ticks % SESSION_SECONDS == 0:
            await self._visit.still_here()
        beat = await self._visit.pulse.beat()
        if beat != self._beat or self._ticks % AGES_SECONDS == 0:
            await self._refresh()

    async def _refresh(self) -> None:
        self._beat = await self._visit.pulse.beat()
        filters = self._filters
        found = await self._visit.read(
            lambda session: find_lines(session, self._visit.who, filters)
        )
        if filters != self._filters:  # an answer to a question that nobody asks any more
            return
        self._list.draw(found=found, filters=filters)
        self._more.set_visibility(found.has_more)
        self._views.set_options(
            {view: self._label(view, found.counts[view]) for view in VIEWS}, value=filters.view
        )

    def _label(self, view: str, count: int) -> str:
        name = self._words(f"view.{view}")
        return f"{name} ({count})" if view in ("waiting", "mine") and count else name
