"""A small company in which the bot may speak first: Mario on Telegram, a dryer and what goes with
it. Midday on a Wednesday, unless a test says otherwise.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from actions.phrases import Phrases
from app.settings import ROOT
from crm.consent.models import Purpose
from crm.consent.register import record_consent
from crm.conversation.log import Incoming, Outgoing, open_conversation, receive
from crm.conversation.models import Conversation, Message
from crm.conversation.turns import finish
from crm.db import Database, now
from crm.event.models import Signal, SignalKind
from crm.moment.deciding import decide_next
from crm.moment.declared import Moments, read_moments
from crm.moment.models import Moment, MomentState
from crm.moment.occasions import calls_from_signals, plan
from crm.moment.saying import Voice
from crm.moment.verdict import Limits
from crm.offer.models import Product
from crm.order.models import Order, OrderLine, OrderStatus
from crm.profile.assurance import claim, verify
from crm.profile.models import Customer
from crm.ticket.desk import NewTicket, open_ticket
from crm.ticket.models import TicketCategory

DRYER, BRUSH, CREAM = "EG-3036", "EG-3042", "EG-1010"
# No night, so that tests mean the same at any hour.
AWAKE = Limits(quiet_from=datetime.min.time(), quiet_until=datetime.min.time())
PHRASES = Phrases.load(ROOT / "bot" / "domain")


def voice(moments: Moments | None = None, **changes: Any) -> Voice:
    """How the bot speaks first, with the shipped declaration and words."""
    return replace(Voice(moments or read_moments(), PHRASES.variant, AWAKE), **changes)


def add_products(session: Session) -> None:
    """A dryer with care and a companion, the companion, and something unrelated."""
    session.add_all(
        [
            product(DRYER, "hair_dryer", "Asciugacapelli Maestrale", goes_with=[BRUSH],
                    how_to={"it": "Tampona, poi asciuga.", "en": "Towel first."},
                    tip={"it": "Il colpo freddo si blocca.", "en": "The cool shot locks."}),
            product(BRUSH, "hair_brush", "Spazzola Tonda"),
            product(CREAM, "face_cream", "Crema Serafosca"),
        ]
    )  # fmt: skip
    session.flush()


def product(sku: str, category: str, name: str, **attributes: Any) -> Product:
    """A product with the same name in both languages."""
    return Product(
        sku=sku, category=category, name={"it": name, "en": name},
        description={"it": name, "en": name}, price=Decimal("19.90"), attributes=attributes,
        stock={"online": 3},
    )  # fmt: skip


@dataclass
class Person:
    """Somebody the bot may speak to."""

    customer_id: int
    conversation_id: int


def add_person(
    session: Session,
    name: str = "Mario",
    channel: str = "telegram",
    *,
    consent: bool | None = True,
    proved: bool = True,
    last_wrote: timedelta = timedelta(hours=2),
) -> Person:
    """A customer with a conversation, who wrote two hours ago."""
    customer = Customer(given_name=name, language="it")
    session.add(customer)
    session.flush()
    conversation = open_conversation(session, channel, f"{name}-on-{channel}")
    claim(conversation.identity, customer)
    if proved:
        verify(conversation.identity, timedelta(hours=1))
    conversation.last_customer_at = now() - last_wrote
    if consent is not None:
        allow(session, customer.id, channel, consent)
    return Person(customer.id, conversation.id)


def allow(
    session: Session, customer_id: int, channel: str, granted: bool,
    purpose: Purpose = Purpose.MARKETING,
) -> None:  # fmt: skip
    """A yes or a no."""
    record_consent(
        session, customer_id, purpose, channel, granted, source="test", evidence="sì" * granted
    )


def add_signal(
    session: Session, person: Person, kind: SignalKind, ago: timedelta = timedelta(), **details: Any
) -> Signal:
    """Something that a customer did, reported now."""
    signal = Signal(
        source="shop", event_id=f"{kind}-{now().timestamp()}", kind=kind,
        customer_id=person.customer_id, details=details, at=now() - ago,
    )  # fmt: skip
    session.add(signal)
    session.flush()
    return signal


def add_order(
    session: Session, person: Person, sku: str, days_ago: int = 10, *,
    status: OrderStatus = OrderStatus.DELIVERED, delivered_on: date | None = None,
) -> Order:  # fmt: skip
    """An order of one thing."""
    placed_at = datetime.now(UTC) - timedelta(days=days_ago)
    order = Order(
        number=f"EG-{person.customer_id}{days_ago}{sku[-4:]}", customer_id=person.customer_id,
        source="ecommerce", status=status, placed_at=placed_at, total=Decimal("19.90"),
        delivered_on=delivered_on or placed_at.date(),
        lines=[OrderLine(sku=sku, quantity=1, price=Decimal("19.90"))],
    )  # fmt: skip
    session.add(order)
    session.flush()
    return order


def write(session: Session, person: Person, text: str, mood: str = "neutral") -> Message:
    """A customer writes, and the bot has answered."""
    conversation = session.get_one(Conversation, person.conversation_id)
    said = receive(
        session, conversation, Incoming(f"{conversation.id}-{conversation.last_seq + 1}", text=text)
    )
    finish(session, said.id, [Outgoing("ok")], {"intent": {"name": "inform"}, "mood": mood})
    return said


def plan_signals(database: Database, speaking: Voice) -> list[Moment]:
    """Plan from the signals of the last days."""
    with database.writing() as session:
        return plan(
            session, calls_from_signals(session, speaking.moments, now() - timedelta(days=2))
        )


def decide_all(database: Database, speaking: Voice, at: datetime | None = None) -> list[Moment]:
    """Decide on everything that is due."""
    decided: list[Moment] = []
    while True:
        with database.writing() as session:
            moment = decide_next(session, speaking, at)
        if moment is None:
            return decided
        decided.append(moment)


def moment_of(database: Database, name: str) -> Moment:
    """The one moment of a name."""
    with database.reading() as session:
        return session.scalars(select(Moment).filter_by(name=name)).one()


def spoken(database: Database, person: Person) -> list[Message]:
    """What the bot has said in a conversation without being asked."""
    with database.reading() as session:
        query = select(Message).where(
            Message.conversation_id == person.conversation_id, Message.purpose.is_not(None)
        )
        return list(session.scalars(query.order_by(Message.seq)))


def check_in(database: Database, person: Person, **more: Any) -> None:
    """They come into the shop."""
    with database.writing() as session:
        add_signal(session, person, SignalKind.CHECK_IN, **more)


def reason_after_check_in(database: Database, person: Person, **changes: Any) -> str | None:
    """Why nothing is said to somebody who comes into the shop; None when something is."""
    check_in(database, person)
    speaking = voice(**changes)
    plan_signals(database, speaking)
    decide_all(database, speaking)
    moment = moment_of(database, "shop_welcome")
    assert bool(spoken(database, person)) == (moment.state == MomentState.SENT)
    return moment.reason


def open_fault(database: Database, person: Person) -> int:
    """Something of theirs is broken; the ticket's id."""
    with database.writing() as session:
        ticket = open_ticket(
            session,
            NewTicket(category=TicketCategory.FAULT, description="si è rotto",
                      customer_id=person.customer_id, actor="bot"),
        )  # fmt: skip
        return ticket.id
