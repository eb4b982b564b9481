"""A year of a company in a database: 100,000 conversations of ten messages each, and what is sold.

Written in bulk. The same dice give the same year; generating it takes minutes, so that a file of
an earlier run is used again where there is one.
"""

import random
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from crm.conversation.models import Conversation, ConversationEvent, Message
from crm.db import Database, migrate, now
from crm.db.bulk import insert_many
from crm.event.models import Signal
from crm.offer.models import OfferEvent, Product, Promotion
from crm.order.models import Order, OrderLine
from crm.profile.models import ChannelIdentity, Customer, Trait
from crm.profile.places import known_caps
from crm.staff.models import Role
from crm.staff.users import add_user
from crm.ticket.models import Ticket, TicketRating
from crm.value.models import CustomerValue, Tier

CONVERSATIONS = 100_000
MESSAGES_EACH = 10
DAYS = 365
WAITING = 60
BATCH = 5_000
CHANNELS = ("webchat", "telegram", "whatsapp")
INTENTS = ("order_status", "ask_question", "product_search", "greet", "complain", "store_info",
           "open_ticket", "affirm", "inform", "refund_status", "thank", "return_order")  # fmt: skip
MOODS = ("neutral", "neutral", "neutral", "happy", "unhappy", "angry")
CATEGORIES = ("cream", "shampoo", "shaver", "perfume", "soap", "lipstick")
PRODUCTS = 300
PLACES = 800
CAMPAIGNS = 6
TIERS = [str(tier) for tier in Tier]
UNKNOWN_REPLY = "Non lo so."
PASSWORD = "a password of the benchmark"
ASKED = ("avete", "vendete", "quando arriva", "si può avere", "quanto costa", "esiste", "fate")
THINGS = ("il bakuchiol", "una bomboniera", "lo shampoo secco", "un phon da viaggio", "la lozione",
          "il rasoio", "un regalo", "la crema mani", "il profumo", "la spazzola")  # fmt: skip
ADDED = ("per domani", "senza plastica", "in offerta", "per mio figlio", "in negozio a Bari",
         "con lo scontrino", "taglia grande", "per pelle grassa", "a Natale", "zyxel")  # fmt: skip

Row = dict[str, Any]


def open_year(file: Path) -> Database:
    """The year in a file, generated where the file is not there yet or not complete."""
    database = Database(f"sqlite:///{file}", durable=False)
    migrate(database.engine)
    with database.reading() as session:
        is_there = session.scalar(select(func.count()).select_from(Conversation)) == CONVERSATIONS
    if not is_there:
        fill(database, random.Random(1950))
    return database


def fill(database: Database, dice: random.Random) -> None:
    """Everything, in portions."""
    end = now()
    caps = sorted(dice.sample(sorted(known_caps()), PLACES))
    with database.writing() as session:
        add_user(session, "Anna", Role.AGENT, PASSWORD)
        add_user(session, "Marco", Role.MARKETER, PASSWORD)
        _add_catalogue(session, end)
    for first in range(1, CONVERSATIONS + 1, BATCH):
        numbers = range(first, min(first + BATCH, CONVERSATIONS + 1))
        starts = {number: end - _ago(number, dice) for number in numbers}
        handed = {number for number in numbers if dice.random() < 0.2}
        with database.writing() as session:
            _add_people(session, numbers, caps, dice)
            _add_talks(session, starts)
            _add_messages(session, starts, handed, dice)
            _add_orders(session, numbers, end, dice)
            _add_signals(session, numbers, end, dice)
            _add_handoffs(session, starts, handed, dice)
            _add_offers(session, starts, dice)
            _add_tickets(session, starts, dice)


def _ago(number: int, dice: random.Random) -> timedelta:
    """How long ago a conversation began: they come one after the other through the year."""
    return timedelta(days=DAYS * (1 - number / (CONVERSATIONS + 1)) + dice.uniform(0.01, 0.5))


