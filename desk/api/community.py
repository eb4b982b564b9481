"""/community: questions put to people, and the answers that the staff lets out (R12)."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from crm.community import asking, moderation
from crm.community.answering import AnswerSettled, NoSuchAnswer
from crm.community.asking import NoSuchQuestion, QuestionOver
from crm.community.models import (
    AnswerState,
    CommunityAnswer,
    CommunityQuestion,
    QuestionState,
)
from desk.api.access import Worker
from desk.api.context import Desk, TheDesk
from desk.api.errors import Problem, answers
from desk.api.fields import SAYS_SOMETHING, Id
from desk.api.paging import Cursor, Limit, Page, cut, place
from desk.lessons import Answer

router = APIRouter(prefix="/community", tags=["community"])
Text = Annotated[str, Field(min_length=1, max_length=1000, pattern=SAYS_SOMETHING)]


class AnswerView(BaseModel):
    """An answer; whether a customer or one of the staff gave it, never which customer."""

    id: int
    by: Literal["customer", "staff"]
    author: str | None
    text: str
    public_text: str
    state: AnswerState
    reason: str | None
    at: datetime
    decided_by: str | None
    decided_at: datetime | None


class QuestionView(BaseModel):
    """A question with its answers. `public_text` is what others are shown."""

    id: int
    text: str
    public_text: str
    language: str
    sku: str | None
    category: str | None
    conversation_id: int | None
    state: QuestionState
    at: datetime
    decided_by: str | None
    decided_at: datetime | None
    answers: list[AnswerView]


class Body(BaseModel):
    """A request; a field that is not known is a mistake."""

    model_config = ConfigDict(extra="forbid")


class Forward(Body):
    """The question as customers are to read it, and the product whose owners are asked.

    The asker's own words and what they named, unless told.
    """

    text: Text | None = None
    sku: Annotated[str, Field(min_length=1, max_length=40, pattern=SAYS_SOMETHING)] | None = None


class StaffAnswer(Body):
    """What one of the staff answers."""

    text: Text
    question: Text | None = None


class Approval(Body):
    """The answer, and the question, as they are to go out; as they are unless told."""

    text: Text | None = None
    question: Text | None = None


class Refusal(Body):
    """Why an answer is kept back; for the staff only."""

    reason: str = Field("", max_length=200)


class Forwarded(QuestionView):
    """The question, and how many customers are going to be asked."""

    asked: int


@router.get("/questions")
def list_questions(
    desk: TheDesk,
    staff: Worker,
    state: QuestionState | Literal[""] = "",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[QuestionView]:
    """Questions of the community, the newest first; those that wait unless a state is given."""
    states = [state] if state else [QuestionState.OPEN, QuestionState.ASKED]
    after = place(cursor)
    with desk.database.reading() as session:
        found = asking.questions(session, states, limit + 1, after[1] if after else None)
        shown, following = cut(found, limit, lambda question: (question.at, question.id))
        return Page(items=[_view(question) for question in shown], next_cursor=following)


@router.post("/questions/{question_id}/forward", responses=answers(400, 404, 409))
def forward_question(question_id: Id, forward: Forward, desk: TheDesk, staff: Worker) -> Forwarded:
    """Have customers asked who own the product and have agreed to be."""
    with desk.database.writing() as session:
        question = _question(session, question_id)
        try:
            moments = moderation.forward(
                session, question, desk.community, staff.name, forward.text, forward.sku
            )
        except moderation.NoSuchProduct as unknown:
            raise Problem(404, "product_not_found", str(unknown)) from None
        return Forwarded(**_view(question).model_dump(), asked=len(moments))


@router.post("/questions/{question_id}/answers", responses=answers(400, 404, 409))
def answer_question(
    question_id: Id, answer: StaffAnswer, desk: TheDesk, staff: Worker
) -> QuestionView:
    """Answer as one of the staff: it goes to the asker, and the bot says it from now on."""
    with desk.database.writing() as session:
        question = _question(session, question_id)
        given = moderation.answer_as_staff(session, question, answer.text, staff.name)
        lesson = moderation.let_out(
            session, given, desk.community, staff.name, answer.text, answer.question
        )
        view = _view(question)
    _teach(desk, lesson)
    return view


@router.post("/questions/{question_id}/close", responses=answers(404, 409))
def close_question(question_id: Id, desk: TheDesk, staff: Worker) -> QuestionView:
    """Lay a question aside."""
    with desk.database.writing() as session:
        question = _question(session, question_id)
        asking.close_question(session, question, staff.name)
        return _view(question)


@router.post("/answers/{answer_id}/approve", responses=answers(400, 404, 409))
def approve_answer(answer_id: Id, approval: Approval, desk: TheDesk, staff: Worker) -> QuestionView:
    """Let an answer out: the asker gets it, its author is thanked, the bot says it from now on."""
    with desk.database.writing() as session:
        answer = _answer(session, answer_id)
        lesson = moderation.let_out(
            session, answer, desk.community, staff.name, approval.text, approval.question
        )
        view = _view(answer.question)
    _teach(desk, lesson)
    return view


@router.post("/answers/{answer_id}/refuse", responses=answers(400, 404, 409))
def refuse_answer(answer_id: Id, refusal: Refusal, desk: TheDesk, staff: Worker) -> QuestionView:
    """Keep an answer back; its question goes on waiting."""
    with desk.database.writing() as session:
        answer = _answer(session, answer_id)
        moderation.refuse(session, answer, refusal.reason, staff.name)
        return _view(answer.question)


def _teach(desk: Desk, lesson: moderation.Lesson) -> None:
    if desk.teacher is not None:
        desk.teacher.teach_answer(Answer(lesson.key, lesson.question, lesson.text, lesson.language))


def _question(session: Session, question_id: int) -> CommunityQuestion:
    try:
        return asking.open_question(session, question_id)
    except NoSuchQuestion:
        raise Problem(
            404, "question_not_found",
            f"There is no question {question_id}; GET /community/questions lists them.",
        ) from None  # fmt: skip
    except QuestionOver as over:
        raise Problem(409, "question_over", str(over)) from None


def _answer(session: Session, answer_id: int) -> CommunityAnswer:
    try:
        return moderation.waiting_answer(session, answer_id)
    except NoSuchAnswer:
        raise Problem(
            404, "answer_not_found",
            f"There is no answer {answer_id}; GET /community/questions shows them.",
        ) from None  # fmt: skip
    except AnswerSettled as settled:
        raise Problem(409, "answer_settled", str(settled)) from None
    except QuestionOver as over:
        raise Problem(409, "question_over", str(over)) from None


def _view(question: CommunityQuestion) -> QuestionView:
    names = set(QuestionView.model_fields) - {"answers"}
    return QuestionView(
        **{name: getattr(question, name) for name in names},
        answers=[_answer_view(answer) for answer in question.answers],
    )


def _answer_view(answer: CommunityAnswer) -> AnswerView:
    names = set(AnswerView.model_fields) - {"by"}
    by: Literal["customer", "staff"] = "customer" if answer.author is None else "staff"
    return AnswerView(by=by, **{name: getattr(answer, name) for name in names})
