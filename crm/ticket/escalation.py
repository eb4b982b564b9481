"""Tickets that nobody answers or solves in time are raised, given to somebody, and told of.

A rule applies to a ticket once; what it did stands in the ticket's history. A ticket that waits for
its customer is nobody's fault and does not escalate.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, selectinload

from crm.conversation.models import Presence
from crm.conversation.presence import PRESENT
from crm.db import now
from crm.staff.models import Role, StaffUser
from crm.staff.notices import people_of, tell
from crm.ticket.desk import assign, change_priority, note_event
from crm.ticket.due import FIRST_ANSWER, NOT_PEOPLE, NOT_WORK, SOLUTION
from crm.ticket.models import OPEN_STATUSES, Priority, Ticket, TicketEvent, TicketStatus
from crm.ticket.rules import ASSIGNEE, Clock, Rule
from crm.value.models import CustomerValue

ACTOR, ESCALATED = "system", "escalated"
ALLOWED = {Clock.FIRST_ANSWER: FIRST_ANSWER, Clock.SOLUTION: SOLUTION}
BY_URGENCY = tuple(Priority)
AT_ONCE = 100
# What was late for so long before a rule saw it is no news: old tickets brought in, new rules.
FORGOTTEN = timedelta(days=7)


def escalate(
    session: Session, rules: Sequence[Rule], at: datetime | None = None, most: int = AT_ONCE
) -> int:
    """Apply every rule to the tickets that it has not been applied to; how often that was.

    Args:
        most: tickets for each rule; what is left is found by the next call.
    """
    at, applied = at or now(), 0
    for rule in rules:
        for ticket in tickets_for(session, rule, at, most):
            _apply(session, rule, ticket, at)
            applied += 1
        session.flush()
    return applied


def is_any_late(session: Session, rule: Rule) -> bool:
    """Whether a rule is to be applied to some ticket now."""
    query = select(Ticket.id).where(*_conditions(rule, now())).limit(1)
    return session.scalar(query) is not None


def tickets_for(session: Session, rule: Rule, at: datetime, most: int) -> Sequence[Ticket]:
    """The tickets to which a rule is to be applied now, the oldest first."""
    query = (
        select(Ticket)
        .where(*_conditions(rule, at))
        .options(selectinload(Ticket.events))
        .order_by(Ticket.id)
        .limit(most)
        .with_for_update(of=Ticket, skip_locked=True)
    )
    return session.scalars(query).all()


def _conditions(rule: Rule, at: datetime) -> Iterator[ColumnElement[bool]]:
    yield Ticket.status.in_([one for one in OPEN_STATUSES if one != TicketStatus.WAITING_CUSTOMER])
    yield Ticket.merged_into_id.is_(None)
    yield or_(*(_is_due(rule, priority, at) for priority in rule.priorities or Priority))
    yield ~_happened(TicketEvent.what == ESCALATED, TicketEvent.note == rule.name)
    if rule.clock == Clock.FIRST_ANSWER:
        yield ~_happened(TicketEvent.actor.not_in(NOT_PEOPLE), TicketEvent.what.not_in(NOT_WORK))
    if rule.categories:
        yield Ticket.category.in_(rule.categories)
    if rule.tiers:
        yield Ticket.customer_id.in_(
            select(CustomerValue.customer_id).where(CustomerValue.tier.in_(rule.tiers))
        )


def _is_due(rule: Rule, priority: Priority, at: datetime) -> ColumnElement[bool]:
    timed_as = func.coalesce(Ticket.timed_as, Ticket.priority)
    due = at - max(ALLOWED[rule.clock][priority] + rule.after, timedelta())
    return and_(timed_as == priority, Ticket.created_at <= due, Ticket.created_at > due - FORGOTTEN)


def _happened(*what: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(TicketEvent.ticket_id == Ticket.id, *what)


def _apply(session: Session, rule: Rule, ticket: Ticket, at: datetime) -> None:
    note_event(ticket, ACTOR, ESCALATED, rule.name)
    wanted = rule.raise_to
    if wanted and BY_URGENCY.index(wanted) > BY_URGENCY.index(ticket.priority):
        timed_as = ticket.timed_as or ticket.priority
        change_priority(ticket, wanted, ACTOR)
        # Raised because it is late, it must not be later still for that.
        ticket.timed_as = timed_as
    if rule.assign_to and ticket.assignee is None:
        chosen = least_busy(session, rule.assign_to, at)
        assign(ticket, chosen.name if chosen else None, ACTOR)
    session.flush()
    tell(session, _told(session, rule, ticket), ESCALATED, f"ticket:{ticket.number}")


def least_busy(session: Session, role: Role, at: datetime) -> StaffUser | None:
    """Who of a role has the fewest open tickets, of those who are at work if anybody is."""
    people = people_of(session, role)
    held = (
        select(Ticket.assignee, func.count())
        .where(Ticket.status.in_(OPEN_STATUSES))
        .group_by(Ticket.assignee)
    )
    burden = {row[0]: row[1] for row in session.execute(held)}
    seen = select(Presence.name).where(Presence.seen_at > at - PRESENT)
    present = set(session.scalars(seen))
    there = [user for user in people if user.name in present] or people
    return min(there, key=lambda user: (burden.get(user.name, 0), user.id), default=None)


def _told(session: Session, rule: Rule, ticket: Ticket) -> Sequence[StaffUser]:
    found: dict[int, StaffUser] = {}
    for whom in rule.notify:
        if whom != ASSIGNEE:
            people = people_of(session, Role(whom))
        else:
            query = select(StaffUser).where(
                StaffUser.name == ticket.assignee, StaffUser.disabled_at.is_(None)
            )
            people = session.scalars(query).all()
        found |= {user.id: user for user in people}
    return list(found.values())
