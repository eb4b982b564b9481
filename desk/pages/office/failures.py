"""What came to nothing: messages the bot gave up, replies that may not have arrived."""

from collections.abc import Awaitable, Callable, Sequence

from nicegui import ui
from sqlalchemy.orm import Session
from starlette.requests import Request

from crm.conversation import dead_letters
from crm.conversation.models import Message, State
from crm.staff.audit import Action
from desk.office import Office
from desk.pages.frame import frame
from desk.visit import Visit, visit_of

STATES = (State.DEAD, State.FAILED, State.UNKNOWN)
SHOWN = 50


def register(_: Office) -> None:
    """Add the page to the desk."""

    @ui.page("/failures", response_timeout=20)
    async def failures_page(request: Request) -> None:
        visit = visit_of(request)
        with frame(visit, "failures", visit.words("frame.failures")):
            await Failures(visit).build()


class Failures:
    """The list, the newest first, each to be tried again."""

    def __init__(self, visit: Visit) -> None:
        self._visit, self._words = visit, visit.words
        self._shown = SHOWN

    async def build(self) -> None:
        """Draw the page, for who works with customers."""
        words = self._words
        if not self._visit.who.works_with_customers:
            ui.label(words("refused.not_allowed")).classes("desk-nothing")
            return
        ui.label(words("frame.failures")).classes("desk-title")
        ui.label(words("failure.lead")).classes("definition")
        self._list = ui.column().classes("w-full")
        self._more = ui.button(words("more"), on_click=self._visit.doing(self._go_on))
        self._more.props("flat no-caps").classes("self-center")
        await self._refresh()

    async def _go_on(self) -> None:
        self._shown += SHOWN
        await self._refresh()

    async def _refresh(self) -> None:
        found = await self._visit.read(self._find)
        self._list.clear()
        with self._list:
            for message in found[: self._shown]:
                self._letter(message)
            if not found:
                ui.label(self._words("failure.nothing")).classes("desk-nothing")
        self._more.set_visibility(len(found) > self._shown)

    def _find(self, session: Session) -> Sequence[Message]:
        return dead_letters.list_dead(session, STATES, limit=self._shown + 1)

    def _letter(self, message: Message) -> None:
        words = self._words
        with ui.column().classes("desk-card"):
            with ui.row().classes("w-full items-center"):
                ui.label(words.of("delivery", message.state)).classes("chip overdue")
                about = f"{words.of('channel', message.channel)} · {self._visit.moment(message.at)}"
                ui.label(about).classes("soft small")
                ui.space()
                ui.link(words("customer.open_talk"), f"/conversations/{message.conversation_id}")
                ui.button(
                    words("failure.retry"), icon="replay",
                    on_click=self._visit.doing(self._retrier(message)),
                ).props("outline no-caps dense")  # fmt: skip
            ui.label(message.text or words("inbox.no_text"))
            if message.state == State.UNKNOWN:
                ui.label(words("failure.twice")).classes("small soft")
            if message.error:
                ui.label(message.error).classes("small soft")

    def _retrier(self, message: Message) -> Callable[[], Awaitable[None]]:
        async def retry() -> None:
            try:
                await self._visit.work(
                    Action.RETRIED,
                    f"message:{message.id}",
                    lambda session: dead_letters.retry(session, message.id),
                )
            except dead_letters.DeadLetterError as refused:
                await self._refresh()
                raise ValueError(self._words("failure.refused")) from refused
            self._visit.office.notify(message.conversation_id)
            ui.notify(self._words("failure.under_way"), type="positive")
            await self._refresh()

        return retry
