"""Everything that the local WhatsApp knows: the company's number, customers, chats, files."""

import asyncio
import secrets
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.demo.platforms.whatsapp.errors import GraphError
from app.demo.platforms.whatsapp.faults import Faults
from app.demo.platforms.whatsapp.files import File

Json = dict[str, Any]

# What the platform allows: messages a second over all, and to one person.
NUMBER_PER_SECOND = 80.0
PERSON_PER_SECOND = 1 / 6
PERSON_BURST = 45
WINDOW_SECONDS = 24 * 3600.0
FORWARD = ("accepted", "sent", "delivered", "read")


class Presence(StrEnum):
    """What a customer's telephone does: shows messages, is off, or has no WhatsApp any more."""

    READS = "reads"
    OFF = "off"
    GONE = "gone"


@dataclass
class Customer:
    """Somebody with WhatsApp, played by a developer or a test.

    Args:
        phone: digits with the country; empty for who hides it behind a user name.
        user_id: the business-scoped id; empty as in older deliveries.
        wrote_at: Unix time of their last message; 0 if there is none.
    """

    id: int
    name: str
    phone: str = ""
    user_id: str = ""
    presence: Presence = Presence.READS
    wrote_at: float = 0.0

    @property
    def contact(self) -> Json:
        """The entry of the contacts that comes along with their messages."""
        ids = {"wa_id": self.phone, "user_id": self.user_id}
        return {"profile": {"name": self.name}, **{name: one for name, one in ids.items() if one}}


@dataclass
class Said:
    """One message of a chat, as the page shows it and as reports speak of it."""

    wamid: str
    is_mine: bool
    type: str
    content: Any
    at: float
    state: str = ""
    error: Json | None = None
    tracker: str = ""

    @property
    def body(self) -> Json:
        """For the page; `mine` is the customer's."""
        return {"id": self.wamid, "mine": self.is_mine, "type": self.type, "at": self.at,
                self.type: self.content, "state": self.state, "error": self.error,
                "tracker": self.tracker}  # fmt: skip


@dataclass(frozen=True)
class Number:
    """The company's number and what opens it. Nothing here is a secret of anybody."""

    token: str
    app_secret: str
    phone_number_id: str = "106540352242922"
    account_id: str = "102290129340398"
    display: str = "+39 0464 000000"
    name: str = "Emporio Ginestra"

    @property
    def metadata(self) -> Json:
        """Which number a delivery is for."""
        digits = "".join(one for one in self.display if one.isdigit())
        return {"display_phone_number": digits, "phone_number_id": self.phone_number_id}


@dataclass(frozen=True)
class ApprovedTemplate:
    """A template with so many variables in its body; approved, unless its status says otherwise."""

    name: str
    language: str
    body: str
    status: str = "APPROVED"
    rejected_reason: str = "NONE"


@dataclass
class Bucket:
    """So many at once, filling up again at a pace."""

    per_second: float
    size: float
    left: float = -1.0
    at: float = 0.0

    def take(self) -> bool:
        """Take one, if there is one."""
        now = time.monotonic()
        filled = self.size if self.left < 0 else self.left + (now - self.at) * self.per_second
        self.left, self.at = min(self.size, filled), now
        if self.left < 1:
            return False
        self.left -= 1
        return True


@dataclass(frozen=True)
class Happening:
    """What the company is to be told: one message or one report, under a change's field."""

    field: str
    value: Json
    due: float


@dataclass
class World:
    """The whole platform."""

    number: Number
    templates: Sequence[ApprovedTemplate] = ()
    faults: Faults = field(default_factory=Faults)
    customers: dict[int, Customer] = field(default_factory=dict)
    chats: defaultdict[int, list[Said]] = field(default_factory=lambda: defaultdict(list))
    versions: Counter[int] = field(default_factory=Counter)
    files: dict[str, File] = field(default_factory=dict)
    pending: deque[Happening] = field(default_factory=deque)
    calls: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    unclear: list[Json] = field(default_factory=list)
    deliveries: Counter[str] = field(default_factory=Counter)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    pace: Bucket = field(default_factory=lambda: Bucket(NUMBER_PER_SECOND, NUMBER_PER_SECOND))
    paces: defaultdict[int, Bucket] = field(
        default_factory=lambda: defaultdict(lambda: Bucket(PERSON_PER_SECOND, PERSON_BURST))
    )
    listeners: list[Callable[[], None]] = field(default_factory=list)
    is_subscribed: bool = True
    is_closed: bool = False

    def add_customer(self, name: str, phone: str = "", user_id: str = "") -> Customer:
        """Let somebody have WhatsApp."""
        number = len(self.customers) + 1
        digits = "".join(one for one in phone if one.isdigit())
        if not digits and not user_id:
            user_id = f"IT.{secrets.randbelow(10**20):020d}"
        self.customers[number] = Customer(number, name, digits, user_id)
        return self.customers[number]

    def find_recipient(self, phone: str, user_id: str) -> Customer | None:
        """Who is written to; the one who came last where a number was given anew."""
        digits = "".join(one for one in phone if one.isdigit())
        return next(
            (
                one
                for one in reversed(self.customers.values())
                if (digits and one.phone == digits)
                or (not digits and user_id and one.user_id == user_id)
            ),
            None,
        )

    def find_said(self, customer_id: int, wamid: str) -> Said | None:
        """A message of a chat."""
        return next((one for one in self.chats[customer_id] if one.wamid == wamid), None)

    def note(self, customer: Customer, said: Said) -> None:
        """Add a message to a chat."""
        self.chats[customer.id].append(said)
        self.touch(customer.id)

    def touch(self, customer_id: int) -> None:
        """Note that a chat looks different now."""
        self.versions[customer_id] += 1
        self.wake()

    def tell(self, field_name: str, value: Json) -> None:
        """Let the company know of something, when and in which place the faults say."""
        delay = self.faults.between(0, self.faults.delay_seconds)
        happening = Happening(field_name, value, time.monotonic() + delay)
        place = len(self.pending)
        if self.pending and self.faults.happens(self.faults.reorder):
            place = self.faults.one_of(len(self.pending))
        self.pending.insert(place, happening)
        self.wake()

    def wake(self) -> None:
        """Wake everybody who waits for something to happen."""
        self.news.set()
        self.news = asyncio.Event()
        for listener in self.listeners:
            listener()

    def close(self) -> None:
        """Let everybody who waits go."""
        self.is_closed = True
        self.wake()

    def report(self, customer: Customer, said: Said, state: str, error: Json | None = None) -> None:
        """Tell how far a message of the company has come; only forward is shown, all is told."""
        if state == "failed" or FORWARD.index(state) > FORWARD.index(said.state or "accepted"):
            said.state, said.error = state, error
            self.touch(customer.id)
        ids = {"recipient_id": customer.phone, "recipient_user_id": customer.user_id}
        status: Json = {
            "id": said.wamid,
            "status": state,
            "timestamp": str(int(time.time())),
            **{name: value for name, value in ids.items() if value},
        }
        if said.tracker:
            status["biz_opaque_callback_data"] = said.tracker
        if error is not None:
            status["errors"] = [error]
        self.tell("messages", {"statuses": [status]})


def new_wamid() -> str:
    """An id as the platform makes them."""
    return f"wamid.{secrets.token_urlsafe(40)}"


def file_in(world: World, file_id: str) -> File:
    """A file by its media id.

    Raises:
        GraphError
    """
    if file_id not in world.files:
        raise GraphError(100, f"Object with ID '{file_id}' does not exist.", subcode=33)
    return world.files[file_id]