def _add_catalogue(session: Session, end: datetime) -> None:
    products = [
        {"sku": f"EG-{number}", "category": CATEGORIES[number % len(CATEGORIES)], "name": {},
         "description": {}, "price": 20, "attributes": {}, "stock": {}}
        for number in range(PRODUCTS)
    ]  # fmt: skip
    session.execute(insert(Product), products)
    first: date = (end - timedelta(days=DAYS)).date()
    campaigns = [
        {"id": f"campaign_{number}", "name": {}, "text": {}, "cost": 500, "starts_on": first,
         "ends_on": end.date(), "variants": [{"id": one} for one in "ab"]}
        for number in range(CAMPAIGNS)
    ]  # fmt: skip
    session.execute(insert(Promotion), campaigns)


def _add_people(session: Session, numbers: range, caps: Sequence[str], dice: random.Random) -> None:
    at = now()
    known = {"status": "active", "created_at": at, "updated_at": at}
    insert_many(session, Customer, [
        {"id": n, "given_name": f"Nome{n}", "family_name": f"Cognome{n % 5000}",
         "cap": dice.choice(caps) if n % 6 else None, **known}
        for n in numbers
    ])  # fmt: skip
    insert_many(session, Trait, [
        {"customer_id": n, "name": name, "value": dice.choice(values), "kind": "explicit",
         "source": "web", "at": at}
        for n in numbers
        for name, values in (("hair", ("curly", "straight")), ("skin", ("dry", "oily")))
    ])  # fmt: skip
    insert_many(session, ChannelIdentity, [
        {"id": n, "channel": CHANNELS[n % 3], "external_id": f"x{n}", "details": {},
         "customer_id": n if dice.random() < 0.6 else None, "level": "anonymous",
         "created_at": at}
        for n in numbers
    ])  # fmt: skip
    insert_many(session, CustomerValue, [
        {"customer_id": n, "tier": TIERS[n % len(TIERS)], "current": Decimal(30),
         "potential": Decimal(30), "spent": Decimal(80), "cost": Decimal(0), "orders": 2,
         "churn_risk": dice.random(), "computed_at": at}
        for n in numbers
    ])  # fmt: skip


