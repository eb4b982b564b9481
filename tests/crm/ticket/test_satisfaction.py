"""How it went: asked once, in the chat, when nobody is in it; a press, a number or words answer."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.workers.ticket_care import TicketCare
from crm.conversation import turns
from crm.conversation.buttons import press
from crm.conversation.delivery import may_be_said
from crm.conversation.handoff import close, release, take_over
from crm.conversation.log import Incoming, Outgoing, open_conversation, receive
from crm.conversation.models import Conversation, Message, Mode, PressableButton, Role, State
from crm.db import Database, now
from crm.insights.catalogue import make_catalogue
from crm.insights.scope import Scope
from crm.profile.models import Customer, CustomerStatus
from crm.ticket.desk import NewTicket, change_status, open_ticket
from crm.ticket.due import due_of
from crm.ticket.models import Ticket, TicketCategory, TicketRating, TicketStatus
from crm.ticket.satisfaction import (
    Question,
    Taken,
    ask,
    command_of,
    rating_of,
    read_score,
    take_score,
    to_be_asked,
)

QUESTION = Question("Come è andata?", ["1", "2", "3", "4", "5"])
LATER = timedelta(minutes=11)


def settled(session: Session, channel: str = "webchat", customer: Customer | None = None) -> Ticket:
    """A ticket that was opened in a chat and is solved now; the bot has the conversation."""
    count = session.query(Conversation).count()
    talk = open_conversation(session, channel, f"visitor-{count}")
    said = receive(session, talk, Incoming(f"m-{count}", "il phon non va"))
    turns.finish(session, said.id, [Outgoing("Ho aperto una richiesta.")])
    new = NewTicket(
        TicketCategory.FAULT, "il phon non va", "bot", conversation_id=talk.id,
        customer_id=customer.id if customer else None,
    )  # fmt: skip
    ticket = open_ticket(session, new)
    change_status(ticket, TicketStatus.SOLVED, "Anna")
    session.flush()
    return ticket


def talk_of(session: Session, ticket: Ticket) -> Conversation:
    return session.get_one(Conversation, ticket.conversation_id)


def asked(session: Session, later: timedelta = LATER) -> list[Ticket]:
    return list(to_be_asked(session, now() + later))


def hear(session: Session, ticket: Ticket, text: str, intent: str = "") -> turns.Job:
    """The customer writes and the bot reads it; what the bot was given."""
    talk = talk_of(session, ticket)
    message = receive(session, talk, Incoming(f"{talk.id}-{talk.last_seq}", text))
    job = turns.begin(session, talk.id)
    assert job is not None
    turns.finish(session, message.id, [Outgoing("…")], {"intent": {"name": intent}})
    return job


@pytest.fixture
def session(database: Database):  # type: ignore[no-untyped-def]
    with database.writing() as session:
        yield session


def test_asked_once_after_a_rest(session: Session) -> None:
    ticket = settled(session)
    assert asked(session, timedelta(minutes=9)) == []
    assert asked(session) == [ticket]
    message = ask(session, ticket, QUESTION)
    assert message is not None and (message.role, message.state) == (Role.BOT, State.QUEUED)
    assert [button["title"] for button in message.buttons] == ["1", "2", "3", "4", "5"]
    assert "rate_service" not in str(message.buttons), "customers see tokens only"
    assert ask(session, ticket, QUESTION) is None
    assert asked(session) == []


def test_not_what_was_settled_long_ago(session: Session) -> None:
    settled(session)
    assert asked(session, timedelta(days=4)) == []


def test_nobody_is_asked_while_a_person_is_there_or_awaited(session: Session) -> None:
    ticket = settled(session)
    take_over(session, talk_of(session, ticket), "Anna")
    assert asked(session) == []
    assert ask(session, ticket, QUESTION) is None, "looked at again at the moment of asking"
    talk_of(session, ticket).mode = Mode.WAITING
    session.flush()
    assert asked(session) == []
    release_to_bot(session, ticket)
    assert asked(session) == [ticket]


def release_to_bot(session: Session, ticket: Ticket) -> None:
    talk = talk_of(session, ticket)
    take_over(session, talk, "Anna", force=True)
    release(session, talk, "Anna", Outgoing("a presto"))


def test_a_question_that_a_person_overtakes_is_not_said(session: Session) -> None:
    ticket = settled(session)
    message = ask(session, ticket, QUESTION)
    talk = talk_of(session, ticket)
    assert message is not None and may_be_said(talk, message)
    take_over(session, talk, "Anna")
    assert not may_be_said(talk, message)


def test_a_closed_conversation_is_asked_and_opens_with_the_answer(session: Session) -> None:
    ticket = settled(session)
    talk = talk_of(session, ticket)
    take_over(session, talk, "Anna")
    close(session, talk, "Anna", "sostituito")
    assert asked(session) == [ticket]
    message = ask(session, ticket, QUESTION)
    assert message is not None and may_be_said(talk, message)
    assert hear(session, ticket, "5").command == command_of(ticket, 5)
    assert talk.mode == Mode.BOT


@pytest.mark.parametrize("status", [CustomerStatus.ERASED, CustomerStatus.MERGED])
def test_who_is_no_longer_a_customer_is_not_asked(session: Session, status: CustomerStatus) -> None:
    customer = Customer()
    session.add(customer)
    session.flush()
    ticket = settled(session, customer=customer)
    assert asked(session) == [ticket]
    customer.status = status
    session.flush()
    assert asked(session) == []


def test_one_chat_is_not_asked_twice_in_a_week(session: Session) -> None:
    first = settled(session)
    ask(session, first, QUESTION)
    new = NewTicket(TicketCategory.RETURN, "un reso", "bot", conversation_id=first.conversation_id)
    second = open_ticket(session, new)
    change_status(second, TicketStatus.SOLVED, "Anna")
    session.flush()
    assert asked(session) == []
    second.updated_at = now() + timedelta(days=6)
    session.flush()
    assert asked(session, timedelta(days=8)) == [second]


def test_two_matters_of_a_chat_make_one_question(database: Database) -> None:
    with database.writing() as session:
        first = settled(session)
        new = NewTicket(
            TicketCategory.HANDOFF, "un operatore", "bot", conversation_id=first.conversation_id
        )
        change_status(open_ticket(session, new), TicketStatus.SOLVED, "Anna")
        session.flush()
        for table in (Conversation, Ticket):
            session.execute(update(table).values(updated_at=now() - LATER))
        assert len(to_be_asked(session)) == 2
    care = TicketCare(database, [], lambda *_: QUESTION, lambda _: None, timedelta(minutes=10))
    assert len(care.ask()) == 1 and care.ask() == []
    with database.reading() as session:
        assert session.query(TicketRating).count() == 1


def test_who_writes_meanwhile_is_not_asked(session: Session) -> None:
    ticket = settled(session)
    assert asked(session) == [ticket]
    receive(session, talk_of(session, ticket), Incoming("again", "ancora una cosa"))
    assert ask(session, ticket, QUESTION, rest=LATER) is None
    talk_of(session, ticket).updated_at = now() - LATER
    assert ask(session, ticket, QUESTION, rest=LATER) is not None


def test_not_while_another_matter_of_the_chat_is_open(session: Session) -> None:
    first = settled(session)
    new = NewTicket(TicketCategory.RETURN, "un reso", "bot", conversation_id=first.conversation_id)
    open_ticket(session, new)
    assert asked(session) == []


def test_on_whatsapp_only_within_its_24_hours(session: Session) -> None:
    ticket = settled(session, "whatsapp")
    assert asked(session) == [ticket]
    talk_of(session, ticket).last_customer_at = now() - timedelta(hours=23)
    session.flush()
    assert asked(session) == []


def test_a_merged_ticket_is_asked_about_under_the_other_number(session: Session) -> None:
    ticket = settled(session)
    other = open_ticket(session, NewTicket(TicketCategory.OTHER, "altro", "bot"))
    ticket.merged_into_id = other.id
    session.flush()
    assert asked(session) == []


def test_a_press_answers(session: Session) -> None:
    ticket = settled(session)
    ask(session, ticket, QUESTION)
    talk = talk_of(session, ticket)
    token = session.query(PressableButton).filter_by(title="4").one().token
    button = press(session, talk.id, token)
    receive(session, talk, Incoming("p", button.title, button.command))
    job = turns.begin(session, talk.id)
    assert job is not None and job.command == command_of(ticket, 4)


@pytest.mark.parametrize(
    ("text", "score"),
    [("4", 4), (" 5! ", 5), ("direi 4 su 5", 4), ("4/5", 4), ("cinque stelle", 5), ("★★★", 3),
     ("un 3", 3), ("I'd give it a four", 4), ("vi do 2", 2), ("voto: 5", None), ("6", None),
     ("0", None), ("uno schifo", None), ("one question please", None), ("dov'è il 4?", None),
     ("ne ho ordinati 3", None), ("grazie mille", None), ("4 giorni", None), ("⭐⭐⭐⭐⭐⭐", None),
     ("", None)],
)  # fmt: skip
def test_only_a_score_is_read_as_one(text: str, score: int | None) -> None:
    assert read_score(text) == score


def test_words_with_a_number_answer_only_the_question_just_asked(session: Session) -> None:
    ticket = settled(session)
    assert hear(session, ticket, "direi 4 su 5").command is None, "nothing was asked yet"
    ask(session, ticket, QUESTION)
    assert hear(session, ticket, "direi 4 su 5").command == command_of(ticket, 4)
    assert hear(session, ticket, "direi 3 su 5").command is None, "asked before that"


def test_an_opinion_in_words_is_kept_and_a_question_is_not(session: Session) -> None:
    ticket = settled(session)
    ask(session, ticket, QUESTION)
    hear(session, ticket, "dov'è il mio ordine?", "order_status")
    rating = rating_of(session, ticket.id)
    assert rating is not None and rating.comment == "" and rating.answered_at is None
    other = settled(session)
    ask(session, other, QUESTION)
    hear(session, other, "Siete stati gentilissimi!", "give_feedback")
    heard = rating_of(session, other.id)
    assert heard is not None and heard.comment == "Siete stati gentilissimi!"
    assert heard.score is None and heard.answered_at is not None


def test_a_score_is_kept_and_stands_in_the_history(session: Session) -> None:
    ticket = settled(session)
    before = due_of(ticket).settled_at
    ask(session, ticket, QUESTION)
    assert take_score(session, talk_of(session, ticket).id, ticket.number, 4) == Taken.THANKS
    assert take_score(session, talk_of(session, ticket).id, ticket.number, 2) == Taken.SORRY
    rating = rating_of(session, ticket.id)
    assert rating is not None and rating.score == 2
    said = [(e.actor, e.note) for e in ticket.events if e.what == "rated"]
    assert said == [("customer", "4"), ("customer", "2")]
    assert due_of(ticket).settled_at == before and ticket.status == TicketStatus.SOLVED


def test_too_late_from_elsewhere_or_out_of_range(session: Session) -> None:
    ticket, other = settled(session), settled(session)
    ask(session, ticket, QUESTION)
    talk = talk_of(session, ticket).id
    assert take_score(session, talk, ticket.number, 6) == Taken.UNKNOWN
    assert take_score(session, talk, "T-1", 5) == Taken.UNKNOWN
    elsewhere = talk_of(session, other).id
    assert take_score(session, elsewhere, ticket.number, 5) == Taken.UNKNOWN
    late = now() + timedelta(days=31)
    assert take_score(session, talk, ticket.number, 5, late) == Taken.LATE
    rating = rating_of(session, ticket.id)
    assert rating is not None and rating.score is None


def test_the_figure_counts_scores_and_who_was_asked(session: Session) -> None:
    scores = [5, 5, 3, None]
    for score in scores:
        ticket = settled(session)
        ask(session, ticket, QUESTION)
        if score:
            take_score(session, talk_of(session, ticket).id, ticket.number, score)
    session.flush()
    assert session.query(TicketRating).count() == 4 and session.query(Message).count() == 12
    today = datetime.now(tz=now().tzinfo).date()
    scope = Scope(today - timedelta(days=1), today + timedelta(days=1))
    counted = make_catalogue().figure("satisfaction").count(session, scope)
    assert [(cell.name, cell.count) for cell in counted.cells] == [("3", 1), ("5", 2)]
    assert dict(counted.total.extra) == {"mean": 4.33, "asked": 4}
    behind = make_catalogue().figure("satisfaction").behind(session, scope, "3")
    assert len(behind) == 1
