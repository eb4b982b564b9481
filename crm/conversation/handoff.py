"""Who answers: `bot → waiting → human → bot | closed`, one state machine for every channel."""

from typing import Any

from sqlalchemy.orm import Session

from crm.conversation.buttons import make_pressable
from crm.conversation.log import Outgoing, append, lock
from crm.conversation.models import (
    Conversation,
    ConversationEvent,
    Message,
    Mode,
    Role,
    State,
)
from crm.db import now
from crm.ticket.desk import NewTicket, add_note, change_status, open_ticket
from crm.ticket.models import Priority, Ticket, TicketCategory, TicketStatus


class HandoffError(Exception):
    """A step that the conversation's mode does not allow."""

    code = "handoff"


class AlreadyTaken(HandoffError):
    """Somebody else of the staff has this conversation."""

    code = "already_taken"

    def __init__(self, assignee: str) -> None:
        super().__init__(f"{assignee} has already taken over this conversation.")
        self.assignee = assignee


class NotTakenOver(HandoffError):
    """Only who has taken a conversation over may answer in it or give it back."""

    code = "not_taken_over"

    def __init__(self, agent: str) -> None:
        super().__init__(f"{agent} has not taken over this conversation; take it over first.")


def ask_for_person(
    session: Session, conversation: Conversation, cause: str, message: Message, summary: str
) -> str:
    """Let the conversation wait for a person and return its ticket's number.

    Exactly one ticket a handoff: asking again while it waits changes nothing. Where a person is
    already there, they stay.
    """
    lock(session, conversation)
    if conversation.mode in (Mode.WAITING, Mode.HUMAN) and conversation.handoff_ticket_id:
        return ticket_number(session, conversation)
    ticket = open_ticket(
        session,
        NewTicket(
            category=TicketCategory.HANDOFF,
            description=summary,
            customer_id=conversation.identity.customer_id,
            conversation_id=conversation.id,
            priority=Priority.HIGH,
            actor="bot",
        ),
    )
    conversation.handoff_cause = cause
    conversation.handoff_ticket_id = ticket.id
    if conversation.mode != Mode.HUMAN:
        conversation.mode_message_id = message.id
        _move(
            session,
            conversation,
            Mode.WAITING,
            "bot",
            cause=cause,
            ticket=ticket.number,
            failed_tries=conversation.failed_tries,
        )
    return ticket.number


def ticket_number(session: Session, conversation: Conversation) -> str:
    """The number of the ticket that the present handoff made."""
    return session.get_one(Ticket, conversation.handoff_ticket_id).number


def return_to_bot(session: Session, conversation: Conversation) -> bool:
    """The customer no longer wants to wait. False when a person has come meanwhile."""
    lock(session, conversation)
    if conversation.mode != Mode.WAITING:
        return False
    _move(session, conversation, Mode.BOT, "customer")
    return True


def take_over(
    session: Session, conversation: Conversation, agent: str, *, force: bool = False
) -> None:
    """Give a conversation to one of the staff, from any mode.

    Args:
        force: take it from a colleague too, who may have gone home.

    Raises:
        AlreadyTaken: somebody else has it, and it is not to be taken by force.
    """
    lock(session, conversation)
    if conversation.mode == Mode.HUMAN:
        if conversation.assignee == agent:
            return
        if not force:
            raise AlreadyTaken(conversation.assignee or "Somebody")
    conversation.assignee = agent
    conversation.human_until_seq = conversation.last_seq
    _move(session, conversation, Mode.HUMAN, agent)


def reply(session: Session, conversation: Conversation, agent: str, outgoing: Outgoing) -> Message:
    """Say something to the customer as a person.

    Raises:
        NotTakenOver: the agent does not have this conversation.
    """
    lock(session, conversation)
    _require_hold(conversation, agent)
    message = append(
        session,
        conversation,
        role=Role.AGENT,
        state=State.QUEUED,
        text=outgoing.text,
        attachments=list(outgoing.attachments),
        template=outgoing.template,
        author=agent,
    )
    message.buttons = make_pressable(session, message, list(outgoing.buttons))
    return message


def release(
    session: Session, conversation: Conversation, agent: str, farewell: Outgoing, settled: str = ""
) -> None:
    """Hand a conversation back to the bot, with what was settled.

    Raises:
        NotTakenOver: the agent does not have this conversation.
    """
    lock(session, conversation)
    _require_hold(conversation, agent)
    conversation.failed_tries = 0
    conversation.human_until_seq = conversation.last_seq
    _solve_ticket(session, conversation, agent, settled)
    _move(session, conversation, Mode.BOT, agent, settled=settled)
    announce(session, conversation, farewell)


def close(session: Session, conversation: Conversation, agent: str, reason: str = "") -> None:
    """End a conversation; it opens again, with the bot, when the customer writes."""
    lock(session, conversation)
    if conversation.mode == Mode.HUMAN:
        _require_hold(conversation, agent)
    conversation.human_until_seq = conversation.last_seq
    _solve_ticket(session, conversation, agent, reason)
    _move(session, conversation, Mode.CLOSED, agent, reason=reason)


def _solve_ticket(session: Session, conversation: Conversation, agent: str, note: str) -> None:
    """The ticket of a handoff asked for a person; one has been there.

    One that was merged with a complaint stays as it is: that somebody came does not settle it.
    """
    if conversation.handoff_ticket_id is None:
        return
    ticket = session.get_one(Ticket, conversation.handoff_ticket_id)
    if note:
        add_note(ticket, agent, note)
    if ticket.category == TicketCategory.HANDOFF:
        change_status(ticket, TicketStatus.SOLVED, agent)


def announce(session: Session, conversation: Conversation, outgoing: Outgoing) -> Message:
    """Tell the customer something about the conversation itself."""
    return append(session, conversation, role=Role.SYSTEM, state=State.QUEUED, text=outgoing.text)


def _require_hold(conversation: Conversation, agent: str) -> None:
    if conversation.mode != Mode.HUMAN:
        raise NotTakenOver(agent)
    if conversation.assignee != agent:
        raise AlreadyTaken(conversation.assignee or "Somebody")


def _move(
    session: Session, conversation: Conversation, mode: Mode, actor: str, **details: Any
) -> None:
    session.add(
        ConversationEvent(
            conversation_id=conversation.id,
            what=f"{conversation.mode} → {mode}",
            actor=actor,
            details={key: value for key, value in details.items() if value},
        )
    )
    if mode != Mode.HUMAN:
        conversation.assignee = None
    if mode in (Mode.BOT, Mode.CLOSED):
        conversation.handoff_cause = None
        conversation.handoff_ticket_id = None
        conversation.mode_message_id = None
    conversation.mode, conversation.mode_since = mode, now()
