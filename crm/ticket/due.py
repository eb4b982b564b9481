"""By when a ticket wants a first answer and a solution: a rule by priority, never stored.

The priority is the one that people gave it; what a rule raised since changes no time.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from crm.db import now
from crm.ticket.models import OPEN_STATUSES, Priority, Ticket, TicketEvent

FIRST_ANSWER = {
    Priority.URGENT: timedelta(hours=1),
    Priority.HIGH: timedelta(hours=4),
    Priority.NORMAL: timedelta(hours=24),
    Priority.LOW: timedelta(hours=48),
}
SOLUTION = {
    Priority.URGENT: timedelta(hours=8),
    Priority.HIGH: timedelta(hours=24),
    Priority.NORMAL: timedelta(hours=72),
    Priority.LOW: timedelta(hours=120),
}
NOT_PEOPLE = frozenset({"bot", "customer", "system", "import"})
# Giving a ticket to somebody, or putting two together, answers nobody.
NOT_WORK = frozenset({"opened", "assigned", "unassigned", "merged", "absorbed", "separated"})


@dataclass(frozen=True)
class Due:
    """The times of a ticket; `answered_at` and `settled_at` are None until it happens."""

    answer_by: datetime
    solve_by: datetime
    answered_at: datetime | None
    settled_at: datetime | None
    at: datetime

    @property
    def answer_is_late(self) -> bool:
        """Whether the first answer came, or is still to come, after its time."""
        return (self.answered_at or self.at) > self.answer_by

    @property
    def solution_is_late(self) -> bool:
        """Whether the solution came, or is still to come, after its time."""
        return (self.settled_at or self.at) > self.solve_by

    @property
    def next_by(self) -> datetime | None:
        """By when somebody has to do something next; None when all is done."""
        if self.settled_at is not None:
            return None
        return self.solve_by if self.answered_at else self.answer_by

    @property
    def is_overdue(self) -> bool:
        """Whether somebody should have done something already."""
        return self.next_by is not None and self.next_by < self.at


def due_of(ticket: Ticket, at: datetime | None = None) -> Due:
    """The times of a ticket with its events."""
    priority = ticket.timed_as or ticket.priority
    return Due(
        answer_by=ticket.created_at + FIRST_ANSWER[priority],
        solve_by=ticket.created_at + SOLUTION[priority],
        answered_at=_first_by_people(ticket),
        settled_at=None if ticket.status in OPEN_STATUSES else _settled(ticket),
        at=at or now(),
    )


def _first_by_people(ticket: Ticket) -> datetime | None:
    return next((event.at for event in ticket.events if _is_work(event)), None)


def _is_work(event: TicketEvent) -> bool:
    return event.actor not in NOT_PEOPLE and event.what not in NOT_WORK


def _settled(ticket: Ticket) -> datetime:
    """When it was last moved out of the open states."""
    ends = (f"→ {ticket.status}",)
    moved = [event.at for event in ticket.events if event.what.endswith(ends)]
    return moved[-1] if moved else ticket.updated_at
