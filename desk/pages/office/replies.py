"""The replies kept ready, in both languages."""

from collections.abc import Awaitable, Callable

from nicegui import ui
from sqlalchemy.orm import Session
from starlette.requests import Request

from crm.staff import canned
from crm.staff.audit import Action
from crm.staff.models import CannedReply
from desk.office import Office
from desk.pages.frame import frame
from desk.visit import Visit, visit_of
from desk.wording import LANGUAGES

LONGEST = 4000


def register(_: Office) -> None:
    """Add the page to the desk."""

    @ui.page("/replies", response_timeout=20)
    async def replies_page(request: Request) -> None:
        visit = visit_of(request)
        with frame(visit, "replies", visit.words("frame.replies")):
            await Replies(visit).build()


class Replies:
    """The list, and a field for a new one."""

    def __init__(self, visit: Visit) -> None:
        self._visit, self._words = visit, visit.words

    async def build(self) -> None:
        """Draw the page, for who works with customers."""
        if not self._visit.who.works_with_customers:
            ui.label(self._words("refused.not_allowed")).classes("desk-nothing")
            return
        ui.label(self._words("frame.replies")).classes("desk-title")
        variables = ", ".join(f"{{{name}}}" for name in canned.VARIABLES)
        ui.label(self._words("reply.variables", names=variables)).classes("definition")
        self._list = ui.column().classes("w-full")
        await self._refresh()

    async def _refresh(self) -> None:
        replies = await self._visit.read(canned.canned_replies)
        self._list.clear()
        with self._list:
            for reply in replies:
                self._form(reply)
            self._form(None)

    def _form(self, reply: CannedReply | None) -> None:
        words = self._words
        texts = reply.texts if reply else {}
        with ui.column().classes("desk-card"):
            shortcut = ui.input(words("reply.shortcut"), value=reply.shortcut if reply else "")
            shortcut.props("dense outlined maxlength=30").set_enabled(reply is None)
            fields = {
                language: ui.textarea(words(f"language.{language}"), value=texts.get(language, ""))
                .props(f"outlined autogrow maxlength={LONGEST}")
                .classes("w-full")
                for language in LANGUAGES
            }

            async def save() -> None:
                given = {language: field.value or "" for language, field in fields.items()}
                await self._do(
                    shortcut.value or "",
                    lambda session: canned.save_canned_reply(
                        session, shortcut.value or "", given, self._visit.who.name
                    ),
                )

            with ui.row().classes("w-full justify-end"):
                if reply is not None:
                    ui.button(
                        words("delete"), on_click=self._visit.doing(self._deleter(reply.shortcut))
                    ).props("flat no-caps color=negative")
                ui.button(
                    words("save" if reply else "reply.add"), on_click=self._visit.doing(save)
                ).props("no-caps")

    def _deleter(self, shortcut: str) -> Callable[[], Awaitable[None]]:
        async def delete() -> None:
            await self._do(shortcut, lambda session: canned.delete_canned_reply(session, shortcut))

        return delete

    async def _do(self, shortcut: str, deed: Callable[[Session], object]) -> None:
        await self._visit.work(Action.CHANGED, f"reply:{shortcut}", deed)
        ui.notify(self._words("ticket.saved"), type="positive")
        await self._refresh()
