"""Profiles that may be one person's: what speaks for it, what a merge brings, and its undoing."""

from collections.abc import Awaitable, Callable
from typing import Any

from nicegui import ui

from crm.profile.merging import ledger
from crm.profile.merging.preview import preview
from crm.profile.merging.suggestion import tell_apart
from crm.staff.audit import Action
from desk.api.masking import Veil
from desk.api.merge_views import DuplicateView, merge_view
from desk.pages.fragments import Fragment
from desk.pages.people.profile import Profile
from desk.visit import Visit

Done = Callable[[], Awaitable[None]]


class Merging:
    """The part of a customer's page about duplicates. `done` is called after every step."""

    def __init__(self, visit: Visit, customer_id: int, done: Done) -> None:
        self._visit, self._words = visit, visit.words
        self._id, self._done = customer_id, done

    def build(self, profile: Profile) -> None:
        """Draw the suggestions and the merges made."""
        for duplicate in profile.duplicates:
            self._suggestion(duplicate)
        for entry in profile.merges:
            self._entry(entry)

    def _suggestion(self, duplicate: DuplicateView) -> None:
        other = duplicate.other if duplicate.one.id == self._id else duplicate.one
        with ui.column().classes("desk-card"):
            text = self._words(
                "merge.may_be", name=other.full_name, share=round(duplicate.probability * 100)
            )
            ui.link(text, f"/customers/{other.id}")
            for reason in duplicate.reasons:
                if reason.bits:
                    ui.label(self._reason(reason)).classes("small soft")
            with ui.row():
                ui.button(
                    self._words("merge.preview"),
                    on_click=self._visit.doing(self._previewer(other.id)),
                ).props("outline no-caps dense")
                ui.button(
                    self._words("merge.apart"), on_click=self._visit.doing(self._parter(other.id))
                ).props("flat no-caps dense")

    def _reason(self, reason: Any) -> str:
        field = self._words.of("entity", reason.field)
        return f"{field}: {self._words.of('likeness', reason.level)} ({reason.bits:+.1f})"

    def _parter(self, other_id: int) -> Callable[[], Awaitable[None]]:
        async def part() -> None:
            await self._work(
                Action.CHANGED, lambda session: tell_apart(session, self._id, other_id), other_id
            )
            await self._done()

        return part

    def _previewer(self, other_id: int) -> Callable[[], Awaitable[None]]:
        async def show() -> None:
            view = await self._visit.read(
                lambda session: merge_view(preview(session, self._id, other_id), Veil(), None)
            )
            with ui.dialog(value=True) as dialog, ui.card().classes("desk-dialog"):
                ui.label(self._words("merge.title")).classes("desk-heading")
                Fragment("merge.html", self._visit).draw(view=view)

                async def merge() -> None:
                    dialog.close()
                    await self._merge(other_id)

                with ui.row().classes("w-full justify-end"):
                    ui.button(self._words("cancel"), on_click=dialog.close).props("flat no-caps")
                    ui.button(self._words("merge.do"), on_click=self._visit.doing(merge)).props(
                        "no-caps"
                    )

        return show

    async def _merge(self, other_id: int) -> None:
        await self._work(
            Action.MERGED,
            lambda session: ledger.merge(
                session,
                self._id,
                other_id,
                self._visit.who.name,
                rules=self._visit.office.value_rules,
            ),
            other_id,
        )
        ui.notify(self._words("merge.done"), type="positive")
        await self._done()

    def _entry(self, entry: Any) -> None:
        with ui.row().classes("items-center"):
            text = self._words(
                "merge.entry",
                other=entry.absorbed_id if entry.survivor_id == self._id else entry.survivor_id,
                name=entry.actor,
                at=self._visit.moment(entry.at),
            )
            ui.label(text).classes("small")
            if entry.undone_at is None:
                ui.button(
                    self._words("merge.undo"), on_click=self._visit.doing(self._undoer(entry.id))
                ).props("flat no-caps dense")
            else:
                ui.label(self._words("merge.undone")).classes("small soft")

    def _undoer(self, merge_id: int) -> Callable[[], Awaitable[None]]:
        async def undo() -> None:
            await self._work(
                Action.UNDID,
                lambda session: ledger.undo(
                    session, merge_id, self._visit.who.name, self._visit.office.value_rules
                ),
                merge_id,
            )
            await self._done()

        return undo

    async def _work(self, action: Action, deed: Callable[[Any], Any], about: int) -> None:
        """Do it and write it down; what the ledger refuses is told as it says it."""
        try:
            await self._visit.work(action, f"customer:{self._id}", deed, about=about)
        except (ledger.MergeRefused, LookupError) as refused:
            raise ValueError(str(refused)) from refused
