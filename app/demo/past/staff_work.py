"""What the staff had to do with past visits: tickets, and conversations taken over."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.demo.chance import happens
from app.demo.past.hours import moment_of_answer
from app.demo.past.script import Script
from app.demo.past.visits import Visit
from crm.conversation.models import Message, Role
from crm.ticket.desk import NewTicket, change_status, open_ticket
from crm.ticket.models import Priority, Ticket, TicketCategory, TicketStatus

AGENT = "Anna"
GIVES_UP = 0.08
# Older tickets than this are all settled.
STAYS_OPEN = timedelta(days=3)


def open_past_ticket(visit: Visit, category: TicketCategory, description: str) -> Ticket:
    """A ticket that the assistant opened at this moment of the visit."""
    ticket = open_ticket(
        visit.session,
        NewTicket(
            category=category,
            description=description,
            customer_id=visit.customer.id if visit.customer else None,
            conversation_id=visit.talk.id,
            priority=Priority.HIGH if category == TicketCategory.HANDOFF else Priority.NORMAL,
            actor="bot",
        ),
    )
    _date(ticket, [visit.at])
    visit.values["ticket"] = visit.values["ticket_number"] = ticket.number
    return ticket


def settle(visit: Visit, ticket: Ticket, end: datetime) -> None:
    """Let the staff have dealt with a ticket in the days after, unless it is of these days."""
    opened = ticket.created_at
    took_up = moment_of_answer(visit.dice, opened)
    solved = took_up + timedelta(hours=visit.dice.uniform(0.5, 40))
    moments = [opened]
    if took_up < end and (end - opened > STAYS_OPEN or happens(visit.dice, 0.5)):
        ticket.assignee = AGENT
        change_status(ticket, TicketStatus.IN_PROGRESS, AGENT)
        moments.append(took_up)
        if solved < end:
            change_status(ticket, TicketStatus.SOLVED, AGENT)
            moments.append(solved)
    _date(ticket, moments)


def _date(ticket: Ticket, moments: list[datetime]) -> None:
    ticket.created_at, ticket.updated_at = moments[0], moments[-1]
    for event, at in zip(ticket.events, moments, strict=True):
        event.at = at


def hand_over(visit: Visit, script: Script, cause: str, asked: Message, end: datetime) -> None:
    """The conversation waits, a person comes, says how it stands and hands it back."""
    ticket = open_past_ticket(visit, TicketCategory.HANDOFF, asked.text)
    visit.note("bot → waiting", "bot", cause=cause, ticket=ticket.number)
    asked_at = visit.at
    comes = moment_of_answer(visit.dice, asked_at)
    if happens(visit.dice, GIVES_UP) or comes + timedelta(hours=1) > end:
        visit.pause(2, 15)
        visit.note("waiting → bot", "customer")
    else:
        visit.at = comes
        _talk_as_person(visit, script)
    settle(visit, ticket, end)


def _talk_as_person(visit: Visit, script: Script) -> None:
    words = script.taken_over[visit.talk.language]
    visit.note("waiting → human", AGENT)
    visit.pause(0.2, 1)
    visit.say(Role.AGENT, visit.dice.choice(words["first"]), author=AGENT)
    visit.pause(0.3, 3)
    visit.say(Role.CUSTOMER, visit.dice.choice(words["customer"]))
    visit.pause(1, 12)
    visit.say(Role.AGENT, visit.dice.choice(words["last"]), author=AGENT)
    visit.pause(0.2, 2)
    visit.note("human → bot", AGENT, settled=visit.dice.choice(words["settled"]))
    visit.talk.human_until_seq = visit.talk.last_seq
    visit.talk.mode_since = visit.at
