"""Who works here: added, given another password, shut out. For admins."""

import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from nicegui import ui
from sqlalchemy.orm import Session
from starlette.requests import Request

from crm.staff import users
from crm.staff.audit import Action
from crm.staff.models import Role, StaffUser
from desk.office import Office
from desk.pages.frame import frame
from desk.visit import NotAllowed, Visit, visit_of

PASSWORD_BYTES = 9


def register(_: Office) -> None:
    """Add the page to the desk."""

    @ui.page("/staff", response_timeout=20)
    async def staff_page(request: Request) -> None:
        visit = visit_of(request)
        with frame(visit, "staff", visit.words("frame.staff")):
            await Staff(visit).build()


class Staff:
    """The list of people."""

    def __init__(self, visit: Visit) -> None:
        self._visit, self._words = visit, visit.words

    async def build(self) -> None:
        """Draw the page, for admins only."""
        if self._visit.who.role != Role.ADMIN:
            ui.label(self._words("refused.not_allowed")).classes("desk-nothing")
            return
        ui.label(self._words("frame.staff")).classes("desk-title")
        self._build_new()
        self._people = ui.column().classes("w-full")
        await self._refresh()

    def _build_new(self) -> None:
        words = self._words
        with ui.row().classes("desk-filters desk-card"):
            self._name = ui.input(words("staff.name")).props("dense outlined maxlength=50")
            self._role = ui.select(
                words.group("role"), value=str(Role.AGENT), label=words("staff.role")
            ).props("dense outlined").classes("desk-filter")  # fmt: skip
            ui.button(words("staff.add"), on_click=self._visit.doing(self._add)).props("no-caps")

    async def _add(self) -> None:
        password = secrets.token_urlsafe(PASSWORD_BYTES)
        name, role = self._name.value or "", Role(self._role.value)
        await self._do(lambda session: users.add_user(session, name, role, password), name)
        self._name.value = ""
        self._tell_password(name, password)

    async def _refresh(self) -> None:
        people = await self._visit.read(users.users)
        self._people.clear()
        with self._people:
            for user in people:
                self._person(user)

    def _person(self, user: StaffUser) -> None:
        words = self._words
        with ui.row().classes("desk-card items-center"):
            ui.label(user.name).classes("desk-heading")
            ui.label(words.of("role", user.role)).classes("chip")
            if user.disabled_at is not None:
                ui.label(words("staff.disabled")).classes("chip overdue")
            ui.space()
            self._button("staff.new_password", self._changer(user.name))
            if user.disabled_at is not None:
                self._button("staff.enable", self._turner(user.name, users.enable_user))
            elif user.id != self._visit.who.user_id:
                self._button("staff.disable", self._disabler(user.name))

    def _button(self, name: str, act: Callable[[], Awaitable[None]]) -> None:
        ui.button(self._words(name), on_click=self._visit.doing(act)).props("flat no-caps dense")

    def _changer(self, name: str) -> Callable[[], Awaitable[None]]:
        async def change() -> None:
            password = secrets.token_urlsafe(PASSWORD_BYTES)
            await self._do(
                lambda session: users.change_password(
                    session, users.find_user(session, name), password
                ),
                name,
            )
            self._tell_password(name, password)

        return change

    def _disabler(self, name: str) -> Callable[[], Awaitable[None]]:
        async def disable() -> None:
            await self._do(
                lambda session: users.disable_user(session, users.find_user(session, name)), name
            )

        return disable

    def _turner(self, name: str, turn: Callable[[StaffUser], None]) -> Any:
        async def change() -> None:
            await self._do(lambda session: turn(users.find_user(session, name)), name)

        return change

    async def _do(self, deed: Callable[[Session], Any], about: str) -> None:
        if self._visit.who.role != Role.ADMIN:
            raise NotAllowed
        await self._visit.work(Action.CHANGED, f"staff:{about}", deed)
        await self._refresh()

    def _tell_password(self, name: str, password: str) -> None:
        with ui.dialog(value=True) as dialog, ui.card().classes("desk-dialog"):
            ui.label(self._words("staff.password_of", name=name))
            ui.label(password).classes("desk-heading").style("user-select: all")
            ui.label(self._words("staff.once")).classes("soft")
            ui.button("OK", on_click=dialog.close).props("no-caps").classes("self-end")
