"""The buttons above a conversation: take it over, give it on, give it back, close it."""

from collections.abc import Awaitable, Callable

from nicegui import ui

from crm.conversation.models import Mode
from crm.staff.users import agents
from desk.pages.talk.deeds import Deeds
from desk.pages.talk.thread import Thread
from desk.visit import Visit

LONGEST_REMARK = 1000
Done = Callable[[], Awaitable[None]]


class Steps:
    """Buttons that are there as far as the conversation's state allows. `done` comes after each."""

    def __init__(self, visit: Visit, deeds: Deeds, done: Done) -> None:
        self._visit, self._words = visit, visit.words
        self._deeds, self._done = deeds, done
        self._thread: Thread | None = None

    async def build(self) -> None:
        """Draw the buttons."""
        words, doing = self._words, self._visit.doing
        self._take = ui.button(
            words("conversation.take_over"), icon="front_hand", on_click=doing(self._take_over)
        ).props("no-caps")
        self._seize = ui.button("", icon="front_hand", on_click=self._ask_to_seize)
        self._seize.props("outline no-caps")
        self._give_back = ui.button(
            words("conversation.release"), icon="smart_toy",
            on_click=self._remark_dialog("release", self._release).open,
        ).props("outline no-caps")  # fmt: skip
        self._end = ui.button(
            words("conversation.close"), icon="check",
            on_click=self._remark_dialog("close", self._close).open,
        ).props("outline no-caps")  # fmt: skip
        await self._build_assign()

    async def _build_assign(self) -> None:
        names = await self._visit.read(lambda session: [user.name for user in agents(session)])
        with ui.dropdown_button(self._words("conversation.assign"), auto_close=True) as self._give:
            self._give.props("outline no-caps")
            self._give.props["toggle-aria-label"] = self._words("conversation.assign")
            for name in names:
                ui.item(name, on_click=self._visit.doing(self._assigner(name)))

    def _assigner(self, name: str) -> Callable[[], Awaitable[None]]:
        async def assign() -> None:
            await self._deeds.assign(name)
            await self._done()

        return assign

    def arrange(self, thread: Thread) -> None:
        """Show the buttons that the conversation's state allows."""
        self._thread = thread
        mode, mine = thread.view.mode, thread.is_held_by(self._visit.who.name)
        taken = thread.is_human and not mine
        self._take.set_visibility(mode != Mode.HUMAN)
        self._seize.set_visibility(taken)
        self._give_back.set_visibility(mine)
        self._end.set_visibility(mine or mode in (Mode.WAITING, Mode.BOT))
        self._give.set_visibility(not taken)
        if taken:
            self._seize.text = self._words("conversation.take_from", name=thread.view.assignee)

    async def _take_over(self) -> None:
        try:
            await self._deeds.take_over()
        finally:
            await self._done()

    async def _ask_to_seize(self) -> None:
        if self._thread is None:
            return
        name = self._thread.view.assignee
        with ui.dialog(value=True) as dialog, ui.card().classes("desk-dialog"):
            ui.label(self._words("conversation.take_from_sure", name=name))

            async def seize() -> None:
                dialog.close()
                await self._deeds.take_over(force=True)
                await self._done()

            with ui.row().classes("w-full justify-end"):
                ui.button(self._words("cancel"), on_click=dialog.close).props("flat no-caps")
                ui.button(
                    self._words("conversation.take_from", name=name),
                    on_click=self._visit.doing(seize),
                ).props("no-caps color=negative")

    async def _release(self, remark: str) -> None:
        await self._deeds.release(remark)
        ui.notify(self._words("conversation.released"), type="positive")
        await self._done()

    async def _close(self, remark: str) -> None:
        if not remark:
            raise ValueError(self._words("conversation.reason_needed"))
        await self._deeds.close(remark)
        ui.notify(self._words("conversation.closed"), type="positive")
        await self._done()

    def _remark_dialog(self, step: str, act: Callable[[str], Awaitable[None]]) -> ui.dialog:
        asked = {"release": "settled", "close": "reason"}[step]
        with ui.dialog() as dialog, ui.card().classes("desk-dialog"):
            ui.label(self._words(f"conversation.{step}")).classes("desk-heading")
            remark = ui.textarea(self._words(f"conversation.{asked}")).classes("w-full")
            remark.props(f"outlined autogrow maxlength={LONGEST_REMARK}")

            async def go() -> None:
                await act((remark.value or "").strip())
                remark.value = ""
                dialog.close()

            with ui.row().classes("w-full justify-end"):
                ui.button(self._words("cancel"), on_click=dialog.close).props("flat no-caps")
                ui.button(
                    self._words(f"conversation.{step}"), on_click=self._visit.doing(go)
                ).props("no-caps")
        return dialog
