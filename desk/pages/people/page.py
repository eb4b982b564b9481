"""Customers: the list, and the page of each."""

from typing import Any

from nicegui import ui
from sqlalchemy.orm import Session
from starlette.requests import Request

from crm.conversation.queue import tiers_of
from crm.profile import directory
from desk.api.customer_views import customer_line
from desk.api.masking import veil_for
from desk.office import Office
from desk.pages.fragments import Fragment
from desk.pages.frame import frame
from desk.pages.people.briefing import add_briefing
from desk.pages.people.merging import Merging
from desk.pages.people.profile import TOUCHES, Profile, gather_profile
from desk.pages.people.relations import Relations
from desk.visit import Visit, visit_of

SHOWN = 50


def register(office: Office) -> None:
    """Add the pages to the desk."""
    add_briefing(office)

    @ui.page("/customers", response_timeout=20)
    async def customers_page(request: Request) -> None:
        visit = visit_of(request)
        with frame(visit, "customers", visit.words("frame.customers")):
            await Directory(visit, request.query_params.get("query", "")).build()

    @ui.page("/customers/{customer_id}", response_timeout=20)
    async def customer_page(request: Request, customer_id: int) -> None:
        visit = visit_of(request)
        with frame(visit, "customers", visit.words("customer.title")):
            await Card(visit, customer_id).build()


class Directory:
    """The list of customers with its search."""

    def __init__(self, visit: Visit, words: str) -> None:
        self._visit = visit
        self._sought = words[:200]
        self._shown = SHOWN

    async def build(self) -> None:
        """Draw the page."""
        words = self._visit.words
        ui.label(words("frame.customers")).classes("desk-title")
        hint = "customer.search" if self._visit.who.staff.sees_personal_data else "customer.by_cap"
        ui.input(words(hint), value=self._sought, on_change=self._visit.doing(self._seek)).props(
            "outlined dense clearable debounce=300 type=search"
        ).classes("w-full")
        self._list = Fragment("customers.html", self._visit)
        self._more = ui.button(words("more"), on_click=self._visit.doing(self._go_on))
        self._more.props("flat no-caps").classes("self-center")
        await self._refresh()

    async def _seek(self, event: Any) -> None:
        self._sought, self._shown = event.value or "", SHOWN
        await self._refresh()

    async def _go_on(self) -> None:
        self._shown += SHOWN
        await self._refresh()

    async def _refresh(self) -> None:
        lines, tiers = await self._visit.read(self._find)
        self._list.draw(found=lines[: self._shown], tiers=tiers)
        self._more.set_visibility(len(lines) > self._shown)

    def _find(self, session: Session) -> Any:
        staff = self._visit.who.staff
        found = directory.list_customers(
            session, self._sought, personal=staff.sees_personal_data, limit=self._shown + 1
        )
        veil = veil_for(staff, session)
        lines = [customer_line(one, veil) for one in found]
        return lines, tiers_of(session, [one.id for one in found])


class Card:
    """The page of one customer."""

    def __init__(self, visit: Visit, customer_id: int) -> None:
        self._visit, self._words = visit, visit.words
        self._id = customer_id
        self._touches = TOUCHES

    async def build(self) -> None:
        """Draw the page; that it was opened is written down."""
        profile = await self._visit.read(self._gather)
        if profile is None:
            ui.label(self._words("customer.nobody")).classes("desk-nothing")
            return
        await self._visit.note_sight(f"customer:{self._id}")
        with ui.row().classes("w-full items-center"):
            ui.link(f"← {self._words('frame.customers')}", "/customers")
            ui.space()
            if self._visit.who.works_with_customers:
                ui.link(
                    self._words("briefing.open"), f"/customers/{self._id}/briefing", new_tab=True
                )
        with ui.column().classes("desk-card"):
            self._card = Fragment("customer.html", self._visit)
            self._more = ui.button(self._words("more"), on_click=self._visit.doing(self._go_on))
            self._more.props("flat no-caps")
        if self._visit.who.works_with_customers:
            with ui.column().classes("desk-card"):
                self._relations = Relations(self._visit, self._id, self._refresh)
                self._relations.build()
        self._merging = ui.column().classes("w-full")
        self._draw(profile)

    def _gather(self, session: Session) -> Profile | None:
        return gather_profile(session, self._visit.who, self._id, self._visit.office, self._touches)

    async def _go_on(self) -> None:
        self._touches += TOUCHES
        await self._refresh()

    async def _refresh(self) -> None:
        profile = await self._visit.read(self._gather)
        if profile is not None:
            self._draw(profile)

    def _draw(self, profile: Profile) -> None:
        self._card.draw(profile=profile, compact=False)
        self._more.set_visibility(profile.more_touches)
        self._merging.clear()
        if not self._visit.who.works_with_customers:
            return
        self._relations.show(profile.view.relations)
        with self._merging:
            if profile.duplicates or profile.merges:
                ui.label(self._words("merge.heading")).classes("desk-heading")
            Merging(self._visit, self._id, self._refresh).build(profile)
