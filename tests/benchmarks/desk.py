"""How fast the desk answers with 100,000 conversations and 1,000,000 messages in the database."""

import random
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from crm.conversation.models import Conversation, ConversationEvent, Message
from crm.db import Database, migrate, now
from crm.insights.catalogue import make_catalogue
from crm.insights.people import People
from crm.insights.scope import last_days
from crm.offer.models import OfferEvent, Product
from crm.order.models import Order, OrderLine
from crm.profile.models import ChannelIdentity, Customer
from crm.segment.filters import read_filter
from crm.staff.models import Role
from crm.value.models import CustomerValue, Tier
from desk.api.insight_views import count_for
from desk.door.signed_in import SignedIn
from desk.pages.insights.question import GROUPS
from desk.pages.lines import Filters, find_lines
from desk.pages.talk.thread import gather

CONVERSATIONS = 100_000
MESSAGES_EACH = 10
DAYS = 365
WAITING = 60
BATCH = 5_000
TRIES = 3
INTENTS = ("order_status", "ask_question", "product_search", "greet", "complain", "nlu_fallback")
MOODS = ("neutral", "neutral", "neutral", "happy", "unhappy", "angry")
CHANNELS = ("webchat", "telegram", "whatsapp")
PRODUCTS = 300
CATEGORIES = ("cream", "shampoo", "shaver", "perfume", "soap", "lipstick")
CAPS = ("38068", "20121", "00184", "70121", "10121", None)
TIERS = [str(tier) for tier in Tier]
TRENTO = {"zone": {"provincia": "TN"}}
ANNA = SignedIn(1, "Anna", Role.AGENT, "it", "auto", "")

Figure = dict[str, Any]


def run() -> list[Figure]:
    """The figures of the benchmark."""
    return list(figures())


