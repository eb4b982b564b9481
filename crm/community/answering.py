"""Answers of the community: taken from who was asked, moderated, passed on, thanked for (R12)."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.community.asking import QUESTION_MOMENT, open_question
from crm.community.models import (
    AnswerState,
    CommunityAnswer,
    CommunityQuestion,
    QuestionState,
)
from crm.db import now
from crm.moment.declared import Moments
from crm.moment.models import Moment, MomentState
from crm.moment.occasions import Call, plan

ANSWER_MOMENT = "community_answer"
THANKS_MOMENT = "community_thanks"
LONGEST_ANSWER = 1000


class NoSuchAnswer(LookupError):
    """There is no answer with this id."""


class AnswerSettled(Exception):
    """An answer was approved or refused before."""

    code = "answer_settled"

    def __init__(self, answer: CommunityAnswer) -> None:
        super().__init__(f"Answer {answer.id} was {answer.state} already.")


def was_asked(session: Session, question_id: int, conversation_id: int) -> bool:
    """Whether a question was put in this conversation: nobody else's answer is taken."""
    query = select(Moment.id).where(
        Moment.name == QUESTION_MOMENT,
        Moment.occasion == f"question:{question_id}",
        Moment.conversation_id == conversation_id,
        Moment.state == MomentState.SENT,
    )
    return session.scalar(query) is not None


def take_answer(
    session: Session,
    question: CommunityQuestion,
    text: str,
    *,
    customer_id: int | None = None,
    conversation_id: int | None = None,
    author: str | None = None,
) -> CommunityAnswer:
    """Keep an answer until it is moderated."""
    answer = CommunityAnswer(
        question=question,
        customer_id=customer_id,
        conversation_id=conversation_id,
        author=author,
        text=text[:LONGEST_ANSWER],
        public_text=text[:LONGEST_ANSWER],
    )
    session.add(answer)
    session.flush()
    return answer


def waiting_answer(session: Session, answer_id: int) -> CommunityAnswer:
    """An answer that waits for the moderation, held with its question.

    Raises:
        NoSuchAnswer, AnswerSettled, QuestionOver
    """
    answer = session.get(CommunityAnswer, answer_id, with_for_update=True)
    if answer is None:
        raise NoSuchAnswer(answer_id)
    if answer.state != AnswerState.WAITING:
        raise AnswerSettled(answer)
    open_question(session, answer.question_id)
    return answer


def approve(
    session: Session, answer: CommunityAnswer, moments: Moments, text: str, by: str
) -> list[Moment]:
    """Let an answer out: the asker gets it, who gave it is thanked, nobody else is asked."""
    at, question = now(), answer.question
    answer.state, answer.public_text = AnswerState.APPROVED, text
    answer.decided_by, answer.decided_at = by, at
    question.state, question.decided_by, question.decided_at = QuestionState.ANSWERED, by, at
    _ask_no_more(session, question)
    calls = []
    author = "customer" if answer.customer_id is not None else "staff"
    details = {"question": question.text, "answer": text, "by": author}
    kind, thanks = moments.kinds.get(ANSWER_MOMENT), moments.kinds.get(THANKS_MOMENT)
    if kind is not None and question.conversation_id is not None:
        calls.append(
            Call(kind, f"answer:{answer.id}", at, question.customer_id,
                 question.conversation_id, details)
        )  # fmt: skip
    if thanks is not None and answer.conversation_id is not None:
        calls.append(
            Call(thanks, f"answer:{answer.id}", at, answer.customer_id, answer.conversation_id)
        )
    return plan(session, calls)


def refuse(session: Session, answer: CommunityAnswer, reason: str, by: str) -> None:
    """Keep an answer back; its question goes on waiting."""
    answer.state, answer.reason = AnswerState.REFUSED, reason[:200] or None
    answer.decided_by, answer.decided_at = by, now()
    session.flush()


def _ask_no_more(session: Session, question: CommunityQuestion) -> None:
    query = select(Moment).where(
        Moment.name == QUESTION_MOMENT,
        Moment.occasion == f"question:{question.id}",
        Moment.state == MomentState.PLANNED,
    )
    for moment in session.scalars(query):
        moment.state, moment.reason = MomentState.WITHDRAWN, "answered"
        moment.decided_at = now()
