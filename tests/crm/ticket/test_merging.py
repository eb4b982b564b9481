"""Doubles: two tickets become one that leads to all of both, and two again; nothing is lost."""

from collections.abc import Sequence

import pytest
from sqlalchemy.orm import Session

from crm.conversation.handoff import ask_for_person, close, release, take_over
from crm.conversation.log import Incoming, Outgoing, open_conversation, receive
from crm.conversation.models import Conversation
from crm.db import Database, now
from crm.order.models import Order, OrderStatus
from crm.profile.models import Customer
from crm.ticket.desk import (
    NewTicket,
    change_priority,
    change_status,
    find_ticket,
    has_open_matter,
    open_ticket,
    tickets_of,
    tickets_of_conversation,
)
from crm.ticket.due import FIRST_ANSWER, due_of
from crm.ticket.merging import (
    doubles_of,
    links_of,
    merge,
    merges_of,
    preview,
    undo,
)
from crm.ticket.models import (
    Priority,
    Ticket,
    TicketCategory,
    TicketMerge,
    TicketMergeRefused,
    TicketStatus,
)
from tests.postgres import MakeDatabase


class Doubles:
    """A matter told twice: on the web chat with an order, and to a person on Telegram."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.customer = Customer()
        session.add(self.customer)
        session.flush()
        self.web, self.telegram = (
            open_conversation(session, channel, "somebody") for channel in ("webchat", "telegram")
        )
        self.order = Order(number="EG-1", customer_id=self.customer.id, source="shop",
                           status=OrderStatus.SHIPPED, placed_at=now(), total=1)  # fmt: skip
        session.add(self.order)
        session.flush()
        new = NewTicket(
            TicketCategory.FAULT, "Il phon non va", "bot", customer_id=self.customer.id,
            conversation_id=self.web.id, order_id=self.order.id, product="phon",
        )  # fmt: skip
        self.fault = open_ticket(session, new)
        said = receive(session, self.telegram, Incoming("t1", "un operatore"))
        number = ask_for_person(session, self.telegram, "asked_for", said, "un operatore")
        found = find_ticket(session, number)
        assert found is not None
        self.call = found
        session.flush()


@pytest.fixture
def doubles(database: Database):  # type: ignore[no-untyped-def]
    with database.writing() as session:
        yield Doubles(session)


def test_the_preview_changes_nothing(doubles: Doubles) -> None:
    changes = {one.field: (one.before, one.after) for one in preview(doubles.call, doubles.fault)}
    assert changes == {
        "customer_id": (None, doubles.customer.id),
        "order_id": (None, doubles.order.id),
        "product": (None, "phon"),
        "category": (TicketCategory.HANDOFF, TicketCategory.FAULT),
    }
    assert doubles.call.customer_id is None and doubles.fault.merged_into_id is None


def test_links_follow_and_nothing_is_lost(doubles: Doubles) -> None:
    session, kept = doubles.session, doubles.fault
    merge(session, kept, doubles.call, "Anna")
    assert kept.priority == Priority.HIGH, "the more urgent of the two"
    assert doubles.call.status == TicketStatus.CLOSED and doubles.call.merged_into is kept
    assert doubles.call.description == "un operatore"
    links = links_of(session, kept)
    assert links.conversations == [doubles.web.id, doubles.telegram.id]
    assert links.orders == [doubles.order.id] and links.absorbed == [doubles.call]
    assert doubles.telegram.handoff_ticket_id == kept.id, "the handoff is now this ticket's"
    assert [e.what for e in kept.events][-1] == "merged"
    assert [e.what for e in doubles.call.events][-1] == "absorbed"
    assert tickets_of(session, doubles.customer.id) == [kept]


def test_the_customer_is_told_of_the_one_that_is_left(doubles: Doubles) -> None:
    session = doubles.session
    other = open_ticket(session, NewTicket(
        TicketCategory.FAULT, "ancora il phon", "bot", conversation_id=doubles.telegram.id,
    ))  # fmt: skip
    merge(session, doubles.fault, other, "Anna")
    assert tickets_of_conversation(session, doubles.telegram.id) == [doubles.fault]
    assert has_open_matter(session, doubles.customer.id)


@pytest.mark.parametrize("keeps_the_call", [False, True])
@pytest.mark.parametrize("is_given_back", [False, True])
def test_a_complaint_is_not_settled_because_somebody_came(
    doubles: Doubles, keeps_the_call: bool, is_given_back: bool
) -> None:
    session, talk = doubles.session, doubles.telegram
    both = (doubles.call, doubles.fault) if keeps_the_call else (doubles.fault, doubles.call)
    merge(session, *both, "Anna")
    session.refresh(talk)
    take_over(session, talk, "Anna")
    if is_given_back:
        release(session, talk, "Anna", Outgoing("Torna l'assistente."), "richiama lunedì")
    else:
        close(session, talk, "Anna", "richiama lunedì")
    assert both[0].status == TicketStatus.OPEN
    assert both[0].events[-1].note == "richiama lunedì"
    assert has_open_matter(session, doubles.customer.id), "so no offers (R14)"


def test_the_undo_gives_back_both(doubles: Doubles) -> None:
    session = doubles.session
    entry = merge(session, doubles.call, doubles.fault, "Anna")
    session.refresh(doubles.call)
    undo(session, entry.id, "Bruno")
    session.expire_all()
    call, fault = doubles.call, doubles.fault
    assert (call.customer_id, call.product, call.category) == (None, None, TicketCategory.HANDOFF)
    assert call.order_id is None and call.priority == Priority.HIGH
    assert fault.status == TicketStatus.OPEN and fault.merged_into_id is None
    assert session.get_one(Conversation, doubles.telegram.id).handoff_ticket_id == call.id
    assert links_of(session, call).conversations == [doubles.telegram.id]
    [kept] = merges_of(session, fault.id)
    assert (kept.actor, kept.undone_by) == ("Anna", "Bruno")
    with pytest.raises(TicketMergeRefused, match="undone before"):
        undo(session, entry.id, "Bruno")


def test_what_was_changed_since_stays(doubles: Doubles) -> None:
    session = doubles.session
    entry = merge(session, doubles.fault, doubles.call, "Anna")
    change_priority(doubles.fault, Priority.URGENT, "Anna")
    undo(session, entry.id, "Anna")
    assert doubles.fault.priority == Priority.URGENT
    assert doubles.telegram.handoff_ticket_id is not None
    session.refresh(doubles.telegram)
    assert doubles.telegram.handoff_ticket_id == doubles.call.id


def raised(session: Session, given: Priority, to: Priority) -> Ticket:
    """A ticket that a rule has raised."""
    new = NewTicket(TicketCategory.FAULT, "il phon", "bot", priority=given)
    ticket = open_ticket(session, new)
    ticket.priority, ticket.timed_as = to, given
    session.flush()
    return ticket


def test_times_go_by_the_ticket_that_gives_the_priority(doubles: Doubles) -> None:
    session, kept = doubles.session, doubles.fault
    late = raised(session, Priority.NORMAL, Priority.URGENT)
    entry = merge(session, kept, late, "Anna")
    assert (kept.priority, kept.timed_as) == (Priority.URGENT, Priority.NORMAL)
    assert due_of(kept).answer_by == kept.created_at + FIRST_ANSWER[Priority.NORMAL]
    undo(session, entry.id, "Anna")
    assert (kept.priority, kept.timed_as) == (Priority.NORMAL, None)


def test_a_priority_that_people_gave_sets_the_times(doubles: Doubles) -> None:
    session = doubles.session
    kept = raised(session, Priority.LOW, Priority.NORMAL)
    entry = merge(session, kept, doubles.call, "Anna")
    assert (kept.priority, kept.timed_as) == (Priority.HIGH, None)
    change_priority(kept, Priority.URGENT, "Anna")
    undo(session, entry.id, "Anna")
    assert (kept.priority, kept.timed_as) == (Priority.URGENT, None), "as Anna gave it since"


class Pair:
    """Two tickets as somebody sees them, in a transaction of their own."""

    def __init__(self, session: Session, ids: Sequence[int]) -> None:
        self.session = session
        self.one, self.other = (session.get_one(Ticket, ticket_id) for ticket_id in ids)


@pytest.fixture
def two_tickets(make_database: MakeDatabase) -> tuple[Database, list[int]]:
    """Two tickets where two people can write at once."""
    database = make_database("postgres")
    with database.writing() as session:
        tickets = [
            open_ticket(session, NewTicket(TicketCategory.FAULT, text, "bot"))
            for text in ("il phon", "sempre il phon")
        ]
        session.flush()
        return database, [ticket.id for ticket in tickets]


@pytest.mark.postgres
@pytest.mark.parametrize("is_same", [True, False])
def test_of_two_merges_at_once_one_is_refused(
    two_tickets: tuple[Database, list[int]], is_same: bool
) -> None:
    database, found = two_tickets
    with database.writing() as session:
        late = Pair(session, found)
        with database.writing() as quick:
            first = Pair(quick, found)
            merge(quick, first.one, first.other, "Anna")
        pair = (late.one, late.other) if is_same else (late.other, late.one)
        assert code(session, *pair) == "ticket_merged"
    with database.reading() as session:
        assert len(merges_of(session, found[0])) == 1


@pytest.mark.postgres
def test_of_two_undoings_at_once_one_is_refused(two_tickets: tuple[Database, list[int]]) -> None:
    database, found = two_tickets
    with database.writing() as session:
        pair = Pair(session, found)
        entry_id = merge(session, pair.one, pair.other, "Anna").id
    with database.writing() as session:
        late = session.get_one(TicketMerge, entry_id)
        with database.writing() as quick:
            undo(quick, entry_id, "Bruno")
        with pytest.raises(TicketMergeRefused, match="undone before"):
            undo(session, late.id, "Anna")


def test_merges_are_undone_in_reverse(doubles: Doubles) -> None:
    session = doubles.session
    third = open_ticket(session, NewTicket(TicketCategory.OTHER, "sempre il phon", "bot"))
    first = merge(session, doubles.fault, doubles.call, "Anna")
    second = merge(session, third, doubles.fault, "Anna")
    assert links_of(session, third).absorbed == [doubles.fault, doubles.call]
    with pytest.raises(TicketMergeRefused) as refused:
        undo(session, first.id, "Anna")
    assert refused.value.code == "later_merge_first"
    undo(session, second.id, "Anna")
    undo(session, first.id, "Anna")
    assert all(one.merged_into_id is None for one in session.query(Ticket))


def test_what_cannot_be_merged(doubles: Doubles) -> None:
    session, fault, call = doubles.session, doubles.fault, doubles.call
    stranger = Customer()
    session.add(stranger)
    session.flush()
    foreign = open_ticket(
        session, NewTicket(TicketCategory.OTHER, "altro", "bot", customer_id=stranger.id)
    )
    assert code(session, fault, fault) == "same_ticket"
    assert code(session, fault, foreign) == "two_customers"
    change_status(fault, TicketStatus.SOLVED, "Anna")
    assert code(session, fault, call) == "kept_is_settled"
    merge(session, call, fault, "Anna")
    assert code(session, call, fault) == "ticket_merged"
    with pytest.raises(LookupError):
        undo(session, 99, "Anna")


def code(session: Session, kept: Ticket, absorbed: Ticket) -> str:
    with pytest.raises(TicketMergeRefused) as refused:
        merge(session, kept, absorbed, "Anna")
    return refused.value.code


def test_one_that_was_merged_is_not_opened_again(doubles: Doubles) -> None:
    session, fault, call = doubles.session, doubles.fault, doubles.call
    third = open_ticket(session, NewTicket(TicketCategory.OTHER, "sempre il phon", "bot"))
    merge(session, fault, call, "Anna")
    merge(session, third, fault, "Anna")
    with pytest.raises(TicketMergeRefused, match=f"{call.number} was merged into {third.number}"):
        change_status(call, TicketStatus.IN_PROGRESS, "Anna")
    assert call.status == TicketStatus.CLOSED
    change_status(call, TicketStatus.SOLVED, "Anna")
    assert call.status == TicketStatus.SOLVED, "still settled"


def test_possible_doubles_are_the_same_customers_open_ones(doubles: Doubles) -> None:
    session = doubles.session
    again = open_ticket(session, NewTicket(
        TicketCategory.OTHER, "di nuovo", "bot", customer_id=doubles.customer.id,
    ))  # fmt: skip
    assert doubles_of(session, doubles.fault) == [again]
    change_status(again, TicketStatus.SOLVED, "Anna")
    assert doubles_of(session, doubles.fault) == []
