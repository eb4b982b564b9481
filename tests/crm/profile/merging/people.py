"""Made-up people with everything that can hang on a profile, and a photograph of a database."""

import string
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.consent.models import Consent, Purpose
from crm.consent.register import CHANNELS
from crm.conversation.log import Incoming, open_conversation, receive
from crm.db import Base
from crm.offer.models import OfferOutcome
from crm.offer.outcomes import Offered, note
from crm.order.models import Order, OrderLine, OrderStatus
from crm.profile.assurance import claim, verify
from crm.profile.keys import index_customer
from crm.profile.models import Customer, TraitKind
from crm.profile.traits import Origin, record
from crm.ticket.desk import NewTicket, open_ticket
from crm.ticket.models import TicketCategory

LONG_AGO = datetime(2026, 1, 1, 8, tzinfo=UTC)
LEDGER = "customer_merge"

instants = st.integers(0, 400).map(lambda hours: LONG_AGO + timedelta(hours=hours))
words = st.text(string.ascii_lowercase, min_size=3, max_size=8)
VALUES = {
    "given_name": st.sampled_from(["Mario", "Maria", "Lucia"]),
    "family_name": st.sampled_from(["Rossi", "De Santis"]),
    "email": words.map(lambda word: f"{word}@example.it"),
    "phone": st.sampled_from(["+393401234567", "+393407654321"]),
    "cap": st.sampled_from(["38068", "20121"]),
    "language": st.sampled_from(["it", "en"]),
    "skin": words,
}

traits = st.one_of(
    *(
        st.tuples(
            st.just(name),
            values,
            st.sampled_from(TraitKind),
            st.sampled_from(["shop", "ecommerce"]),
            instants,
        )
        for name, values in VALUES.items()
    )
)
consents = st.tuples(
    st.sampled_from(Purpose), st.sampled_from(CHANNELS[:3]), st.booleans(), instants
)
lives = st.fixed_dictionaries(
    {
        "traits": st.lists(traits, min_size=1, max_size=6),
        "consents": st.lists(consents, max_size=5),
        "orders": st.integers(0, 2),
        "tickets": st.integers(0, 2),
        "offers": st.integers(0, 1),
        "talks": st.lists(st.booleans(), max_size=2),
    }
)


def live(session: Session, life: dict[str, Any], mark: str) -> int:
    """Write somebody's life down; `mark` keeps numbers of two people apart."""
    customer = Customer()
    session.add(customer)
    session.flush()
    for name, value, kind, source, at in life["traits"]:
        record(session, customer, {name: value}, Origin(kind, source, at))
    index_customer(session, customer.id)
    say(session, customer.id, life["consents"])
    for number in range(life["orders"]):
        buy(session, customer.id, f"{mark}-{number}")
    for number in range(life["tickets"]):
        complain(session, customer.id, f"{mark} non va, {number}")
    for _ in range(life["offers"]):
        note(session, OfferOutcome.SHOWN, Offered("EG-1"), customer_id=customer.id)
    for number, proved in enumerate(life["talks"]):
        talk(session, customer, f"{mark}-talk-{number}", proved=proved)
    session.flush()
    return customer.id


def say(
    session: Session, customer_id: int, said: list[tuple[Purpose, str, bool, datetime]]
) -> None:
    """Allow and forbid things."""
    for purpose, channel, granted, at in said:
        session.add(
            Consent(
                customer_id=customer_id,
                purpose=purpose,
                channel=channel,
                granted=granted,
                source="shop",
                evidence="on the card",
                at=at,
            )
        )
    session.flush()


def buy(session: Session, customer_id: int, number: str) -> None:
    """One order with one line."""
    session.add(
        Order(
            number=number,
            customer_id=customer_id,
            source="shop",
            status=OrderStatus.DELIVERED,
            placed_at=LONG_AGO,
            total=Decimal("9.90"),
            lines=[OrderLine(sku="EG-1", quantity=1, price=Decimal("9.90"))],
        )
    )


def complain(session: Session, customer_id: int, what: str) -> None:
    """One ticket."""
    new = NewTicket(TicketCategory.FAULT, what, actor="bot", customer_id=customer_id)
    open_ticket(session, new)


def talk(session: Session, customer: Customer, external_id: str, *, proved: bool) -> int:
    """One conversation with one message, by somebody who claims or has proved who they are."""
    conversation = open_conversation(session, "webchat", external_id)
    claim(conversation.identity, customer)
    if proved:
        verify(conversation.identity, timedelta(hours=1))
    receive(session, conversation, Incoming(f"{external_id}-1", text="buongiorno"))
    return conversation.id


def photograph(session: Session) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, but for the ledger of merges itself."""
    session.flush()
    session.expire_all()
    return {
        table.name: sorted(map(tuple, session.execute(select(table))), key=repr)
        for table in Base.metadata.sorted_tables
        if table.name != LEDGER
    }
