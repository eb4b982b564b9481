"""Late tickets: raised, given to somebody, told of; once by each rule, and as the rules say."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from crm.conversation.presence import note_presence
from crm.db import Database, now
from crm.profile.models import Customer
from crm.staff.models import Notice, Role, StaffUser
from crm.staff.notices import latest, see, unseen
from crm.staff.users import add_user
from crm.ticket.desk import (
    NewTicket,
    add_note,
    assign,
    change_priority,
    change_status,
    find_ticket,
    open_ticket,
)
from crm.ticket.due import due_of
from crm.ticket.escalation import escalate
from crm.ticket.models import Priority, Ticket, TicketCategory, TicketStatus
from crm.ticket.rules import BadEscalation, Clock, Rule, read_rules
from crm.value.models import CustomerValue, Tier

PASSWORD = "a long enough one"
HOUR = timedelta(hours=1)


@pytest.fixture
def staff(database: Database) -> None:
    with database.writing() as session:
        for name, role in (("Anna", Role.AGENT), ("Bruno", Role.AGENT), ("Ada", Role.ADMIN)):
            add_user(session, name, role, PASSWORD)


def opened(session: Session, hours: float, **more: object) -> Ticket:
    """A ticket that was opened so many hours ago."""
    ticket = open_ticket(
        session,
        NewTicket(TicketCategory.FAULT, "Il phon non va", "bot", **more),  # type: ignore[arg-type]
    )
    ticket.created_at = now() - timedelta(hours=hours)
    session.flush()
    return ticket


def history(ticket: Ticket) -> list[tuple[str, str, str]]:
    return [(event.actor, event.what, event.note) for event in ticket.events[1:]]


def told(session: Session, name: str) -> Sequence[Notice]:
    user = session.query(StaffUser).filter_by(name=name).one()
    return latest(session, user.id)


@pytest.mark.usefixtures("staff")
def test_whom_nobody_answers_is_raised_given_and_told_of(database: Database) -> None:
    with database.writing() as session:
        ticket = opened(session, 25)
        assert escalate(session, read_rules()) == 1
        assert ticket.priority == Priority.HIGH and ticket.assignee == "Anna"
        assert history(ticket) == [
            ("system", "escalated", "first answer overdue"),
            ("system", "normal → high", ""),
            ("system", "assigned", "Anna"),
        ]
        [notice] = told(session, "Anna")
        assert (notice.what, notice.subject) == ("escalated", f"ticket:{ticket.number}")
        assert told(session, "Bruno") == [] and told(session, "Ada") == []
        assert escalate(session, read_rules()) == 0, "each rule applies once"


@pytest.mark.usefixtures("staff")
def test_raised_by_a_rule_it_is_not_later_for_that(database: Database) -> None:
    """Four more hours have to pass until the second rule, as its name says."""
    with database.writing() as session:
        ticket = opened(session, 25)
        before = due_of(ticket)
        escalate(session, read_rules())
        assert due_of(ticket).answer_by == before.answer_by
        assert escalate(session, read_rules(), now() + 2.5 * HOUR) == 0
        assert escalate(session, read_rules(), now() + 3.5 * HOUR) == 1
        assert ticket.priority == Priority.URGENT
        assert len(told(session, "Ada")) == 1
        change_priority(ticket, Priority.LOW, "Anna")
        assert due_of(ticket).answer_by == ticket.created_at + 48 * HOUR


@pytest.mark.usefixtures("staff")
def test_work_in_time_and_waiting_for_the_customer_escalate_nothing(database: Database) -> None:
    with database.writing() as session:
        answered, waiting, settled, fresh = (opened(session, hours) for hours in (30, 200, 90, 23))
        add_note(answered, "Anna", "ho telefonato")
        change_status(waiting, TicketStatus.WAITING_CUSTOMER, "Anna")
        change_status(settled, TicketStatus.SOLVED, "Anna")
        assert escalate(session, read_rules()) == 0
        assert history(fresh) == []
        escalate(session, read_rules(), answered.created_at + 73 * HOUR)
        late = [note for _, what, note in history(answered) if what == "escalated"]
        assert late == ["solution overdue"]
        assert not any(what == "escalated" for _, what, _ in history(waiting) + history(settled))


def test_what_was_late_long_before_is_no_news(database: Database) -> None:
    """Tickets brought in from another system do not all escalate on the first day."""
    with database.writing() as session:
        opened(session, 24 * 40)
        assert escalate(session, read_rules()) == 0


@pytest.mark.usefixtures("staff")
def test_giving_it_to_somebody_is_no_answer(database: Database) -> None:
    with database.writing() as session:
        ticket = opened(session, 25)
        assign(ticket, "Bruno", "Ada")
        escalate(session, read_rules())
        assert ticket.assignee == "Bruno", "who has it keeps it"
        assert len(told(session, "Bruno")) == 1


@pytest.mark.usefixtures("staff")
def test_the_least_busy_at_work_gets_it(database: Database) -> None:
    with database.writing() as session:
        assign(opened(session, 0), "Anna", "Ada")
        ticket = opened(session, 25)
        escalate(session, read_rules())
        assert ticket.assignee == "Bruno"
        note_presence(session, "Anna")
        other = opened(session, 25)
        escalate(session, read_rules())
        assert other.assignee == "Anna", "Bruno is not at work"


@pytest.mark.usefixtures("staff")
def test_a_most_valuable_customer_is_looked_after_earlier(database: Database) -> None:
    with database.writing() as session:
        for tier in (Tier.MOST_VALUABLE, Tier.STANDARD):
            customer = Customer()
            session.add(customer)
            session.flush()
            value = CustomerValue(
                customer_id=customer.id, tier=tier, current=Decimal(1), potential=Decimal(1),
                spent=Decimal(1), cost=Decimal(0), orders=1, churn_risk=0,
            )  # fmt: skip
            session.add(value)
            opened(session, 23.5, customer_id=customer.id)
        assert escalate(session, read_rules()) == 1
        valued, other = session.query(Ticket).order_by(Ticket.id)
        assert (valued.priority, other.priority) == (Priority.HIGH, Priority.NORMAL)


@pytest.mark.usefixtures("staff")
def test_a_rule_can_be_narrowed(database: Database) -> None:
    rule = Rule(
        "reclami", Clock.SOLUTION, -71 * HOUR, categories=[TicketCategory.COMPLAINT],
        priorities=[Priority.NORMAL], notify=["admin"],
    )  # fmt: skip
    with database.writing() as session:
        opened(session, 2)
        complaint = opened(session, 2)
        complaint.category = TicketCategory.COMPLAINT
        assert escalate(session, [rule]) == 1
        assert len(told(session, "Ada")) == 1
        user = session.query(StaffUser).filter_by(name="Ada").one()
        assert unseen(session, user.id) == 1
        see(session, user.id, [notice.id for notice in latest(session, user.id)])
        assert unseen(session, user.id) == 0


def test_without_any_staff_a_rule_still_raises(database: Database) -> None:
    with database.writing() as session:
        ticket = opened(session, 25)
        escalate(session, read_rules())
        assert (ticket.priority, ticket.assignee) == (Priority.HIGH, None)
        assert find_ticket(session, ticket.number) is ticket


@pytest.mark.parametrize(
    ("written", "named"),
    [("rules: {}", "list of rules"), ("rules: [{clock: solution}]", "no usable name"),
     ("rules: [{name: a, clock: tomorrow}]", "'tomorrow'"),
     ("rules: [{name: a, clock: solution, raise_to: max}]", "'max'"),
     ("rules: [{name: a, clock: solution, mintues: 3}]", "mintues"),
     ("rules: [{name: a, clock: solution, minutes: soon}]", "'soon'"),
     ("rules: [{name: a, clock: solution, notify: [boss]}]", "'boss'"),
     ("rules: [{name: a, clock: solution}, {name: a, clock: solution}]", "'a'"),
     ("rules: [", "no YAML")],
)  # fmt: skip
def test_a_wrong_rule_is_named(tmp_path: Path, written: str, named: str) -> None:
    path = tmp_path / "escalation.yml"
    path.write_text(written)
    with pytest.raises(BadEscalation, match=named):
        read_rules(path)


def test_own_rules_take_the_place_of_the_built_in_ones(tmp_path: Path) -> None:
    path = tmp_path / "escalation.yml"
    path.write_text("rules: [{name: subito, clock: first_answer, minutes: 5, notify: agent}]")
    [rule] = read_rules(path)
    assert (rule.after, rule.notify) == (timedelta(minutes=5), [Role.AGENT])
    assert len(read_rules(tmp_path / "none.yml")) == len(read_rules()) > 1
