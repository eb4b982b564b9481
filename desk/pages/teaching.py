"""What customers asked in vain: the answer is written once, and the assistant knows it (R24)."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

from nicegui import ui
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.requests import Request

from crm.insights.scope import last_days
from crm.insights.unmet import Group, Unmet
from crm.staff.audit import Action
from crm.staff.models import AuditEntry
from desk.lessons import Answer, Example
from desk.office import Office
from desk.pages.frame import frame
from desk.pages.reviewing import Reviewing
from desk.visit import Visit, visit_of
from desk.wording import LANGUAGES

LOOK_BACK_DAYS = 90
SHOWN = 25
LONGEST_ANSWER = 2000
SAYS_NOTHING = ("nlu_fallback",)


def register(_: Office) -> None:
    """Add the page to the desk."""

    @ui.page("/teaching", response_timeout=30)
    async def teaching_page(request: Request) -> None:
        visit = visit_of(request)
        with frame(visit, "teaching", visit.words("frame.teaching")):
            await Teaching(visit).build()


class Teaching:
    """The questions that wait for an answer, what most people asked first."""

    def __init__(self, visit: Visit) -> None:
        self._visit, self._words = visit, visit.words

    async def build(self) -> None:
        """Draw the page, for who works with customers."""
        if not self._visit.who.works_with_customers or self._visit.office.teacher is None:
            ui.label(self._words("refused.not_allowed")).classes("desk-nothing")
            return
        ui.label(self._words("frame.teaching")).classes("desk-title")
        ui.label(self._words("teach.lead")).classes("definition")
        self._reviewing = Reviewing(self._visit, self._teacher.review)
        await self._reviewing.build()
        self._list = ui.column().classes("w-full")
        await self._refresh()

    async def _refresh(self) -> None:
        groups = await self._visit.read(self._open_questions)
        self._list.clear()
        with self._list:
            for group in groups:
                self._question(group)
            if not groups:
                ui.label(self._words("teach.nothing")).classes("desk-nothing")

    def _open_questions(self, session: Session) -> Sequence[Group]:
        office = self._visit.office
        scope = last_days(LOOK_BACK_DAYS, datetime.now(office.zone).date(), zone=office.zone)
        unmet = office.catalogue.figure("unmet")
        assert isinstance(unmet, Unmet)
        lessons = _lessons(session)
        groups = unmet.groups(unmet.questions(session, scope))
        return [group for group in groups if _is_open(group, lessons)][:SHOWN]

    def _question(self, group: Group) -> None:
        words = self._words
        with ui.column().classes("desk-card"):
            with ui.row().classes("w-full items-center no-wrap"):
                ui.label(group.examples[0]).classes("desk-heading")
                ui.space()
                ui.label(words("teach.asked", count=group.people)).classes("chip")
            for example in group.examples[1:]:
                ui.label(example).classes("small soft")
            with ui.row():
                ui.button(
                    words("teach.answer"), icon="edit",
                    on_click=lambda: self._answer_dialog(group),
                ).props("outline no-caps dense")  # fmt: skip
                ui.button(words("teach.meant"), on_click=lambda: self._intent_dialog(group)).props(
                    "flat no-caps dense"
                )
                for source in dict.fromkeys(group.sources):
                    ui.link(words("customer.open_talk"), f"/conversations/{source}")

    def _answer_dialog(self, group: Group) -> None:
        words = self._words
        with ui.dialog(value=True) as dialog, ui.card().classes("desk-dialog"):
            ui.label(words("teach.answer")).classes("desk-heading")
            ui.label(words("teach.no_names")).classes("definition")
            question = ui.input(words("teach.question"), value=group.examples[0]).classes("w-full")
            text = ui.textarea(words("teach.text")).classes("w-full")
            text.props(f"outlined autogrow maxlength={LONGEST_ANSWER}")
            language = ui.select(
                {one: words(f"language.{one}") for one in LANGUAGES}, value=LANGUAGES[0],
                label=words("frame.language"),
            ).classes("w-full")  # fmt: skip

            async def teach() -> None:
                lesson = Answer(
                    key=group.name,
                    question=_required(question.value, words("teach.incomplete")),
                    text=_required(text.value, words("teach.incomplete")),
                    language=language.value,
                )
                await self._give(group, lambda: self._teacher.teach_answer(lesson))
                dialog.close()

            self._buttons(dialog, words("teach.do"), teach)

    def _intent_dialog(self, group: Group) -> None:
        words = self._words
        intents = {name: text for name, text in words.group("intent").items()
                   if name not in SAYS_NOTHING}  # fmt: skip
        with ui.dialog(value=True) as dialog, ui.card().classes("desk-dialog"):
            ui.label(words("teach.meant")).classes("desk-heading")
            ui.label(words("teach.review")).classes("definition")
            text = ui.input(words("teach.question"), value=group.examples[0]).classes("w-full")
            intent = ui.select(intents, label=words("teach.intent"), with_input=True)
            intent.classes("w-full")

            async def keep() -> None:
                example = Example(
                    text=_required(text.value, words("teach.incomplete")),
                    intent=_required(intent.value, words("teach.incomplete")),
                    language=self._words.language,
                    author=self._visit.who.name,
                )
                await self._give(group, lambda: self._teacher.keep_example(example))
                dialog.close()

            self._buttons(dialog, words("save"), keep)

    @property
    def _teacher(self):  # type: ignore[no-untyped-def]
        teacher = self._visit.office.teacher
        assert teacher is not None
        return teacher

    def _buttons(self, dialog: ui.dialog, name: str, act: Callable[[], Awaitable[None]]) -> None:
        with ui.row().classes("w-full justify-end"):
            ui.button(self._words("cancel"), on_click=dialog.close).props("flat no-caps")
            ui.button(name, on_click=self._visit.doing(act)).props("no-caps")

    async def _give(self, group: Group, lesson: Callable[[], None]) -> None:
        await self._visit.still_here()
        await asyncio.to_thread(lesson)
        await self._visit.work(Action.TAUGHT, _subject(group), lambda _: None)
        ui.notify(self._words("teach.done"), type="positive")
        await self._refresh()
        await self._reviewing.refresh()


def _lessons(session: Session) -> Mapping[str, datetime]:
    """When something was last taught about each question."""
    query = select(AuditEntry.subject, AuditEntry.at).where(AuditEntry.action == Action.TAUGHT)
    return {row.subject: row.at for row in session.execute(query.order_by(AuditEntry.id))}


def _is_open(group: Group, lessons: Mapping[str, datetime]) -> bool:
    """Whether it was asked in vain since the last lesson about it."""
    taught_at = lessons.get(_subject(group))
    return taught_at is None or any(question.at > taught_at for question in group.questions)


def _subject(group: Group) -> str:
    return f"question:{group.name}"


def _required(value: object, complaint: str) -> str:
    text = str(value or "").strip()
    if not text:
        raise ValueError(complaint)
    return text
