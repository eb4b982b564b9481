"""Who saw and did what. For admins."""

from typing import Any

from nicegui import ui
from starlette.requests import Request

from crm.staff import audit, users
from crm.staff.models import Role
from desk.office import Office
from desk.pages.fragments import Fragment
from desk.pages.frame import frame
from desk.visit import Visit, visit_of

SHOWN = 100


def register(_: Office) -> None:
    """Add the page to the desk."""

    @ui.page("/audit", response_timeout=20)
    async def audit_page(request: Request) -> None:
        visit = visit_of(request)
        with frame(visit, "audit", visit.words("frame.audit")):
            await Log(visit, request.query_params.get("subject", "")).build()


class Log:
    """The audit log with its filters."""

    def __init__(self, visit: Visit, subject: str) -> None:
        self._visit, self._words = visit, visit.words
        self._actor, self._subject, self._shown = "", subject[:60], SHOWN

    async def build(self) -> None:
        """Draw the page, for admins only."""
        words = self._words
        if self._visit.who.role != Role.ADMIN:
            ui.label(words("refused.not_allowed")).classes("desk-nothing")
            return
        ui.label(words("frame.audit")).classes("desk-title")
        names = [user.name for user in await self._visit.read(users.users)]
        with ui.row().classes("desk-filters"):
            ui.select(
                {"": words("inbox.anybody")} | {name: name for name in names}, value="",
                label=words("audit.actor"), on_change=self._visit.doing(self._choose),
            ).props("dense outlined").classes("desk-filter")  # fmt: skip
            ui.input(
                words("audit.subject"), value=self._subject, placeholder="customer:12",
                on_change=self._visit.doing(self._seek),
            ).props("dense outlined clearable debounce=300").classes("desk-search")  # fmt: skip
        self._list = Fragment("audit.html", self._visit)
        ui.button(words("more"), on_click=self._visit.doing(self._go_on)).props(
            "flat no-caps"
        ).classes("self-center")
        await self._refresh()

    async def _choose(self, event: Any) -> None:
        self._actor = event.value or ""
        await self._refresh()

    async def _seek(self, event: Any) -> None:
        self._subject = (event.value or "").strip()
        await self._refresh()

    async def _go_on(self) -> None:
        self._shown += SHOWN
        await self._refresh()

    async def _refresh(self) -> None:
        entries = await self._visit.read(
            lambda session: audit.entries(
                session, actor=self._actor, subject=self._subject, limit=self._shown
            )
        )
        self._list.draw(entries=entries, paths=PATHS)


# Where the subjects of deeds can be looked at.
PATHS = {"conversation": "conversations", "customer": "customers", "ticket": "tickets"}
