"""A question of the community: written down with the asker's yes, put to who owns the product."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.community.models import CommunityQuestion, QuestionState
from crm.consent.models import Consent, Purpose
from crm.consent.register import current_consents
from crm.db import now
from crm.moment.declared import Moments
from crm.moment.models import Moment
from crm.moment.occasions import Call, plan
from crm.offer.models import Product
from crm.order.models import Order, OrderLine, OrderStatus
from crm.profile.models import Customer, CustomerStatus

QUESTION_MOMENT = "community_question"
LEAD_IN = re.compile(
    r"^.*?\b(?:altri clienti|altre persone|(?:agli|ad) altri(?: clienti)?|"
    r"chi ce l'ha|chi lo usa|chi la usa|"
    r"other customers|other people|somebody who|someone who|people who own it)\b[\s,:]*"
    r"(?:(?:che\s+)?(?:ce l'hanno|lo usano|la usano|own it|has it|have it|use it)\b[\s,:]*)?"
    r"(?:(?:se|if|whether)\b\s*)?",
    re.IGNORECASE,
)
LEAST_WORDS = 3


class QuestionOver(Exception):
    """A question is answered or was laid aside, so that nothing more is done with it."""

    code = "question_over"

    def __init__(self, question: CommunityQuestion) -> None:
        super().__init__(f"Question {question.id} is {question.state} already.")


@dataclass(frozen=True)
class NewQuestion:
    """A question with what is known of where it comes from and what it is about."""

    text: str
    language: str
    conversation_id: int
    customer_id: int | None = None
    sku: str | None = None
    category: str | None = None


def question_in(text: str) -> str | None:
    """The question within "ask the others whether …"; None where there is only the wish."""
    rest = LEAD_IN.sub("", text).strip()
    if len(rest.split()) < LEAST_WORDS:
        return None
    return rest[0].upper() + rest[1:]


def put_question(session: Session, new: NewQuestion) -> CommunityQuestion:
    """Write a question down for the staff; the same one again is the one that is there."""
    same = session.scalar(
        select(CommunityQuestion).where(
            CommunityQuestion.conversation_id == new.conversation_id,
            CommunityQuestion.text == new.text,
            CommunityQuestion.state.in_((QuestionState.OPEN, QuestionState.ASKED)),
        )
    )
    if same is not None:
        return same
    question = CommunityQuestion(
        conversation_id=new.conversation_id,
        customer_id=new.customer_id,
        language=new.language,
        text=new.text,
        public_text=new.text,
        sku=new.sku,
        category=new.category,
    )
    session.add(question)
    session.flush()
    return question


def open_question(session: Session, question_id: int) -> CommunityQuestion:
    """A question that waits for answers, held until the transaction ends.

    Raises:
        NoSuchQuestion, QuestionOver
    """
    question = session.get(CommunityQuestion, question_id, with_for_update=True)
    if question is None:
        raise NoSuchQuestion(question_id)
    if question.state in (QuestionState.ANSWERED, QuestionState.CLOSED):
        raise QuestionOver(question)
    return question


class NoSuchQuestion(LookupError):
    """There is no question with this id."""


def ask_owners(
    session: Session,
    question: CommunityQuestion,
    moments: Moments,
    public_text: str,
    by: str,
    most: int,
) -> list[Moment]:
    """Have customers who own the product asked, as moments: with all that holds for those.

    Args:
        public_text: the question as the staff lets it out.
        most: how many are asked.
    """
    question.public_text = public_text
    question.state = QuestionState.ASKED
    question.decided_by, question.decided_at = by, now()
    kind = moments.kinds.get(QUESTION_MOMENT)
    if kind is None:
        return []
    at = now()
    return plan(
        session,
        (
            Call(kind, f"question:{question.id}", at, customer_id, None,
                 {"question": public_text, "question_id": question.id, "sku": sku})
            for customer_id, sku in owners(session, question, most)
        ),
    )  # fmt: skip


def owners(session: Session, question: CommunityQuestion, most: int) -> list[tuple[int, str]]:
    """Customers who own what a question is about and agreed to be asked, the latest buyers first;
    each with the product of theirs. The asker is none of them.
    """
    found: dict[int, str] = {}
    for customer_id, sku, _ in _buyers(session, question):
        if len(found) == most:
            break
        if customer_id not in found and _may_be_asked(session, customer_id):
            found[customer_id] = sku
    return list(found.items())


def _buyers(session: Session, question: CommunityQuestion) -> Iterator[tuple[int, str, datetime]]:
    agreed = select(Consent.customer_id).where(Consent.purpose == Purpose.COMMUNITY)
    about = OrderLine.sku == question.sku
    if question.sku is None:
        skus = select(Product.sku).where(Product.category == question.category)
        about = OrderLine.sku.in_(skus)
    query = (
        select(Order.customer_id, OrderLine.sku, Order.placed_at)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .join(Customer, Customer.id == Order.customer_id)
        .where(about, Order.customer_id.in_(agreed), Customer.status == CustomerStatus.ACTIVE)
        .where(Order.status == OrderStatus.DELIVERED)
        .order_by(Order.placed_at.desc(), Order.id)
    )
    if question.customer_id is not None:
        query = query.where(Order.customer_id != question.customer_id)
    for row in session.execute(query):
        yield row[0], row[1], row[2]


def _may_be_asked(session: Session, customer_id: int) -> bool:
    held = current_consents(session, customer_id)
    return any(one.granted for (purpose, _), one in held.items() if purpose == Purpose.COMMUNITY)


def close_question(session: Session, question: CommunityQuestion, by: str) -> None:
    """Lay a question aside."""
    question.state = QuestionState.CLOSED
    question.decided_by, question.decided_at = by, now()
    session.flush()


def questions(
    session: Session, states: Sequence[QuestionState], limit: int, before: int | None = None
) -> Sequence[CommunityQuestion]:
    """Questions in some states, the newest first."""
    query = select(CommunityQuestion).where(CommunityQuestion.state.in_(states))
    if before is not None:
        query = query.where(CommunityQuestion.id < before)
    return session.scalars(query.order_by(CommunityQuestion.id.desc()).limit(limit)).all()
