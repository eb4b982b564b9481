"""A person with everything that a database, a tracker store and a folder can hold of them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from crm.consent.models import Purpose
from crm.consent.register import record_consent
from crm.conversation.effects import once
from crm.conversation.handoff import ask_for_person
from crm.conversation.log import Incoming, Outgoing, open_conversation, receive
from crm.conversation.models import Conversation
from crm.conversation.turns import finish
from crm.event.models import Signal, SignalKind
from crm.mail.outbox import queue_mail
from crm.moment.models import Moment, MomentState
from crm.offer.models import OfferOutcome
from crm.offer.outcomes import Offered, note
from crm.order.models import Order, OrderLine, OrderStatus
from crm.profile.assurance import claim, forget, verify
from crm.profile.keys import index_customer
from crm.profile.merging.ledger import merge
from crm.profile.models import Customer, TraitKind
from crm.profile.traits import Origin, record
from crm.source.models import SourceRecord
from crm.ticket.desk import NewTicket, add_note, open_ticket
from crm.ticket.models import TicketCategory

LONG_AGO = datetime(2026, 1, 1, 8, tzinfo=UTC)
EMAIL = "ermenegildo.quaglia@example.it"
OTHER_EMAIL = "gildo.quaglia@example.org"
PHONE = "+393471122334"
WRITTEN_PHONE = "347 11 22 334"
CODE = "QGLRNG80A01F205D"
MARKS = (EMAIL, OTHER_EMAIL, "3471122334", WRITTEN_PHONE, CODE, "Ermenegildo", "Quaglia")


@dataclass(frozen=True)
class Left:
    """The ids of what was written."""

    customer: int
    absorbed: int
    neighbour: int
    conversation: int
    neighbours_conversation: int
    order: str
    ticket: str
    file: str


def leave(session: Session, folder: Path) -> Left:
    """Write the person down, and a neighbour who talks of them."""
    ermenegildo = profile(session, "ecommerce", email=EMAIL, phone=PHONE, cap="38068")
    absorbed = profile(session, "newsletter", email=OTHER_EMAIL, codice_fiscale=CODE)
    conversation = converse(session, ermenegildo, folder)
    ticket = complain(session, ermenegildo, conversation)
    buy(session, ermenegildo)
    note_elsewhere(session, ermenegildo)
    merge(session, ermenegildo.id, absorbed.id, "Anna")
    neighbour = profile(session, "shop", "Clotilde", "Bevilacqua", email="clotilde@example.it")
    said = gossip(session, neighbour)
    walk_away(session, ermenegildo)
    return Left(
        ermenegildo.id, absorbed.id, neighbour.id, conversation.id, said.id,
        "EG-77001", ticket, "kmcwp3.png",
    )  # fmt: skip


def profile(
    session: Session,
    source: str,
    given: str = "Ermenegildo",
    family: str = "Quaglia",
    **values: Any,
) -> Customer:
    """Somebody as one source knows them."""
    customer = Customer()
    session.add(customer)
    session.flush()
    told = {"given_name": given, "family_name": family, "address": f"Via {family} 3", **values}
    record(session, customer, told, Origin(TraitKind.EXPLICIT, source, LONG_AGO))
    index_customer(session, customer.id)
    session.add(
        SourceRecord(
            source=source,
            key=f"{source}-{customer.id}",
            origin=f"{source}:{customer.id}",
            customer_id=customer.id,
            facts=told,
            fingerprint="f" * 32,
        )
    )
    return customer


def converse(session: Session, customer: Customer, folder: Path) -> Conversation:
    """A conversation with a file, an action's result, a handoff and the words of both sides."""
    conversation = open_conversation(session, "webchat", "session-1")
    conversation.identity.details = {"token_generation": 2, "visitor": {"email": EMAIL}}
    claim(conversation.identity, customer)
    verify(conversation.identity, timedelta(hours=1))
    folder.mkdir(exist_ok=True)
    (folder / "kmcwp3.png").write_bytes(b"picture of Ermenegildo Quaglia")
    files = [{"id": "kmcwp3", "name": "quaglia.png", "type": "image/png", "size": 30,
              "file": "kmcwp3.png"}]  # fmt: skip
    said = receive(
        session, conversation,
        Incoming("m-1", text=f"sono Ermenegildo Quaglia, {EMAIL}", attachments=files),
    )  # fmt: skip
    once(session, said.id, "action_identify", 1, lambda: {"events": [{"value": "Quaglia"}]})
    understanding = {"entities": [{"entity": "email", "value": EMAIL}]}
    reply = Outgoing("Ciao Ermenegildo!", buttons=[{"title": "Ermenegildo", "payload": "/greet"}])
    finish(session, said.id, [reply], understanding)
    asked = receive(session, conversation, Incoming("m-2", text=f"chiamatemi: {WRITTEN_PHONE}"))
    ask_for_person(session, conversation, "asked_for", asked, f"chiamate {PHONE}")
    return conversation