def _add_talks(session: Session, starts: dict[int, datetime]) -> None:
    insert_many(session, Conversation, [
        {"id": n, "channel": CHANNELS[n % 3], "identity_id": n, "last_seq": MESSAGES_EACH,
         "mode": "waiting" if n % (CONVERSATIONS // WAITING) == 0 else "bot",
         "mode_since": at, "created_at": at, "updated_at": at + timedelta(minutes=10),
         "language": "it", "failed_tries": 0, "human_until_seq": 0}
        for n, at in starts.items()
    ])  # fmt: skip


def _add_messages(
    session: Session, starts: dict[int, datetime], handed: set[int], dice: random.Random
) -> None:
    rows = (
        _message(number, offset, at, number in handed, dice)
        for number, at in starts.items()
        for offset in range(MESSAGES_EACH)
    )
    insert_many(session, Message, list(rows))


def _message(number: int, offset: int, start: datetime, handed: bool, dice: random.Random) -> Row:
    is_customer = offset % 2 == 0
    is_vain = is_customer and dice.random() < 0.06
    is_by_person = not is_customer and handed and offset > 6
    is_answer_unknown = not is_customer and dice.random() < 0.03
    identifier = (number - 1) * MESSAGES_EACH + offset + 1
    return {
        "id": identifier, "conversation_id": number, "seq": offset + 1,
        "channel": CHANNELS[number % 3],
        "role": "customer" if is_customer else "agent" if is_by_person else "bot",
        "state": "handled" if is_customer else "sent",
        "text": _question(dice) if is_customer else
                UNKNOWN_REPLY if is_answer_unknown else "Ecco che cosa ho trovato per te.",
        "buttons": [], "cards": [], "attachments": [], "attempts": 0,
        "understanding": _reading(is_vain, dice) if is_customer else None,
        "reply_to_id": None if is_customer else identifier - 1,
        "at": start + timedelta(minutes=offset),
    }  # fmt: skip


def _question(dice: random.Random) -> str:
    added = " ".join(dice.sample(ADDED, dice.randrange(1, 4)))
    return f"{dice.choice(ASKED)} {dice.choice(THINGS)} {added}?"


def _reading(is_vain: bool, dice: random.Random) -> Row:
    """What the assistant read in a message, as long as it is in earnest."""
    intent = dice.choice(("nlu_fallback", "out_of_scope")) if is_vain else dice.choice(INTENTS)
    found = [{"entity": "product", "value": "crema", "start": 8, "end": 13, "role": None}]
    return {
        "intent": {"name": intent, "confidence": round(dice.random(), 4)}, "entities": found,
        "language": "it", "mood": dice.choice(MOODS), "model": "20261101-120000",
    }  # fmt: skip


def _add_orders(session: Session, numbers: range, end: datetime, dice: random.Random) -> None:
    """Two orders of two products for each customer."""
    orders = [(2 * n + one, n) for n in numbers for one in (0, 1)]
    insert_many(session, Order, [
        {"id": number, "number": f"O-{number}", "customer_id": n, "source": "web",
         "status": "delivered", "total": Decimal(40),
         "placed_at": end - timedelta(days=dice.uniform(0, 900))}
        for number, n in orders
    ])  # fmt: skip
    insert_many(session, OrderLine, [
        {"order_id": number, "sku": f"EG-{dice.randrange(PRODUCTS)}", "quantity": 1,
         "price": Decimal(20)}
        for number, _ in orders for _ in (0, 1)
    ])  # fmt: skip


def _add_signals(session: Session, numbers: range, end: datetime, dice: random.Random) -> None:
    """Three things that each customer did in the last year."""
    kinds = ("cart", "page_view", "email_opened", "check_in", "like")
    insert_many(session, Signal, [
        {"source": "shop", "event_id": f"{n}.{one}", "kind": dice.choice(kinds), "customer_id": n,
         "details": {"sku": f"EG-{dice.randrange(PRODUCTS)}"}, "received_at": end,
         "at": end - timedelta(days=dice.uniform(0, DAYS))}
        for n in numbers for one in range(3)
    ])  # fmt: skip


def _add_handoffs(
    session: Session, starts: dict[int, datetime], handed: set[int], dice: random.Random
) -> None:
    insert_many(session, ConversationEvent, [
        {"conversation_id": n, "what": what, "actor": actor,
         "details": {"cause": dice.choice(("asked_for", "not_understood", "anger"))},
         "at": starts[n] + timedelta(minutes=minutes)}
        for n in sorted(handed)
        for what, actor, minutes in (("bot → waiting", "bot", 5), ("waiting → human", "Anna", 6))
    ])  # fmt: skip


def _add_offers(session: Session, starts: dict[int, datetime], dice: random.Random) -> None:
    """A fifth of the conversations meet a campaign; some accept, some of those buy."""
    insert_many(session, OfferEvent, list(_offers(starts, dice)))


def _offers(starts: dict[int, datetime], dice: random.Random) -> Iterator[Row]:
    for n, at in starts.items():
        met = {"conversation_id": n, "customer_id": n, "sku": f"EG-{n % PRODUCTS}", "facts": {},
               "decision": f"d{n}", "promotion_id": f"campaign_{n % CAMPAIGNS}", "sale": None,
               "variant": "ab"[n % 2], "channel": CHANNELS[n % 3], "amount": None}  # fmt: skip
        for outcome, share in (("shown", 0.2), ("accepted", 0.3), ("sold", 0.5)):
            if dice.random() > share:
                break
            is_sale = outcome == "sold"
            more = {"sale": f"s{n}", "amount": Decimal(20)} if is_sale else {}
            yield met | {"outcome": outcome, "at": at + timedelta(minutes=3)} | more


def _add_tickets(session: Session, starts: dict[int, datetime], dice: random.Random) -> None:
    """A tenth of the conversations leave a ticket; half of those who are asked rate it."""
    some = [n for n in starts if n % 10 == 0]
    insert_many(session, Ticket, [
        {"id": n, "number": f"T-{n}", "customer_id": n, "conversation_id": n,
         "category": "other", "subject": "Un problema", "description": "Un problema",
         "status": "closed", "priority": "normal", "contact": {}, "created_at": starts[n],
         "updated_at": starts[n]}
        for n in some
    ])  # fmt: skip
    insert_many(session, TicketRating, [
        {"ticket_id": n, "conversation_id": n, "question_seq": MESSAGES_EACH, "comment": "",
         "asked_at": starts[n], "score": dice.randrange(1, 6) if is_answered else None,
         "answered_at": starts[n] + timedelta(hours=1) if is_answered else None}
        for n in some for is_answered in [dice.random() < 0.5]
    ])  # fmt: skip
