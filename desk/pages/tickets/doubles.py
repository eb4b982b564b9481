"""Tickets that are about one matter: compared, merged into the one that is open, taken apart."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from nicegui import ui
from sqlalchemy.orm import Session

from crm.staff.audit import Action
from crm.ticket import desk as ticketing
from crm.ticket import merging
from crm.ticket.models import Ticket
from desk.api.ticket_views import MergeEntry, TicketMergeView, merge_view
from desk.visit import Visit

Done = Callable[[], Awaitable[None]]


class Doubles:
    """The part of a ticket's page about doubles. `done` is called after every step."""

    def __init__(self, visit: Visit, number: str, done: Done) -> None:
        self._visit, self._words = visit, visit.words
        self._number, self._done = number, done

    async def build(self) -> None:
        """Draw it, empty where nothing can be merged."""
        self._box = ui.column().classes("w-full")
        await self._draw()

    async def _draw(self) -> None:
        found, entries, is_merged = await self._visit.read(self._gather)
        self._box.clear()
        with self._box, ui.column().classes("desk-card"):
            if found and not is_merged:
                ui.label(self._words("ticket.doubles")).classes("desk-heading")
                for number, subject in found:
                    self._suggestion(number, subject)
            if not is_merged:
                self._build_search()
            for entry in entries:
                self._entry(entry)

    def _gather(
        self, session: Session
    ) -> tuple[Sequence[tuple[str, str]], Sequence[MergeEntry], bool]:
        ticket = self._get(session, self._number)
        found = [(one.number, one.subject) for one in merging.doubles_of(session, ticket)]
        entries = [
            MergeEntry(
                id=one.id, actor=one.actor, at=one.at, undone_at=one.undone_at,
                kept=session.get_one(Ticket, one.kept_id).number,
                absorbed=session.get_one(Ticket, one.absorbed_id).number,
            )
            for one in merging.merges_of(session, ticket.id)
        ]  # fmt: skip
        return found, entries, ticket.merged_into_id is not None

    def _get(self, session: Session, number: str) -> Ticket:
        ticket = ticketing.find_ticket(session, number.strip())
        if ticket is None:
            raise ValueError(self._words("ticket.no_such", number=number))
        return ticket

    def _suggestion(self, number: str, subject: str) -> None:
        with ui.row().classes("items-center"):
            ui.link(f"{number} · {subject}", f"/tickets/{number}")
            ui.button(
                self._words("ticket.merge_preview"),
                on_click=self._visit.doing(lambda: self._compare(number)),
            ).props("outline no-caps dense")

    def _build_search(self) -> None:
        with ui.row().classes("w-full items-center"):
            other = ui.input(self._words("ticket.merge_with")).props("dense outlined")
            other.classes("desk-search")
            ui.button(
                self._words("ticket.merge"),
                on_click=self._visit.doing(lambda: self._compare(other.value or "")),
            ).props("outline no-caps dense")

    async def _compare(self, number: str) -> None:
        if not number.strip():
            return
        view = await self._visit.read(lambda session: self._preview(session, number))
        with ui.dialog(value=True) as dialog, ui.card().classes("desk-dialog"):
            names = {"absorbed": view.absorbed, "kept": view.kept}
            ui.label(self._words("ticket.merge_title", **names)).classes("desk-heading")
            for change in view.changes:
                ui.label(self._told(change)).classes("small")
            if not view.changes:
                ui.label(self._words("ticket.merge_nothing", **names)).classes("small")

            async def merge() -> None:
                dialog.close()
                await self._merge(view.absorbed)

            with ui.row().classes("w-full justify-end"):
                ui.button(self._words("cancel"), on_click=dialog.close).props("flat no-caps")
                ui.button(self._words("ticket.merge_do"), on_click=self._visit.doing(merge)).props(
                    "no-caps"
                )

    def _preview(self, session: Session, number: str) -> TicketMergeView:
        kept, absorbed = self._get(session, self._number), self._get(session, number)
        return merge_view(kept, absorbed, merging.preview(kept, absorbed), None)

    def _told(self, change: Any) -> str:
        name = self._words.of("ticket", change.field.removesuffix("_id"))
        before, after = (self._value(change.field, one) for one in (change.before, change.after))
        return f"{name}: {before} → {after}"

    def _value(self, field: str, value: Any) -> str:
        if value in (None, "", {}):
            return "—"
        if isinstance(value, dict):
            return ", ".join(str(part) for part in value.values())
        group = "priority" if field == "timed_as" else field
        return self._words.of(group, value) if group in ("priority", "category") else str(value)

    async def _merge(self, number: str) -> None:
        await self._work(
            Action.MERGED,
            lambda session: merging.merge(
                session,
                self._get(session, self._number),
                self._get(session, number),
                self._visit.who.name,
            ),
            number,
        )
        ui.notify(self._words("ticket.merge_done"), type="positive")

    def _entry(self, entry: MergeEntry) -> None:
        with ui.row().classes("items-center"):
            text = self._words(
                "ticket.merge_entry", absorbed=entry.absorbed, kept=entry.kept,
                name=entry.actor, at=self._visit.moment(entry.at),
            )  # fmt: skip
            ui.label(text).classes("small")
            if entry.undone_at is not None:
                ui.label(self._words("ticket.merge_undone")).classes("small soft")
                return
            ui.button(
                self._words("ticket.merge_undo"),
                on_click=self._visit.doing(lambda: self._undo(entry.id)),
            ).props("flat no-caps dense")

    async def _undo(self, merge_id: int) -> None:
        await self._work(
            Action.UNDID,
            lambda session: merging.undo(session, merge_id, self._visit.who.name),
            merge_id,
        )

    async def _work(self, action: Action, deed: Callable[[Session], Any], about: object) -> None:
        await self._visit.work(action, f"ticket:{self._number}", deed, about=about)
        await self._done()
        await self._draw()
