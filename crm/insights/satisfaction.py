"""How content customers say they are, by score; with the mean, and how many were asked."""

from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from crm.conversation.models import Conversation
from crm.insights.figures import Cell, Counted, CountedFacts
from crm.insights.scope import Scope
from crm.ticket.models import TicketRating


def by_score(scope: Scope) -> Select[Any]:
    """Answers to the question how it went, by score."""
    score: Any = TicketRating.score
    return select(TicketRating.conversation_id, score.label("cell")).where(
        score.is_not(None), scope.covers(TicketRating.answered_at)
    )


class Satisfaction(CountedFacts):
    """The scores from the worst to the best."""

    def count(self, session: Session, scope: Scope) -> Counted:
        """The cells in order of score; the total has the mean and how many were asked."""
        counted = super().count(session, scope)
        whole, scores = counted.total.count or 0, counted.cells
        points = sum(int(cell.name) * (cell.count or 0) for cell in scores)
        mean = round(points / whole, 2) if whole else None
        extra = {"mean": mean, "asked": _asked(session, scope)}
        total = counted.total
        return Counted(
            scores, Cell("total", total.customers, total.conversations, total.count, extra)
        )


def _asked(session: Session, scope: Scope) -> int:
    query = (
        select(func.count())
        .select_from(TicketRating)
        .join(Conversation, Conversation.id == TicketRating.conversation_id)
        .where(scope.covers(TicketRating.asked_at))
    )
    return session.scalar(scope.narrow(query)) or 0


FIGURES = (Satisfaction("satisfaction", by_score, is_ordered=True),)
