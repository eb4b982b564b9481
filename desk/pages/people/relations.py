"""To whom a customer belongs: household, company, who brought whom; said and taken back (R6)."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from nicegui import ui
from sqlalchemy.orm import Session

from crm.profile.directory import list_customers
from crm.profile.relations import RelationKind, relate, unrelate
from crm.staff.audit import Action
from desk.api.customer_views import RelationView
from desk.visit import Visit

Done = Callable[[], Awaitable[None]]
OFFERED = 8


class Relations:
    """The part of a customer's page about relations. `done` is called after every change."""

    def __init__(self, visit: Visit, customer_id: int, done: Done) -> None:
        self._visit, self._words = visit, visit.words
        self._id, self._done = customer_id, done

    def build(self) -> None:
        """Draw the list and the way to add to it."""
        ui.label(self._words("customer.relations")).classes("desk-heading")
        self._list = ui.column().classes("w-full gap-1")
        with ui.row().classes("w-full items-center"):
            self._kind = ui.select(
                {str(kind): self._words.of("relation", kind) for kind in RelationKind},
                value=str(RelationKind.HOUSEHOLD), label=self._words("relation.kind"),
            ).props("dense outlined").classes("desk-filter")  # fmt: skip
            ui.input(self._words("relation.search"), on_change=self._visit.doing(self._seek)).props(
                "dense outlined clearable debounce=300 type=search"
            ).classes("desk-search")
        self._found = ui.column().classes("w-full gap-1")

    def show(self, relations: Sequence[RelationView]) -> None:
        """Draw those that there are."""
        self._list.clear()
        with self._list:
            for relation in relations:
                self._line(relation)
            if not relations:
                ui.label(self._words("relation.none")).classes("small soft")

    def _line(self, relation: RelationView) -> None:
        with ui.row().classes("items-center"):
            ui.label(self._words.of("relation", relation.kind)).classes("small soft")
            name = relation.name or self._words("stranger")
            ui.link(name, f"/customers/{relation.customer_id}")
            remove = ui.button(
                icon="close", on_click=self._visit.doing(lambda: self._remove(relation.id))
            ).props("flat round dense size=sm")
            remove.props["aria-label"] = self._words("relation.remove", name=name)

    async def _seek(self, event: Any) -> None:
        words = (event.value or "").strip()[:200]
        found = await self._visit.read(lambda session: self._find(session, words)) if words else []
        self._found.clear()
        with self._found:
            for customer_id, name in found:
                ui.button(
                    self._words("relation.add", name=name),
                    on_click=self._visit.doing(self._adder(customer_id)),
                ).props("outline no-caps dense")

    def _find(self, session: Session, words: str) -> Sequence[tuple[int, str]]:
        found = list_customers(session, words, personal=True, limit=OFFERED)
        return [(one.id, f"{one.full_name} ({one.cap or '—'})") for one in found
                if one.id != self._id]  # fmt: skip

    def _adder(self, other_id: int) -> Callable[[], Awaitable[None]]:
        async def add() -> None:
            kind, source = RelationKind(self._kind.value), f"staff:{self._visit.who.name}"
            await self._work(
                lambda session: relate(session, self._id, kind, other_id, source), other_id
            )
            self._found.clear()

        return add

    async def _remove(self, relation_id: int) -> None:
        await self._work(lambda session: unrelate(session, self._id, relation_id), relation_id)

    async def _work(self, deed: Callable[[Session], Any], about: int) -> None:
        subject = f"customer:{self._id}"
        await self._visit.work(Action.CHANGED, subject, deed, fields=["relations"], about=about)
        await self._done()
