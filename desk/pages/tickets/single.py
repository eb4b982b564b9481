"""The page of one ticket: what happened, and what is to be done with it."""

from collections.abc import Callable
from typing import Any, cast

from nicegui import ui
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.order.models import Order
from crm.profile.models import Customer
from crm.staff.audit import Action
from crm.staff.users import agents
from crm.ticket import desk as ticketing
from crm.ticket.due import due_of
from crm.ticket.models import Priority, Ticket, TicketStatus
from desk.api.masking import veil_for
from desk.api.ticket_views import TicketView, ticket_view
from desk.pages.fragments import Fragment
from desk.pages.tickets.doubles import Doubles
from desk.visit import Visit

LONGEST_NOTE = 4000


class TicketPage:
    """A ticket that is open in a browser."""

    def __init__(self, visit: Visit, key: str) -> None:
        self._visit, self._words = visit, visit.words
        self._key = key[:20]

    async def build(self) -> None:
        """Draw the page; that it was opened is written down."""
        ui.link(f"← {self._words('frame.tickets')}", "/tickets").classes("self-start")
        shown = await self._visit.read(self._gather)
        if shown is None:
            ui.label(self._words("ticket.missing")).classes("desk-nothing")
            return
        await self._visit.note_sight(self._subject)
        with ui.column().classes("desk-card"):
            self._card = Fragment("ticket.html", self._visit)
        self._card.draw(**shown)
        if self._visit.who.works_with_customers:
            self._changes = ui.column().classes("w-full")
            await self._draw_changes(shown["view"])
            await Doubles(self._visit, shown["view"].number, self._show_merged).build()

    @property
    def _subject(self) -> str:
        return f"ticket:{self._key}"

    def _find(self, session: Session) -> Ticket | None:
        return ticketing.find_ticket(session, self._key)

    def _gather(self, session: Session) -> dict[str, Any] | None:
        ticket = self._find(session)
        if ticket is None:
            return None
        veil = veil_for(self._visit.who.staff, session, tickets=[ticket])
        customer = session.get(Customer, ticket.customer_id) if ticket.customer_id else None
        view = ticket_view(session, ticket, veil)
        orders = session.scalars(select(Order.number).where(Order.id.in_(view.orders)))
        return {
            "view": view,
            "due": due_of(ticket),
            "customer": veil.name(customer.full_name) if customer else "",
            "orders": list(orders),
            "statuses": list(TicketStatus),
        }

    async def _draw_changes(self, view: TicketView) -> None:
        """What can be changed: nothing while the ticket is part of another one."""
        self._changes.clear()
        if view.merged_into is None:
            with self._changes:
                await self._build_changes(view)

    async def _build_changes(self, view: TicketView) -> None:
        words = self._words
        names = await self._visit.read(lambda session: [user.name for user in agents(session)])
        holders = {"": words("nobody")} | {name: name for name in names}
        if view.assignee:
            holders.setdefault(view.assignee, view.assignee)
        with ui.column().classes("desk-card"):
            with ui.row().classes("desk-filters"):
                self._choice("status", words.group("status"), view.status, self._set_status)
                self._choice("priority", words.group("priority"), view.priority, self._set_priority)
                self._choice("assignee", holders, view.assignee or "", self._set_assignee)
            note = ui.textarea(words("ticket.note")).classes("w-full")
            note.props(f"outlined autogrow maxlength={LONGEST_NOTE}")

            async def add() -> None:
                text = (note.value or "").strip()
                if text:
                    await self._change(
                        lambda ticket: ticketing.add_note(ticket, self._visit.who.name, text)
                    )
                    note.value = ""

            ui.button(words("ticket.add_note"), on_click=self._visit.doing(add)).props("no-caps")

    def _choice(
        self, name: str, options: dict[str, str], value: str, change: Callable[[Any, str], None]
    ) -> None:
        async def choose(event: Any) -> None:
            await self._change(lambda ticket: change(ticket, event.value))
            ui.notify(self._words("ticket.saved"), type="positive")

        ui.select(
            options, value=str(value), label=self._words(f"ticket.{name}"),
            on_change=self._visit.doing(choose),
        ).props("outlined dense").classes("desk-filter")  # fmt: skip

    def _set_status(self, ticket: Ticket, value: str) -> None:
        ticketing.change_status(ticket, TicketStatus(value), self._visit.who.name)

    def _set_priority(self, ticket: Ticket, value: str) -> None:
        ticketing.change_priority(ticket, Priority(value), self._visit.who.name)

    def _set_assignee(self, ticket: Ticket, value: str) -> None:
        ticketing.assign(ticket, value or None, self._visit.who.name)

    async def _change(self, change: Callable[[Ticket], None]) -> None:
        def work(session: Session) -> None:
            ticket = self._find(session)
            assert ticket is not None
            change(ticket)
            session.flush()

        await self._visit.work(Action.CHANGED, self._subject, work)
        await self._refresh()

    async def _refresh(self) -> TicketView | None:
        shown = await self._visit.read(self._gather)
        if shown is None:
            return None
        self._card.draw(**shown)
        return cast(TicketView, shown["view"])

    async def _show_merged(self) -> None:
        """After a merge or its undo: what can be changed may be other things."""
        view = await self._refresh()
        if view is not None:
            await self._draw_changes(view)
