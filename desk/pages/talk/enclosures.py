"""What goes with a reply: files, buttons that the customer may press, a WhatsApp template."""

from collections.abc import Callable
from typing import Any

from nicegui import ui

from desk.pages.talk.thread import Thread
from desk.sending import LONGEST_TITLE, MOST_BUTTONS, MOST_FILES, WHATSAPP, Draft, File
from desk.visit import Visit

KINDS = ".jpg,.jpeg,.png,.webp,.gif,.pdf,.docx,.txt"


class Enclosures:
    """The row below the text. `changed` is called when something was added or taken away."""

    def __init__(self, visit: Visit, changed: Callable[[], None]) -> None:
        self._visit, self._words = visit, visit.words
        self._sending = visit.office.sending
        self._changed = changed
        self._files: list[File] = []

    def build(self, thread: Thread) -> None:
        """Draw what can be enclosed in this conversation."""
        with ui.column().classes("w-full gap-1") as self._box:
            self._chips = ui.row().classes("w-full items-center")
            with ui.row().classes("w-full items-center"):
                self._build_files()
                self._build_buttons()
                self._build_template(thread)

    def _build_files(self) -> None:
        self._upload = ui.upload(
            multiple=True, auto_upload=True, max_file_size=self._sending.file_bytes,
            on_upload=self._visit.doing(self._add_file), on_rejected=self._reject,
        ).props(f'accept="{KINDS}"').classes("desk-unseen")  # fmt: skip
        pick = ui.button(icon="attach_file", on_click=lambda: self._upload.run_method("pickFiles"))
        pick.props("flat round dense").props["aria-label"] = self._words("conversation.attach")

    def _reject(self) -> None:
        megabytes = self._sending.file_bytes // (1024 * 1024)
        text = self._words("refused_sending.file_too_large", name="", megabytes=megabytes)
        ui.notify(text, type="negative")

    async def _add_file(self, event: Any) -> None:
        self._upload.reset()
        if len(self._files) >= MOST_FILES:
            raise ValueError(self._words("conversation.most_files", most=MOST_FILES))
        self._files.append(File(event.file.name, await event.file.read()))
        self._draw_files()

    def _draw_files(self) -> None:
        self._chips.clear()
        with self._chips:
            for file in self._files:
                chip = ui.chip(file.name, icon="description", removable=True)
                chip.on("remove", lambda _, file=file: self._remove(file))
        self._changed()

    def _remove(self, file: File) -> None:
        self._files.remove(file)
        self._draw_files()

    def _build_buttons(self) -> None:
        self._buttons = ui.input_chips(
            self._words("conversation.buttons"), new_value_mode="add-unique",
            on_change=self._changed,
        )  # fmt: skip
        self._buttons.props(f"dense borderless max-values={MOST_BUTTONS} hide-dropdown-icon")
        self._buttons.props("hide-hint hide-bottom-space")
        self._buttons.props["hint"] = self._words("conversation.buttons_hint")
        self._buttons.classes("desk-chips")

    def _build_template(self, thread: Thread) -> None:
        channel, language = thread.view.channel, thread.view.language
        templates = self._sending.templates(channel, language)
        offered = [one for one in templates if not one.refused]
        options = {"": self._words("conversation.no_template")} | {
            one.purpose: f"{self._words.of('template', one.purpose)} ({one.name})"
            for one in offered
        }
        self._template = ui.select(
            options, value="", label=self._words("conversation.template")
        ).props("dense outlined").classes("desk-filter")  # fmt: skip
        self._template.set_visibility(channel == WHATSAPP and bool(offered))
        for one in templates:
            if one.refused:
                ui.label(self._words.template_refused(one.name, one.refused)).classes("desk-notice")

    @property
    def has_files(self) -> bool:
        """Whether there is something to send even without words."""
        return bool(self._files)

    def show(self, is_reply: bool) -> None:
        """Only a reply takes enclosures."""
        self._box.set_visibility(is_reply)

    def draft(self, text: str) -> Draft:
        """The reply with everything that goes with it.

        Raises:
            ValueError: a title is too long for a button.
        """
        titles = [" ".join(title.split()) for title in self._buttons.value or ()]
        titles = [title for title in titles if title]
        for title in titles:
            if len(title) > LONGEST_TITLE:
                text = self._words("conversation.long_button", title=title, most=LONGEST_TITLE)
                raise ValueError(text)
        if titles and not text:
            raise ValueError(self._words("conversation.buttons_need_text"))
        return Draft(text, titles, list(self._files), self._template.value or None)

    def clear(self) -> None:
        """Everything was sent."""
        self._files.clear()
        self._buttons.value = []
        self._template.value = ""
        self._draw_files()
