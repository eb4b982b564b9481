"""The staff API on a real server, over a real SQLite file with a small company in it."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from sqlalchemy.orm import Session

from crm.consent.models import Purpose
from crm.consent.register import record_consent
from crm.conversation.handoff import ask_for_person
from crm.conversation.log import Incoming, Outgoing, open_conversation, receive
from crm.conversation.models import Conversation, Message
from crm.conversation.turns import finish
from crm.db import Database, migrate
from crm.offer.models import OfferOutcome
from crm.offer.outcomes import Offered, note
from crm.order.models import Order, OrderLine, OrderStatus
from crm.profile.assurance import claim
from crm.profile.keys import index_customer
from crm.profile.models import Customer, TraitKind
from crm.profile.traits import Origin, record
from crm.staff.models import Role
from crm.staff.tokens import create_token
from crm.ticket.desk import NewTicket, open_ticket
from crm.ticket.models import TicketCategory
from desk.api import Desk, health_router, mount_staff_api

FAREWELLS = {"it": "Sono di nuovo io, l'assistente.", "en": "It's me again, the assistant."}
LONG_AGO = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the newest schema, made once and copied for each test."""
    path = tmp_path_factory.mktemp("schema") / "empty.db"
    database = Database(f"sqlite:///{path}", durable=False)
    migrate(database.engine)
    database.close()
    return path


@pytest.fixture
def database(empty_file: Path, tmp_path: Path) -> Iterator[Database]:
    """An empty database."""
    path = shutil.copy(empty_file, tmp_path / "test.db")
    database = Database(f"sqlite:///{path}", durable=False)
    yield database
    database.close()


@pytest.fixture
def told() -> list[int]:
    """The conversations that the API asked to look at again."""
    return []


@pytest.fixture
def desk(database: Database, told: list[int]) -> Desk:
    """What the app would hand to the API."""
    return Desk(
        database=database,
        notify=told.append,
        phrase=lambda name, language: FAREWELLS[language],
    )


@pytest.fixture
def address(desk: Desk) -> Iterator[str]:
    """Where the API is served, mounted as the app does it."""
    app = FastAPI(openapi_url=None)
    app.include_router(health_router(desk.database))
    mount_staff_api(app, desk)
    with serving(app) as url:
        yield url


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """A real server on a free port, while the block runs."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        deadline = time.monotonic() + 30
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


Login = Callable[..., httpx.Client]


@pytest.fixture
def login(database: Database, address: str) -> Iterator[Login]:
    """Gives a client with a new token of a role; its base is /api/v1."""
    clients: list[httpx.Client] = []

    def make(role: str = "agent", label: str = "") -> httpx.Client:
        with database.writing() as session:
            token = create_token(session, Role(role), label)
        headers = {"Authorization": f"Bearer {token}"}
        client = httpx.Client(
            base_url=f"{address}/api/v1", headers=headers, trust_env=False, timeout=30
        )
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def agent(login: Login) -> httpx.Client:
    """Anna, who answers customers."""
    return login("agent", "Anna")


@pytest.fixture
def marketer(login: Login) -> httpx.Client:
    """Somebody who studies customers."""
    return login("marketer", "Marco")


@dataclass(frozen=True)
class Shop:
    """The ids of what lies in the database."""

    mario: int
    giulia: int
    waiting: int
    chatting: int
    handoff_ticket: str
    fault_ticket: str


@pytest.fixture
def shop(database: Database) -> Shop:
    """Two customers and a stranger; one conversation waits for a person, one is the bot's."""
    with database.writing() as session:
        mario, giulia = add_mario(session), add_giulia(session)
        waiting, number = add_waiting(session, mario)
        chatting = add_stranger(session)
        fault = open_ticket(
            session,
            NewTicket(
                category=TicketCategory.FAULT,
                description="Il phon di Mario Rossi non si accende: mario.rossi@example.it",
                product="phon",
                customer_id=mario.id,
                actor="bot",
            ),
        )
        return Shop(mario.id, giulia.id, waiting.id, chatting.id, number, fault.number)


