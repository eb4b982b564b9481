"""Who answers: the state machine of the handoff."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from crm.conversation import handoff
from crm.conversation.log import Incoming, Outgoing, open_conversation, receive
from crm.conversation.models import Conversation, ConversationEvent, Message, Mode, Role
from crm.db import Database
from crm.ticket.models import Ticket, TicketCategory

HELLO = Outgoing("Buongiorno, sono Anna.")


@pytest.fixture
def conversation_id(database: Database) -> int:
    with database.writing() as session:
        return open_conversation(session, "webchat", "visitor-1").id


def within(database: Database, conversation_id: int, work: Callable[..., object]) -> None:
    with database.writing() as session:
        work(session, session.get_one(Conversation, conversation_id))


def ask(session, conversation: Conversation) -> None:
    message = receive(session, conversation, Incoming(f"m{conversation.last_seq}", "una persona!"))
    handoff.ask_for_person(session, conversation, "asked_for", message, "vuole una persona")


def test_exactly_one_ticket_a_handoff(database: Database, conversation_id: int) -> None:
    for _ in range(3):
        within(database, conversation_id, ask)
    with database.reading() as session:
        tickets = session.scalars(select(Ticket)).all()
        assert [ticket.category for ticket in tickets] == [TicketCategory.HANDOFF]
        assert session.get_one(Conversation, conversation_id).mode == Mode.WAITING


def test_a_second_handoff_gets_a_ticket_of_its_own(
    database: Database, conversation_id: int
) -> None:
    within(database, conversation_id, ask)
    within(database, conversation_id, lambda s, c: handoff.take_over(s, c, "Anna"))
    within(database, conversation_id, lambda s, c: handoff.release(s, c, "Anna", Outgoing("ciao")))
    within(database, conversation_id, ask)
    with database.reading() as session:
        assert session.scalar(select(func.count(Ticket.id))) == 2


def test_two_agents_one_wins(database: Database, conversation_id: int) -> None:
    within(database, conversation_id, lambda s, c: handoff.take_over(s, c, "Anna"))
    with pytest.raises(handoff.AlreadyTaken, match="Anna"):
        within(database, conversation_id, lambda s, c: handoff.take_over(s, c, "Bruno"))
    within(database, conversation_id, lambda s, c: handoff.take_over(s, c, "Anna"))


def test_only_who_has_taken_over_may_answer(database: Database, conversation_id: int) -> None:
    with pytest.raises(handoff.NotTakenOver):
        within(database, conversation_id, lambda s, c: handoff.reply(s, c, "Anna", HELLO))
    within(database, conversation_id, lambda s, c: handoff.take_over(s, c, "Anna"))
    with pytest.raises(handoff.AlreadyTaken):
        within(database, conversation_id, lambda s, c: handoff.reply(s, c, "Bruno", HELLO))
    within(database, conversation_id, lambda s, c: handoff.reply(s, c, "Anna", HELLO))
    with database.reading() as session:
        said = session.scalars(select(Message)).one()
        assert (said.role, said.author, said.text) == (Role.AGENT, "Anna", HELLO.text)


def test_the_customer_may_stop_waiting_until_somebody_has_come(
    database: Database, conversation_id: int
) -> None:
    within(database, conversation_id, ask)
    within(database, conversation_id, handoff.return_to_bot)
    with database.reading() as session:
        assert session.get_one(Conversation, conversation_id).mode == Mode.BOT
    within(database, conversation_id, lambda s, c: handoff.take_over(s, c, "Anna"))
    within(database, conversation_id, handoff.return_to_bot)
    with database.reading() as session:
        assert session.get_one(Conversation, conversation_id).mode == Mode.HUMAN


def test_every_change_of_hands_is_written_down(database: Database, conversation_id: int) -> None:
    within(database, conversation_id, ask)
    within(database, conversation_id, lambda s, c: handoff.take_over(s, c, "Anna"))
    within(
        database,
        conversation_id,
        lambda s, c: handoff.release(s, c, "Anna", Outgoing("ciao"), settled="phon sostituito"),
    )
    with database.reading() as session:
        events = session.scalars(select(ConversationEvent).order_by(ConversationEvent.id)).all()
        assert [event.what for event in events] == [
            "bot → waiting",
            "waiting → human",
            "human → bot",
        ]
        assert events[-1].details == {"settled": "phon sostituito"}
