"""The tags of a conversation, put on and taken away where they stand."""

from collections.abc import Awaitable, Callable
from typing import Any

from nicegui import ui

from crm.conversation.tags import MOST
from desk.pages.talk.deeds import Deeds
from desk.pages.talk.thread import Thread
from desk.visit import Visit


class Tags:
    """A field with a chip for each tag. `done` is called after a change."""

    def __init__(self, visit: Visit, deeds: Deeds, done: Callable[[], Awaitable[None]]) -> None:
        self._visit, self._words = visit, visit.words
        self._deeds, self._done = deeds, done
        self._shown: list[str] = []

    def build(self, thread: Thread) -> None:
        """Draw the field with the tags that are there."""
        self._shown = list(thread.view.tags)
        self._field = ui.input_chips(
            self._words("conversation.tags"), value=self._shown, new_value_mode="add-unique",
            on_change=self._visit.doing(self._change),
        )  # fmt: skip
        self._field.props(f"dense borderless max-values={MOST} hide-dropdown-icon")
        self._field.props("hide-hint hide-bottom-space")
        self._field.props["hint"] = self._words("conversation.tags_hint")
        self._field.classes("desk-chips")

    def know(self, thread: Thread) -> None:
        """Show what a colleague has changed."""
        if list(thread.view.tags) != self._shown:
            self._shown = list(thread.view.tags)
            self._field.value = list(self._shown)

    async def _change(self, event: Any) -> None:
        wanted = list(event.value or ())
        if wanted == self._shown:
            return
        self._shown = wanted  # what is drawn now; a tag that is refused is taken away by `know`
        try:
            await self._deeds.tag(wanted)
        finally:
            await self._done()
