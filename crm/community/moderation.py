"""What the staff does with questions and answers: puts to customers, answers, lets out, refuses."""

from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from crm.community.answering import approve, refuse, take_answer, waiting_answer
from crm.community.asking import ask_owners
from crm.community.models import CommunityAnswer, CommunityQuestion
from crm.moment.declared import Moments
from crm.moment.models import Moment
from crm.offer.models import Product

__all__ = ["answer_as_staff", "forward", "let_out", "refuse", "waiting_answer"]


@dataclass(frozen=True)
class CommunityRules:
    """The declared moments by which people are written to, and how many owners are asked."""

    moments: Moments = field(default_factory=Moments)
    owners: int = 5


@dataclass(frozen=True)
class Lesson:
    """A question with the answer that the bot gives to it from now on."""

    key: str
    question: str
    text: str
    language: str


class NoSuchProduct(LookupError):
    """The catalogue has no such product."""


def forward(
    session: Session,
    question: CommunityQuestion,
    rules: CommunityRules,
    by: str,
    text: str | None = None,
    sku: str | None = None,
) -> list[Moment]:
    """Have owners of the product asked; the moments planned for it.

    Args:
        sku: the product that it is about, where the asker's words did not say.

    Raises:
        NoSuchProduct
    """
    if sku and session.get(Product, sku) is None:
        raise NoSuchProduct(f"There is no product {sku!r} in the catalogue; give one of its SKUs.")
    question.sku = sku or question.sku
    public = (text or question.public_text or question.text).strip()
    return ask_owners(session, question, rules.moments, public, by, rules.owners)


def answer_as_staff(
    session: Session, question: CommunityQuestion, text: str, by: str
) -> CommunityAnswer:
    """Keep an answer of one of the staff."""
    return take_answer(session, question, text.strip(), author=by)


def let_out(
    session: Session,
    answer: CommunityAnswer,
    rules: CommunityRules,
    by: str,
    text: str | None = None,
    question_text: str | None = None,
) -> Lesson:
    """Approve an answer, in the words of the moderation if they differ; what there is to learn."""
    question = answer.question
    if question_text:
        question.public_text = question_text.strip()
    approve(session, answer, rules.moments, (text or answer.text).strip(), by)
    session.flush()
    return Lesson(
        key=f"community-{question.id}",
        question=question.public_text or question.text,
        text=answer.public_text,
        language=question.language,
    )
