"""The desk in a real browser, on one server with the web chat that customers use."""

import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from playwright.sync_api import Locator, Page, expect

from app.demo.pages import demo_router
from app.rasa_process import PYTHON
from app.review import ReviewFolder
from app.sending import make_sending
from app.settings import Settings
from crm.conversation.handoff import ask_for_person
from crm.conversation.models import Conversation, Message, Role
from crm.db import now
from crm.insights.catalogue import Catalogue, make_catalogue
from crm.profile.assurance import claim
from crm.profile.keys import index_customer
from crm.profile.models import Customer, TraitKind
from crm.profile.traits import Origin, record
from crm.staff.models import Role as StaffRole
from crm.staff.users import add_user
from desk.door.provider import Provider
from desk.lessons import Answer, Example
from desk.mounting import mount_desk
from desk.office import Office
from tests.desk.web.oidc_provider import CLIENT, SECRET, LocalProvider
from tests.integrations.webchat.shop import KEY, Shop
from tests.integrations.webchat.shop import Customer as Visitor

PASSWORD = "a password of the tests"
SMALL_SHOP = Path(__file__).with_name("small_shop")
FAREWELLS = {"it": "Sono di nuovo io, l'assistente.", "en": "It's me again, the assistant."}
PEOPLE = {
    "Anna": StaffRole.AGENT,
    "Bruno": StaffRole.AGENT,
    "Marco": StaffRole.MARKETER,
    "Ada": StaffRole.ADMIN,
    "Carla": StaffRole.AGENT,
}
# Which groups of the company's accounts are which role here.
GROUPS = {"support": StaffRole.AGENT, "web": StaffRole.MARKETER}


class Place:
    """The web chat and the desk on one server; NiceGUI allows one desk a process."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop

    @property
    def url(self) -> str:
        return f"{self.shop.url}/desk"

    def visitor(self, *texts: str) -> Visitor:
        """Somebody who writes in the web chat and has got an answer to each."""
        visitor = self.shop.customer()
        for count, text in enumerate(texts, start=1):
            visitor.say(text)
            visitor.read_until(2 * count)
        return visitor

    def conversation(self, visitor: Visitor) -> int:
        found = self.shop.conversation_of(visitor)
        assert found is not None
        return found.id

    def call_person(self, visitor: Visitor, cause: str = "asked_for") -> int:
        """Let the conversation wait for a person, as the bot does."""
        conversation_id = self.conversation(visitor)
        with self.shop.database.writing() as session:
            conversation = session.get_one(Conversation, conversation_id)
            last = (
                session.query(Message)
                .filter_by(conversation_id=conversation_id, role=Role.CUSTOMER)
                .order_by(Message.seq.desc())
                .first()
            )
            assert last is not None
            ask_for_person(session, conversation, cause, last, f"[{cause}] {last.text}")
        self.shop.notify(conversation_id)
        return conversation_id

    def recognise(self, visitor: Visitor, **known: str) -> int:
        """Make the visitor a customer with a profile; the customer's id."""
        with self.shop.database.writing() as session:
            conversation = session.get_one(Conversation, self.conversation(visitor))
            customer = Customer()
            session.add(customer)
            session.flush()
            record(session, customer, known, Origin(TraitKind.EXPLICIT, "web", now()))
            index_customer(session, customer.id)
            claim(conversation.identity, customer)
            return customer.id

    def holder(self, conversation_id: int) -> str | None:
        with self.shop.database.reading() as session:
            return session.get_one(Conversation, conversation_id).assignee

    def mode(self, conversation_id: int) -> str:
        with self.shop.database.reading() as session:
            return str(session.get_one(Conversation, conversation_id).mode)


@pytest.fixture(scope="session")
def accounts() -> Iterator[LocalProvider]:
    """The company's own accounts, by which the desk lets people in too."""
    with LocalProvider(asks=True).serving() as provider:
        yield provider


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory, accounts: LocalProvider) -> Iterator[Place]:
    shop = Shop(tmp_path_factory.mktemp("desk"), messages_per_minute=1000)
    shop.port = free_port()  # the address to which the provider sends back is agreed beforehand
    back = f"{shop.url}/desk/sso/back"
    provider = Provider(
        accounts.address, CLIENT, SECRET, GROUPS, "groups", "gli account Ginestra", back
    )
    shop.extend = lambda app: open_desk(app, shop, provider=provider)
    with shop.database.writing() as session:
        for name, role in PEOPLE.items():
            add_user(session, name, role, PASSWORD)
    yield Place(shop.start())
    shop.close()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def open_desk(
    app: FastAPI,
    shop: Shop,
    catalogue: Catalogue | None = None,
    provider: Provider | None = None,
) -> None:
    app.include_router(demo_router(shop.database))
    mount_desk(
        app,
        Office(
            database=shop.database,
            notify=shop.wakeups.notify,
            phrase=lambda name, language: FAREWELLS[language],
            key=KEY,
            attachments=shop.home / "attachments",
            sending=make_sending(Settings(home=shop.home, attachment_megabytes=1)),
            teacher=LESSONS,
            catalogue=catalogue or make_catalogue(),
            provider=provider,
        ),
    )


class Lessons:
    """Keeps what the desk teaches; examples are tried by `comparison`, where the tests say how."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.examples: list[Example] = []
        folder = Path(tempfile.mkdtemp(prefix="bottega-review-"))
        self.review = ReviewFolder(folder, folder / "taught.yml", comparison())

    def teach_answer(self, answer: Answer) -> None:
        self.answers.append(answer)

    def keep_example(self, example: Example) -> None:
        self.examples.append(example)
        self.review.keep(example)


def comparison() -> list[str]:
    """The comparison itself, on sentences and a pipeline that are learnt in seconds."""
    return [
        str(PYTHON), "-m", "bot.rasa_ext.report.lessons",
        "--config", str(SMALL_SHOP / "pipeline.yml"),
        "--data", str(SMALL_SHOP / "data"),
        "--held-out", str(SMALL_SHOP),
    ]  # fmt: skip


LESSONS = Lessons()


class Clerk:
    """Somebody of the staff in front of the desk."""

    def __init__(self, page: Page, place: Place) -> None:
        self.page = page
        self.place = place

    def sign_in(self, name: str, password: str = PASSWORD, path: str = "/") -> "Clerk":
        self.page.goto(self.place.url + path)
        self.page.get_by_label("Nome").fill(name)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Entra").click()
        return self

    def go(self, path: str) -> "Clerk":
        self.page.goto(self.place.url + path)
        return self

    def open(self, conversation_id: int) -> "Clerk":
        self.go(f"/conversations/{conversation_id}")
        expect(self.thread).to_be_visible()
        return self

    @property
    def thread(self) -> Locator:
        return self.page.get_by_role("log")

    @property
    def text(self) -> Locator:
        return self.page.locator("textarea[data-draft]")

    def line(self, conversation_id: int) -> Locator:
        """A conversation in the inbox."""
        return self.page.locator(f".line:has(a[href$='/conversations/{conversation_id}'])")

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def reply(self, text: str) -> None:
        self.text.fill(text)
        self.press("Invia")


Hire = Callable[..., Clerk]


@pytest.fixture
def clerk(open_page: Callable[..., Page], place: Place) -> Hire:
    """Signs somebody in with a browser of their own."""

    def hire(name: str, path: str = "/", **options: object) -> Clerk:
        page = open_page(**options)
        clerk = Clerk(page, place).sign_in(name, path=path)
        expect(page.locator(".desk-header")).to_be_visible()
        return clerk

    return hire