# A record of the loyalty cards goes by the card's number.
CARD = "shop_loyalty:2950100000002"


def add_customer(session: Session, **values: Any) -> Customer:
    """A customer as the online shop knows them."""
    customer = Customer()
    session.add(customer)
    record(session, customer, values, Origin(TraitKind.EXPLICIT, "ecommerce", LONG_AGO))
    index_customer(session, customer.id)
    return customer


def add_mario(session: Session) -> Customer:
    """Mario has orders, consents, an offer and traits of several kinds."""
    mario = add_customer(
        session,
        given_name="Mario",
        family_name="Rossi",
        email="mario.rossi@example.it",
        phone="+393941950001",
        cap="38068",
        language="it",
        address="Via Dante Alighieri 12",
        skin="normal",
    )
    machine = Origin(TraitKind.DERIVED, CARD, LONG_AGO + timedelta(days=3))
    record(session, mario, {"skin": "oily", "loyalty_points": 240}, machine)
    order = Order(
        number="EG-20417",
        customer_id=mario.id,
        source="ecommerce",
        status=OrderStatus.SHIPPED,
        placed_at=LONG_AGO + timedelta(days=1),
        total=Decimal("34.90"),
        tracking="BRT0099887766",
        expected_on=date(2026, 3, 6),
        lines=[OrderLine(sku="EG-3028", quantity=2, price=Decimal("17.45"))],
    )
    session.add(order)
    words = "sì, scrivetemi a mario.rossi@example.it"
    record_consent(session, mario.id, Purpose.MARKETING, "email", True, source=CARD, evidence=words)
    note(session, OfferOutcome.REJECTED, Offered("EG-2001"), customer_id=mario.id)
    return mario


def add_giulia(session: Session) -> Customer:
    """Giulia has a profile and nothing else."""
    return add_customer(
        session,
        given_name="Giulia",
        family_name="Bianchi",
        email="famiglia.bianchi@example.it",
        phone="+393941950002",
        cap="20121",
    )


def add_waiting(session: Session, mario: Customer) -> tuple[Conversation, str]:
    """Mario's conversation on the web chat, in which he has asked for a person."""
    conversation = open_conversation(session, "webchat", "session-of-mario")
    claim(conversation.identity, mario)
    said = hear(
        session, conversation, "sono Mario Rossi, il phon non va, chiamatemi al 394 195 0001"
    )
    understanding = {
        "intent": {"name": "request_human", "confidence": 0.93},
        "entities": [{"entity": "person_name", "value": "Mario Rossi", "start": 5, "end": 16}],
        "mood": "unhappy",
        "language": "it",
    }
    number = ask_for_person(session, conversation, "asked_for", said, said.text)
    buttons = [{"title": "Torna all'assistente", "payload": "/return_to_bot"}]
    reply = Outgoing(text="Ho avvisato una persona, Mario.", buttons=buttons)
    finish(session, said.id, [reply], understanding)
    return conversation, number


def add_stranger(session: Session) -> Conversation:
    """Somebody on Telegram whom nobody knows, talking with the bot."""
    conversation = open_conversation(session, "telegram", "777000777")
    conversation.identity.details = {"first_name": "Pasquale", "username": "pasquale77"}
    said = hear(
        session, conversation, "Buongiorno, sono Pasquale Liguori: avete uno shampoo per ricci?"
    )
    understanding = {"intent": {"name": "product_search", "confidence": 0.88}, "mood": "neutral"}
    finish(session, said.id, [Outgoing(text="Certo, Pasquale!")], understanding)
    return conversation


def hear(session: Session, conversation: Conversation, text: str) -> Message:
    """A customer writes."""
    external_id = f"{conversation.id}-{conversation.last_seq + 1}"
    return receive(session, conversation, Incoming(external_id, text=text))
