"""Relations outlive a merge and not an erasure; what to do next follows what is known."""

import pytest
from sqlalchemy.orm import Session

from crm.consent.models import Purpose
from crm.consent.register import record_consent
from crm.conversation.log import Incoming, open_conversation, receive
from crm.db import Database, now
from crm.order.models import Order, OrderStatus
from crm.privacy.erasing import erase
from crm.privacy.export import export
from crm.privacy.outside import Outside
from crm.profile.assurance import claim
from crm.profile.merging import ledger
from crm.profile.models import Customer
from crm.profile.next_steps import Step, next_steps
from crm.profile.relations import (
    Relation,
    RelationKind,
    RelationRefused,
    relate,
    ties_of,
    unrelate,
)
from crm.ticket.desk import NewTicket, change_status, open_ticket
from crm.ticket.models import TicketCategory, TicketRating, TicketStatus


def customers(session: Session, count: int) -> list[int]:
    made = [Customer(email=f"c{number}@example.it") for number in range(count)]
    session.add_all(made)
    session.flush()
    return [one.id for one in made]


def test_a_relation_follows_a_merge_and_comes_back(database: Database) -> None:
    with database.writing() as session:
        kept, double, friend = customers(session, 3)
        relate(session, double, RelationKind.HOUSEHOLD, friend, "staff:Anna")
        relate(session, kept, RelationKind.HOUSEHOLD, double, "staff:Anna")
        entry = ledger.merge(session, kept, double, "Anna")
        assert [tie.other.id for tie in ties_of(session, kept)] == [friend]
        ledger.undo(session, entry.id, "Anna")
        assert {tie.other.id for tie in ties_of(session, double)} == {friend, kept}
        assert [tie.other.id for tie in ties_of(session, friend)] == [double]


def test_nothing_is_left_after_an_erasure(database: Database) -> None:
    with database.writing() as session:
        gone, friend = customers(session, 2)
        relate(session, friend, RelationKind.REFERRED_BY, gone, "staff:Anna")
        copy = export(session, Outside(), gone)
        assert [one["kind"] for one in copy["data"]["relations"]] == ["referred_by"]
    erase(database, Outside(), gone, "Ada", wipe=False)
    with database.writing() as session:
        assert session.query(Relation).count() == 0 and ties_of(session, friend) == []


def test_who_was_brought_by_one_is_not_brought_by_another(database: Database) -> None:
    with database.writing() as session:
        first, second, third = customers(session, 3)
        relate(session, second, RelationKind.REFERRED_BY, first, "staff:Anna")
        relate(session, third, RelationKind.REFERRED_BY, second, "staff:Anna")
        for customer, other, code in (
            (second, third, "already_referred"), (first, third, "referred_in_a_circle"),
        ):  # fmt: skip
            with pytest.raises(RelationRefused) as refused:
                relate(session, customer, RelationKind.REFERRED_BY, other, "staff:Anna")
            assert refused.value.code == code
        assert unrelate(session, first, 99) is None
        [tie] = ties_of(session, first)
        assert unrelate(session, third, tie.id) is None, "not theirs to take away"
        assert unrelate(session, first, tie.id) is not None


def steps(session: Session, customer_id: int) -> list[str]:
    return [str(one.step) for one in next_steps(session, session.get_one(Customer, customer_id))]


def test_steps_come_and_go_with_their_reasons(database: Database) -> None:
    with database.writing() as session:
        [mario] = customers(session, 1)
        assert steps(session, mario) == [Step.ASK_CONSENT]
        record_consent(
            session, mario, Purpose.MARKETING, "email", False, source="chat", evidence="no"
        )
        assert steps(session, mario) == [], "a no is not asked again"
        customer = session.get_one(Customer, mario)
        customer.email = None
        assert steps(session, mario) == [Step.ASK_CONTACT]
        customer.phone = "+393941950001"
        new = NewTicket(TicketCategory.FAULT, "il phon", "bot", customer_id=mario)
        ticket = open_ticket(session, new)
        assert steps(session, mario) == [Step.TICKET_OPEN, Step.NO_OFFERS]
        change_status(ticket, TicketStatus.WAITING_CUSTOMER, "Anna")
        assert steps(session, mario) == [Step.TICKET_OF_CUSTOMER, Step.NO_OFFERS]
        change_status(ticket, TicketStatus.SOLVED, "Anna")
        talk = open_conversation(session, "webchat", "m")
        claim(talk.identity, customer)
        session.add(TicketRating(ticket_id=ticket.id, conversation_id=talk.id, question_seq=1,
                                 score=1, answered_at=now()))  # fmt: skip
        session.add(Order(number="EG-7", customer_id=mario, source="shop", total=1,
                          status=OrderStatus.READY_FOR_PICKUP, placed_at=now()))  # fmt: skip
        said = receive(session, talk, Incoming("a", "basta, sono furioso"))
        said.understanding = {"mood": "angry"}
        session.flush()
        assert steps(session, mario) == [Step.CALM, Step.ORDER_TO_COLLECT, Step.MAKE_UP]