def figures() -> Iterator[Figure]:
    """How long each page waits for the database."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'bench.db'}", durable=False)
        migrate(database.engine)
        with database.writing() as session:
            session.execute(insert(Product), [_product(number) for number in range(PRODUCTS)])
        fill(database, random.Random(1950))
        wanted = "1 s, the bound for a page on two cores"
        for name, ask in questions():
            seconds = round(fastest(database, ask), 3)
            yield {"name": f"desk: {name}", "value": seconds, "unit": "s", "compared_with": wanted}
        database.close()


def fill(database: Database, dice: random.Random) -> None:
    """A year of conversations, written in bulk."""
    end = now()
    for first in range(1, CONVERSATIONS + 1, BATCH):
        numbers = range(first, min(first + BATCH, CONVERSATIONS + 1))
        starts = {number: end - _ago(number, dice) for number in numbers}
        with database.writing() as session:
            _add_people(session, numbers, dice)
            _add_talks(session, starts)
            _add_orders(session, numbers, end, dice)
            for offset in range(MESSAGES_EACH):
                session.execute(
                    insert(Message), [_message(number, offset, starts[number], dice)
                                      for number in numbers])  # fmt: skip
            _add_events(session, starts, dice)


def _ago(number: int, dice: random.Random) -> timedelta:
    """How long ago a conversation began: they come one after the other through the year."""
    return timedelta(days=DAYS * (1 - number / (CONVERSATIONS + 1)) + dice.uniform(0.01, 0.5))


def _add_people(session: Session, numbers: range, dice: random.Random) -> None:
    session.execute(
        insert(Customer),
        [
            {
                "id": n,
                "given_name": f"Nome{n}",
                "family_name": f"Cognome{n % 5000}",
                "cap": CAPS[n % len(CAPS)],
            }
            for n in numbers
        ],
    )
    session.execute(
        insert(ChannelIdentity),
        [
            {"id": n, "channel": CHANNELS[n % 3], "external_id": f"x{n}", "details": {},
             "customer_id": n if dice.random() < 0.6 else None}
            for n in numbers
        ],
    )  # fmt: skip


def _product(number: int) -> dict[str, Any]:
    return {"sku": f"EG-{number}", "category": CATEGORIES[number % len(CATEGORIES)], "name": {},
            "description": {}, "price": 20, "attributes": {}, "stock": {}}  # fmt: skip


def _add_orders(session: Session, numbers: range, end: datetime, dice: random.Random) -> None:
    """Two orders of two products for each customer."""
    orders = [(2 * n + one, n) for n in numbers for one in (0, 1)]
    session.execute(
        insert(Order),
        [
            {"id": number, "number": f"O-{number}", "customer_id": n, "source": "web",
             "status": "delivered", "total": 40,
             "placed_at": end - timedelta(days=dice.uniform(0, 900))}
            for number, n in orders
        ],
    )  # fmt: skip
    session.execute(
        insert(OrderLine),
        [
            {"order_id": number, "sku": f"EG-{dice.randrange(PRODUCTS)}", "quantity": 1,
             "price": 20}
            for number, _ in orders for _ in (0, 1)
        ],
    )  # fmt: skip
    session.execute(
        insert(CustomerValue),
        [
            {"customer_id": n, "tier": TIERS[n % len(TIERS)], "current": 30, "potential": 30,
             "spent": 80, "cost": 0, "orders": 2, "churn_risk": 0.1, "computed_at": end}
            for n in numbers
        ],
    )  # fmt: skip


def _add_talks(session: Session, starts: dict[int, datetime]) -> None:
    session.execute(
        insert(Conversation),
        [
            {"id": n, "channel": CHANNELS[n % 3], "identity_id": n, "last_seq": MESSAGES_EACH,
             "mode": "waiting" if n % (CONVERSATIONS // WAITING) == 0 else "bot",
             "mode_since": at, "created_at": at, "updated_at": at + timedelta(minutes=10)}
            for n, at in starts.items()
        ],
    )  # fmt: skip


def _message(number: int, offset: int, start: datetime, dice: random.Random) -> dict[str, Any]:
    is_customer = offset % 2 == 0
    intent = {"name": dice.choice(INTENTS), "confidence": 0.9}
    read = {"intent": intent, "mood": dice.choice(MOODS), "entities": []}
    return {
        "conversation_id": number,
        "seq": offset + 1,
        "channel": CHANNELS[number % 3],
        "role": "customer" if is_customer else "bot",
        "state": "handled" if is_customer else "sent",
        "text": f"messaggio {dice.randrange(3000)} sul mio ordine",
        "buttons": [], "cards": [], "attachments": [],
        "understanding": read if is_customer else None,
        "at": start + timedelta(minutes=offset),
    }  # fmt: skip


def _add_events(session: Session, starts: dict[int, datetime], dice: random.Random) -> None:
    handed = [number for number in starts if dice.random() < 0.2]
    session.execute(
        insert(ConversationEvent),
        [
            {"conversation_id": n, "what": "bot → waiting", "actor": "bot",
             "details": {"cause": "asked_for"}, "at": starts[n] + timedelta(minutes=5)}
            for n in handed
        ],
    )  # fmt: skip
    session.execute(
        insert(OfferEvent),
        [
            {"conversation_id": n, "sku": f"EG-{n % 300}", "outcome": "shown", "facts": {},
             "at": starts[n]}
            for n in handed
        ],
    )  # fmt: skip


def questions() -> Iterator[tuple[str, Callable[[Session], Any]]]:
    """What each page asks the database."""
    yield "inbox opens", lambda session: find_lines(session, ANNA, Filters())
    yield "inbox, who waits", lambda session: find_lines(session, ANNA, Filters("waiting"))
    yield "inbox, with the bot", lambda session: find_lines(session, ANNA, Filters("bot"))
    yield (
        "conversation opens",
        lambda session: gather(session, ANNA, CONVERSATIONS // 2, limit=200, all_channels=True),
    )
    catalogue = make_catalogue(["Non lo so."])
    scope = last_days(30, now().date())
    in_trento = replace(scope, people=People("trento", read_filter(TRENTO), "cream"))
    for group, names in GROUPS.items():
        yield (
            f"insights, {group}",
            lambda session, names=names: [
                count_for(session, ANNA.staff, catalogue, name, scope) for name in names
            ],
        )
    yield (
        "insights, volumes of a segment",
        lambda session: [
            count_for(session, ANNA.staff, catalogue, name, in_trento) for name in GROUPS["volumes"]
        ],
    )


def fastest(database: Database, ask: Callable[[Session], Any]) -> float:
    """The seconds of the quickest of some tries."""
    times = []
    for _ in range(TRIES):
        began = time.perf_counter()
        with database.reading() as session:
            ask(session)
        times.append(time.perf_counter() - began)
    return min(times)


if __name__ == "__main__":
    for figure in figures():
        print(f"{figure['name']:32} {figure['value']:8} {figure['unit']}")
