"""How long customers who asked for a person waited for the first word of one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median, quantiles
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.conversation.models import Conversation, ConversationEvent, Message, Mode, Role
from crm.insights.figures import Cell, Counted
from crm.insights.scope import Scope
from crm.profile.models import ChannelIdentity

BRACKETS = (
    ("under_1", timedelta(minutes=1)),
    ("under_5", timedelta(minutes=5)),
    ("under_15", timedelta(minutes=15)),
    ("under_60", timedelta(minutes=60)),
)
LONGER, NEVER = "over_60", "never"
MOST = 50_000


@dataclass(frozen=True)
class Wait:
    """One handoff: whose, in which conversation, and how long until a person said something."""

    conversation_id: int
    person: int
    waited: timedelta | None

    @property
    def bracket(self) -> str:
        """The cell that it belongs to."""
        if self.waited is None:
            return NEVER
        return next((name for name, most in BRACKETS if self.waited < most), LONGER)


class Answering:
    """Handoffs by the time until the first answer of a person; with median and ninth decile."""

    name = "answering"

    def count(self, session: Session, scope: Scope) -> Counted:
        """The cells in order of waiting."""
        waits = waits_in(session, scope)
        names = [name for name, _ in BRACKETS] + [LONGER, NEVER]
        cells = [_cell(name, [one for one in waits if one.bracket == name]) for name in names]
        return Counted(
            [cell for cell in cells if cell.count], _cell("total", waits, extra=_middle(waits))
        )

    def behind(self, session: Session, scope: Scope, cell: str) -> Sequence[int]:
        """The conversations in which a customer waited so long."""
        found = [one.conversation_id for one in waits_in(session, scope) if one.bracket == cell]
        return sorted(set(found), reverse=True)


def waits_in(session: Session, scope: Scope) -> Sequence[Wait]:
    """Every handoff that began in the period."""
    first_word = (
        select(func.min(Message.at))
        .where(
            Message.conversation_id == ConversationEvent.conversation_id,
            Message.role == Role.AGENT,
            Message.at >= ConversationEvent.at,
        )
        .correlate(ConversationEvent)
        .scalar_subquery()
    )
    query = (
        select(
            ConversationEvent.conversation_id,
            func.coalesce(ChannelIdentity.customer_id, -ChannelIdentity.id).label("person"),
            ConversationEvent.at,
            first_word.label("answered_at"),
        )
        .join(Conversation, Conversation.id == ConversationEvent.conversation_id)
        .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
        .where(ConversationEvent.what.endswith(f"→ {Mode.WAITING}"))
        .where(scope.covers(ConversationEvent.at))
        .limit(MOST)
    )
    return [
        Wait(row.conversation_id, row.person, _between(row.at, row.answered_at))
        for row in session.execute(scope.narrow(query))
    ]


def _between(asked: datetime, answered: datetime | None) -> timedelta | None:
    return answered - asked if answered else None


def _cell(name: str, waits: Sequence[Wait], extra: dict[str, Any] | None = None) -> Cell:
    return Cell(
        name,
        customers=len({one.person for one in waits}),
        conversations=len({one.conversation_id for one in waits}),
        count=len(waits),
        extra=extra or {},
    )


def _middle(waits: Sequence[Wait]) -> dict[str, float | None]:
    """Median and ninth decile of the waiting, in minutes, of those who were answered."""
    minutes = [one.waited.total_seconds() / 60 for one in waits if one.waited is not None]
    if not minutes:
        return {"median_minutes": None, "p90_minutes": None}
    ninth = quantiles(minutes, n=10, method="inclusive")[8] if len(minutes) > 1 else minutes[0]
    return {"median_minutes": round(median(minutes), 1), "p90_minutes": round(ninth, 1)}
