"""Where an agent writes: replies and notes, canned ones filled in, drafts that are never lost."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from nicegui import ui

from crm.staff import canned, glances
from desk.pages.talk.deeds import Deeds
from desk.pages.talk.enclosures import Enclosures
from desk.pages.talk.thread import Thread
from desk.visit import Visit

LONGEST = 4000


class Composer:
    """The field at the foot of a conversation. `sent` is called after something was written."""

    def __init__(
        self, visit: Visit, conversation_id: int, deeds: Deeds, sent: Callable[[], Awaitable[None]]
    ) -> None:
        self._visit, self._words = visit, visit.words
        self._id, self._deeds, self._sent = conversation_id, deeds, sent
        self._saved = ""
        self._thread: Thread | None = None
        self._enclosed = Enclosures(visit, self._allow)

    async def build(self, thread: Thread) -> None:
        """Draw the field with the draft that was left in it."""
        self._thread = thread
        self._saved = await self._visit.read(
            lambda session: glances.draft_of(session, self._visit.who.user_id, self._id)
        )
        replies = await self._visit.read(canned.canned_replies)
        with ui.column().classes("composer") as self._box:
            self._build_text()
            self._enclosed.build(thread)
            with ui.row().classes("w-full items-center"):
                self._build_kind()
                if replies:
                    self._build_canned(replies)
                ui.space()
                self._send = ui.button(
                    self._words("conversation.send"), icon="send",
                    on_click=self._visit.doing(self._submit),
                ).props("no-caps")  # fmt: skip

    def _build_text(self) -> None:
        name = f"{self._visit.who.user_id}-{self._id}"
        self._text = ui.textarea(self._words("conversation.reply"), value=self._saved)
        self._text.props(f'autogrow borderless maxlength={LONGEST} data-draft="{name}"')
        self._text.classes("w-full").on(
            "keydown.ctrl.enter", self._visit.doing(self._submit), args=[]
        )

    def _build_kind(self) -> None:
        options = {
            "reply": self._words("conversation.reply"),
            "note": self._words("conversation.note"),
        }
        self._kind = ui.toggle(options, value="reply", on_change=self._show_kind)
        self._kind.props("no-caps dense unelevated toggle-color=primary padding='2px 10px'")

    def _show_kind(self) -> None:
        is_note = self._kind.value == "note"
        self._box.classes(add="is-note") if is_note else self._box.classes(remove="is-note")
        self._text.props["label"] = self._words(f"conversation.{self._kind.value}")
        self._text.props["hint"] = self._words(f"conversation.{self._kind.value}_hint")
        self._send.text = self._words("conversation.add_note" if is_note else "conversation.send")
        self._text.update()
        self._enclosed.show(not is_note)
        self._allow()

    def _build_canned(self, replies: Any) -> None:
        with ui.dropdown_button(self._words("conversation.canned"), auto_close=True) as menu:
            menu.props("flat no-caps dense icon=bolt")
            menu.props["toggle-aria-label"] = self._words("conversation.canned")
            for reply in replies:
                fill = partial(self._fill, reply)
                item = ui.item(on_click=lambda fill=fill: self._insert(fill()))
                with item, ui.item_section():
                    ui.item_label(reply.shortcut)
                    ui.item_label(fill()[:80]).props("caption lines=1")

    def _fill(self, reply: Any) -> str:
        values = self._values()
        language = self._thread.view.language if self._thread else "it"
        return canned.fill_in(reply, language, values)

    def _values(self) -> dict[str, str | None]:
        if self._thread is None:
            return {}
        view = self._thread.view
        return {
            "agent": self._visit.who.name,
            "given_name": view.customer.given_name if view.customer else None,
            "ticket": view.ticket.number if view.ticket else None,
        }

    def _insert(self, text: str) -> None:
        written = (self._text.value or "").rstrip()
        self._text.value = f"{written}\n{text}" if written else text
        self._text.run_method("focus")

    def know(self, thread: Thread) -> None:
        """Learn whose conversation it is now."""
        self._thread = thread
        self._allow()

    def _allow(self) -> None:
        """Only who has the conversation may answer; anybody of the staff may write a note."""
        held = self._thread is not None and self._thread.is_held_by(self._visit.who.name)
        self._send.set_enabled(held or self._kind.value == "note")

    async def keep(self) -> None:
        """Keep the draft, if it has changed."""
        text = self._text.value or ""
        if text == self._saved:
            return
        self._saved = text
        user_id = self._visit.who.user_id
        await self._visit.write(
            lambda session: glances.keep_draft(session, user_id, self._id, text[:LONGEST])
        )

    async def _submit(self) -> None:
        text = (self._text.value or "").strip()
        is_note = self._kind.value == "note"
        is_empty = not text and (is_note or not self._enclosed.has_files)
        if is_empty or not self._send.enabled:
            return
        if is_note:
            await self._deeds.note(text)
        else:
            self._require_filled(text)
            await self._deeds.reply(self._enclosed.draft(text))
            self._enclosed.clear()
        self._saved = self._text.value = ""
        ui.run_javascript(f'desk.forgetDraft("{self._visit.who.user_id}-{self._id}")')
        await self._sent()

    def _require_filled(self, text: str) -> None:
        missing = canned.left_open(text)
        if missing:
            names = ", ".join(f"{{{name}}}" for name in missing)
            raise ValueError(self._words("conversation.unfilled", names=names))