def complain(session: Session, customer: Customer, conversation: Conversation) -> str:
    """A ticket with a note."""
    new = NewTicket(
        TicketCategory.FAULT,
        "Il phon di Ermenegildo Quaglia non va",
        actor="bot",
        customer_id=customer.id,
        conversation_id=conversation.id,
        contact={"email": EMAIL},
    )
    ticket = open_ticket(session, new)
    add_note(ticket, "Anna", f"richiamato Quaglia al {PHONE}")
    return ticket.number


def buy(session: Session, customer: Customer) -> None:
    """An order under way."""
    session.add(
        Order(
            number="EG-77001",
            customer_id=customer.id,
            source="ecommerce",
            status=OrderStatus.SHIPPED,
            placed_at=LONG_AGO,
            total=Decimal("19.90"),
            carrier="BRT",
            tracking="BRT-QUAGLIA-1",
            lines=[OrderLine(sku="EG-1", quantity=1, price=Decimal("19.90"))],
        )
    )


def note_elsewhere(session: Session, customer: Customer) -> None:
    """Consents, signals, offers, mails."""
    record_consent(
        session, customer.id, Purpose.MARKETING, "email", True,
        source="newsletter", evidence=f"sì, scrivetemi a {EMAIL}",
    )  # fmt: skip
    session.add(
        Signal(
            source="crm", event_id="e-1", kind=SignalKind.CALL, customer_id=customer.id,
            details={"from": PHONE}, at=LONG_AGO,
        )
    )  # fmt: skip
    session.add(
        Moment(
            name="care", occasion="order:1", customer_id=customer.id, state=MomentState.HELD,
            details={"question": f"Come sta {PHONE}?"}, due_at=LONG_AGO, until=LONG_AGO,
        )
    )  # fmt: skip
    note(session, OfferOutcome.SHOWN, Offered("EG-1"), customer_id=customer.id)
    queue_mail(session, EMAIL.upper(), "Il tuo codice", "Ciao Ermenegildo, il codice è 123456")
    session.flush()


def gossip(session: Session, neighbour: Customer) -> Conversation:
    """A neighbour's conversation in which the person is named."""
    conversation = open_conversation(session, "telegram", "42")
    claim(conversation.identity, neighbour)
    text = f"il mio vicino ERMENEGILDO QUAGLIA ({EMAIL}, tel {WRITTEN_PHONE}) ha lo stesso phon"
    said = receive(session, conversation, Incoming("g-1", text=text))
    finish(
        session, said.id, [Outgoing("Capito.")], {"entities": [{"value": "Quaglia Ermenegildo"}]}
    )
    return conversation


def walk_away(session: Session, customer: Customer) -> None:
    """A conversation on a friend's phone, left with "forget me"."""
    conversation = open_conversation(session, "whatsapp", "393490000000")
    claim(conversation.identity, customer)
    receive(session, conversation, Incoming("w-1", text="sono Ermenegildo, abito in via Quaglia 3"))
    said = Origin(TraitKind.EXPLICIT, f"conversation:{conversation.id}", LONG_AGO)
    record(session, customer, {"skin": "dry"}, said)
    forget(session, conversation.identity)
