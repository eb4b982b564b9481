"""Questions of the community: answered here, put to who owns the product, answers let out (R12)."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from nicegui import ui
from sqlalchemy.orm import Session
from starlette.requests import Request

from crm.community import asking, moderation
from crm.community.answering import AnswerSettled, NoSuchAnswer
from crm.community.asking import NoSuchQuestion, QuestionOver
from crm.community.models import (
    AnswerState,
    CommunityAnswer,
    CommunityQuestion,
    QuestionState,
)
from crm.community.moderation import Lesson
from crm.staff.audit import Action
from desk.lessons import Answer
from desk.office import Office
from desk.pages.frame import frame
from desk.visit import Visit, visit_of

T = TypeVar("T")
SHOWN = 50
LONGEST = 1000
WAITING = (QuestionState.OPEN, QuestionState.ASKED)
GONE = (NoSuchQuestion, NoSuchAnswer, QuestionOver, AnswerSettled)


def register(_: Office) -> None:
    """Add the page to the desk."""

    @ui.page("/community", response_timeout=20)
    async def community_page(request: Request) -> None:
        visit = visit_of(request)
        with frame(visit, "community", visit.words("frame.community")):
            await Community(visit).build()


class Community:
    """The questions that wait, each with the answers given so far."""

    def __init__(self, visit: Visit) -> None:
        self._visit, self._words = visit, visit.words

    async def build(self) -> None:
        """Draw the page, for who works with customers."""
        if not self._visit.who.works_with_customers:
            ui.label(self._words("refused.not_allowed")).classes("desk-nothing")
            return
        ui.label(self._words("frame.community")).classes("desk-title")
        ui.label(self._words("community.lead")).classes("definition")
        self._list = ui.column().classes("w-full")
        await self._refresh()

    async def _refresh(self) -> None:
        questions = await self._visit.read(_waiting)
        self._list.clear()
        with self._list:
            for question in questions:
                self._card(question)
            if not questions:
                ui.label(self._words("community.nothing")).classes("desk-nothing")

    def _card(self, question: CommunityQuestion) -> None:
        words = self._words
        asked = question.state == QuestionState.ASKED
        with ui.column().classes("desk-card"):
            with ui.row().classes("w-full items-center no-wrap"):
                ui.label(question.public_text).classes("desk-heading")
                ui.space()
                ui.label(words("community.state_asked" if asked else "community.state")).classes(
                    "chip"
                )
            about = question.sku or question.category
            if about:
                ui.label(words("community.product", name=about)).classes("small soft")
            ui.label(self._visit.moment(question.at)).classes("small soft")
            for answer in question.answers:
                if answer.state == AnswerState.WAITING:
                    self._answer(question, answer)
            self._deeds(question)

    def _deeds(self, question: CommunityQuestion) -> None:
        words = self._words
        with ui.row():
            ui.button(words("community.answer"), icon="edit",
                      on_click=lambda: self._answer_dialog(question)
                      ).props("outline no-caps dense")  # fmt: skip
            ui.button(words("community.forward"), icon="group",
                      on_click=lambda: self._forward_dialog(question)
                      ).props("outline no-caps dense")  # fmt: skip
            ui.button(
                words("community.close"),
                on_click=self._visit.doing(lambda: self._close(question.id)),
            ).props("flat no-caps dense")

    def _answer(self, question: CommunityQuestion, answer: CommunityAnswer) -> None:
        words = self._words
        who = "community.by_staff" if answer.author else "community.by_customer"
        with ui.column().classes("desk-notice"):
            ui.label(words(who, name=answer.author or "")).classes("small soft")
            ui.label(answer.text)
            with ui.row():
                ui.button(words("community.approve"), icon="check",
                          on_click=lambda: self._approve_dialog(question, answer)
                          ).props("outline no-caps dense")  # fmt: skip
                ui.button(words("community.refuse"),
                          on_click=lambda: self._refuse_dialog(answer)
                          ).props("flat no-caps dense")  # fmt: skip

    def _answer_dialog(self, question: CommunityQuestion) -> None:
        async def answer(asked: str, text: str) -> None:
            def deed(session: Session) -> Lesson:
                held = asking.open_question(session, question.id)
                given = moderation.answer_as_staff(session, held, text, self._visit.who.name)
                return self._let_out(session, given, text, asked)

            await self._let_out_and_teach(question.id, deed)

        self._outgoing_dialog("community.answer", question.public_text, "", answer)

    def _approve_dialog(self, question: CommunityQuestion, answer: CommunityAnswer) -> None:
        async def approve(asked: str, text: str) -> None:
            def deed(session: Session) -> Lesson:
                held = moderation.waiting_answer(session, answer.id)
                return self._let_out(session, held, text, asked)

            await self._let_out_and_teach(question.id, deed)

        self._outgoing_dialog("community.approve", question.public_text, answer.text, approve)

    def _let_out(self, session: Session, answer: CommunityAnswer, text: str, asked: str) -> Lesson:
        rules, name = self._visit.office.community, self._visit.who.name
        return moderation.let_out(session, answer, rules, name, text, asked)

    async def _let_out_and_teach(self, question_id: int, deed: Callable[[Session], Lesson]) -> None:
        lesson = await self._moderate(f"question:{question_id}", deed)
        teacher = self._visit.office.teacher
        if teacher is not None:
            taught = Answer(lesson.key, lesson.question, lesson.text, lesson.language)
            await asyncio.to_thread(teacher.teach_answer, taught)
        ui.notify(self._words("community.done"), type="positive")
        await self._refresh()

    async def _moderate(self, subject: str, deed: Callable[[Session], T]) -> T:
        """Do something in the audit's sight; what a colleague has settled meanwhile is said."""
        try:
            return await self._visit.work(Action.MODERATED, subject, deed)
        except moderation.NoSuchProduct:
            raise ValueError(self._words("community.no_product")) from None
        except GONE:
            raise ValueError(self._words("community.gone")) from None

    def _forward_dialog(self, question: CommunityQuestion) -> None:
        words = self._words
        with ui.dialog(value=True) as dialog, ui.card().classes("desk-dialog"):
            ui.label(words("community.forward")).classes("desk-heading")
            ui.label(words("community.no_names")).classes("definition")
            text = self._field("community.question", question.public_text)
            sku = ui.input(self._words("community.sku"), value=question.sku or "")
            sku.classes("w-full").props("outlined maxlength=40")

            async def forward() -> None:
                asked, of = self._required(text.value), str(sku.value or "").strip() or None
                count = await self._moderate(
                    f"question:{question.id}",
                    lambda session: self._forward(session, question.id, asked, of),
                )  # fmt: skip
                told = "community.forwarded" if count else "community.nobody"
                ui.notify(words(told, count=count), type="positive" if count else "warning")
                dialog.close()
                await self._refresh()

            self._buttons(dialog, words("community.forward"), forward)

    def _forward(self, session: Session, question_id: int, text: str, sku: str | None) -> int:
        held = asking.open_question(session, question_id)
        rules, name = self._visit.office.community, self._visit.who.name
        return len(moderation.forward(session, held, rules, name, text, sku))

    def _refuse_dialog(self, answer: CommunityAnswer) -> None:
        with ui.dialog(value=True) as dialog, ui.card().classes("desk-dialog"):
            ui.label(self._words("community.refuse")).classes("desk-heading")
            reason = ui.input(self._words("community.reason")).classes("w-full")

            async def refuse() -> None:
                await self._moderate(
                    f"answer:{answer.id}",
                    lambda session: moderation.refuse(
                        session, moderation.waiting_answer(session, answer.id),
                        str(reason.value or ""), self._visit.who.name,
                    ),
                )  # fmt: skip
                dialog.close()
                await self._refresh()

            self._buttons(dialog, self._words("community.refuse"), refuse)

    async def _close(self, question_id: int) -> None:
        name = self._visit.who.name
        await self._moderate(
            f"question:{question_id}",
            lambda session: asking.close_question(
                session, asking.open_question(session, question_id), name
            ),
        )  # fmt: skip
        await self._refresh()

    def _outgoing_dialog(
        self, title: str, question: str, answer: str, act: Callable[[str, str], Awaitable[None]]
    ) -> None:
        """The question and the answer, to be read over before everybody reads them."""
        with ui.dialog(value=True) as dialog, ui.card().classes("desk-dialog"):
            ui.label(self._words(title)).classes("desk-heading")
            ui.label(self._words("community.no_names")).classes("definition")
            asked = self._field("community.question", question)
            text = self._field("community.text", answer)

            async def go() -> None:
                await act(self._required(asked.value), self._required(text.value))
                dialog.close()

            self._buttons(dialog, self._words(title), go)

    def _field(self, name: str, value: str) -> ui.textarea:
        field = ui.textarea(self._words(name), value=value).classes("w-full")
        return field.props(f"outlined autogrow maxlength={LONGEST}")

    def _required(self, value: object) -> str:
        text = str(value or "").strip()
        if not text:
            raise ValueError(self._words("community.empty"))
        return text

    def _buttons(self, dialog: ui.dialog, name: str, act: Callable[[], Awaitable[None]]) -> None:
        with ui.row().classes("w-full justify-end"):
            ui.button(self._words("cancel"), on_click=dialog.close).props("flat no-caps")
            ui.button(name, on_click=self._visit.doing(act)).props("no-caps")


def _waiting(session: Session) -> list[CommunityQuestion]:
    found = asking.questions(session, WAITING, SHOWN)
    for question in found:
        list(question.answers)  # read while the session is open
    return list(found)
