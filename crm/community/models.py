"""Questions that the assistant could not answer, and the answers that people gave (R12)."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db.base import Base, now, words


class QuestionState(StrEnum):
    """How far a question has come: to the staff, to customers too, answered, laid aside."""

    OPEN = "open"
    ASKED = "asked"
    ANSWERED = "answered"
    CLOSED = "closed"


class AnswerState(StrEnum):
    """What the moderation says of an answer."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"


class CommunityQuestion(Base):
    """A question that a customer has allowed us to pass on, without a name.

    `text` is theirs, without contacts; `public_text` is what others are shown, once the staff has
    looked at it. `sku` and `category` say who may own what it is about.
    """

    __tablename__ = "community_question"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int | None] = mapped_column(ForeignKey("conversation.id"), index=True)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), index=True)
    language: Mapped[str] = mapped_column(String(2))
    text: Mapped[str] = mapped_column(Text)
    public_text: Mapped[str] = mapped_column(Text, default="")
    sku: Mapped[str | None] = mapped_column(String(40))
    category: Mapped[str | None] = mapped_column(String(40))
    state: Mapped[QuestionState] = mapped_column(
        words(QuestionState), default=QuestionState.OPEN, index=True
    )
    at: Mapped[datetime] = mapped_column(default=now)
    decided_by: Mapped[str | None] = mapped_column(String(80))
    decided_at: Mapped[datetime | None]

    answers: Mapped[list["CommunityAnswer"]] = relationship(
        back_populates="question", order_by="CommunityAnswer.id"
    )


class CommunityAnswer(Base):
    """What one of the staff, or a customer who owns the product, answers.

    Attributes:
        customer_id: the customer who answers; None where it is one of the staff.
        text: as it was written; `public_text` as it goes out, once it is approved.
        reason: why it was refused.
    """

    __tablename__ = "community_answer"

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("community_question.id"), index=True)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), index=True)
    conversation_id: Mapped[int | None] = mapped_column(ForeignKey("conversation.id"), index=True)
    author: Mapped[str | None] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(Text)
    public_text: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[AnswerState] = mapped_column(
        words(AnswerState), default=AnswerState.WAITING, index=True
    )
    reason: Mapped[str | None] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(default=now)
    decided_by: Mapped[str | None] = mapped_column(String(80))
    decided_at: Mapped[datetime | None]

    question: Mapped[CommunityQuestion] = relationship(back_populates="answers")
