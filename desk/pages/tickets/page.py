"""The list and the board of tickets, live."""

from dataclasses import replace
from typing import Any

from nicegui import ui
from starlette.requests import Request

from crm.staff.users import agents
from crm.ticket.models import TicketStatus
from desk.office import Office
from desk.pages.fragments import Fragment
from desk.pages.frame import frame
from desk.pages.tickets.lines import Wanted, find_tickets
from desk.pages.tickets.single import TicketPage
from desk.visit import Visit, visit_of

REFRESH_SECONDS = 2.0


def register(_: Office) -> None:
    """Add the pages to the desk."""

    @ui.page("/tickets", response_timeout=20)
    async def tickets_page(request: Request) -> None:
        visit = visit_of(request)
        with frame(visit, "tickets", visit.words("frame.tickets")):
            await Tickets(visit, request.query_params.get("as", "list")).build()

    @ui.page("/tickets/{key}", response_timeout=20)
    async def ticket_page(request: Request, key: str) -> None:
        visit = visit_of(request)
        with frame(visit, "tickets", visit.words("ticket.title")):
            await TicketPage(visit, key).build()


class Tickets:
    """All tickets, as a list or as a board."""

    def __init__(self, visit: Visit, shape: str) -> None:
        self._visit, self._words = visit, visit.words
        self._shape = "board" if shape == "board" else "list"
        self._wanted = Wanted(with_settled=self._shape == "board")
        self._beat: object = None

    async def build(self) -> None:
        """Draw the page and keep it fresh."""
        ui.label(self._words("frame.tickets")).classes("desk-title")
        await self._build_filters()
        self._list = Fragment("tickets.html", self._visit)
        await self._refresh()
        ui.timer(REFRESH_SECONDS, self._visit.doing(self._watch), immediate=False)

    async def _build_filters(self) -> None:
        words = self._words
        names = await self._visit.read(lambda session: [user.name for user in agents(session)])
        statuses = {"": words("ticket.open_only")} | {
            str(one): words.of("status", one) for one in TicketStatus
        }
        with ui.row().classes("desk-filters"):
            ui.toggle(
                {"list": words("ticket.list"), "board": words("ticket.board")},
                value=self._shape,
                on_change=self._visit.doing(self._reshape),
            ).props("no-caps unelevated toggle-color=primary")
            ui.select(
                statuses, value="", label=words("ticket.status"), on_change=self._changed("status")
            ).props("dense outlined").classes("desk-filter")
            ui.select(
                {"": words("inbox.anybody")} | {name: name for name in names},
                value="", label=words("ticket.assignee"), on_change=self._changed("assignee"),
            ).props("dense outlined").classes("desk-filter")  # fmt: skip
            ui.input(label=words("search"), on_change=self._changed("words")).props(
                "dense outlined clearable debounce=300 type=search"
            ).classes("desk-search")

    def _changed(self, name: str) -> Any:
        async def change(event: Any) -> None:
            changed: dict[str, Any] = {name: event.value or ""}
            self._wanted = replace(self._wanted, **changed)
            await self._refresh()

        return self._visit.doing(change)

    async def _reshape(self, event: Any) -> None:
        self._shape = event.value
        self._wanted = replace(self._wanted, with_settled=self._shape == "board")
        await self._refresh()

    async def _watch(self) -> None:
        await self._visit.still_here()
        if await self._visit.pulse.beat() != self._beat:
            await self._refresh()

    async def _refresh(self) -> None:
        self._beat = await self._visit.pulse.beat()
        wanted = self._wanted
        lines = await self._visit.read(
            lambda session: find_tickets(session, self._visit.who, wanted)
        )
        self._list.draw(lines=lines, board=self._shape == "board", statuses=list(TicketStatus))
