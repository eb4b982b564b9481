"""Everything that the local platform knows: bots, customers, chats, files, pending updates."""

import asyncio
import random
import secrets
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from app.demo.platforms.telegram.faults import Faults

Json = dict[str, Any]

CHAT_PER_SECOND = 1.0
CHAT_BURST = 5
BOT_PER_SECOND = 30.0
FIRST_USER_ID = 5_000_001
FIRST_GROUP_ID = -4_000_001


@dataclass
class Customer:
    """Somebody with a Telegram account, played by a developer or a test."""

    id: int
    first_name: str
    last_name: str = ""
    username: str = ""
    language_code: str = "it"
    phone: str = ""
    blocks: bool = False
    deactivated: bool = False
    has_started: bool = False

    @property
    def user(self) -> Json:
        """The User object."""
        optional = {"last_name": self.last_name, "username": self.username,
                    "language_code": self.language_code}  # fmt: skip
        given = {name: value for name, value in optional.items() if value}
        return {"id": self.id, "is_bot": False, "first_name": self.first_name, **given}

    @property
    def chat(self) -> Json:
        """The private Chat object."""
        names = {name: value for name, value in self.user.items() if name.endswith("name")}
        return {"id": self.id, "type": "private", **names}


class Group(Customer):
    """A group that the bot is in; as far as the bot can see, a chat like any other."""

    @property
    def chat(self) -> Json:
        """The group's Chat object."""
        return {"id": self.id, "type": "group", "title": self.first_name}


@dataclass(frozen=True)
class StoredFile:
    """A file that somebody sent."""

    id: str
    content: bytes
    name: str
    type: str
    path: str

    @property
    def body(self) -> Json:
        """The common part of all file objects."""
        return {"file_id": self.id, "file_unique_id": self.id[-12:], "file_size": len(self.content)}


@dataclass
class Webhook:
    """Where a bot wants its updates."""

    url: str
    secret: str = ""
    connections: int = 40
    last_error: str = ""
    last_error_at: int = 0


@dataclass
class Bucket:
    """So many at once, filling up again at a pace."""

    per_second: float
    size: float
    left: float = -1.0
    at: float = 0.0

    def take(self) -> float:
        """Take one; the seconds to wait where there is none."""
        now = time.monotonic()
        filled = self.size if self.left < 0 else self.left + (now - self.at) * self.per_second
        self.left, self.at = min(self.size, filled), now
        if self.left < 1:
            return (1 - self.left) / self.per_second
        self.left -= 1
        return 0.0


@dataclass
class BotAccount:
    """A bot: its pending updates, its chats and how it is called."""

    token: str
    username: str
    webhook: Webhook | None = None
    updates: list[Json] = field(default_factory=list)
    allowed: tuple[str, ...] = ()
    chats: defaultdict[int, list[Json]] = field(default_factory=lambda: defaultdict(list))
    queries: dict[str, str | None] = field(default_factory=dict)
    # Telegram's numbers begin anywhere; a platform that starts anew must not repeat old ones.
    next_update: int = field(default_factory=lambda: random.randrange(10**8, 10**9))  # noqa: S311
    next_message: int = field(default_factory=lambda: random.randrange(1, 10**6))  # noqa: S311
    polls: int = 0
    news: asyncio.Event = field(default_factory=asyncio.Event)
    versions: Counter[int] = field(default_factory=Counter)
    pace: Bucket = field(default_factory=lambda: Bucket(BOT_PER_SECOND, BOT_PER_SECOND))
    chat_paces: defaultdict[int, Bucket] = field(
        default_factory=lambda: defaultdict(lambda: Bucket(CHAT_PER_SECOND, CHAT_BURST))
    )
    calls: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    unclear: list[Json] = field(default_factory=list)
    listeners: list[Callable[["BotAccount"], None]] = field(default_factory=list)

    @property
    def id(self) -> int:
        """The bot's number."""
        return int(self.token.partition(":")[0])

    @property
    def user(self) -> Json:
        """The bot as a User object."""
        return {"id": self.id, "is_bot": True, "first_name": "Emporio Ginestra",
                "username": self.username}  # fmt: skip

    def new_message(self, customer: Customer, sender: Json, **contents: Any) -> Json:
        """Add a message to a chat."""
        self.next_message += 1
        message = {"message_id": self.next_message, "from": sender, "chat": customer.chat,
                   "date": int(time.time()), **contents}  # fmt: skip
        self.chats[customer.id].append(message)
        self.touch(customer.id)
        return message

    def find_message(self, chat_id: int, message_id: int) -> Json | None:
        """A message of a chat."""
        known = (one for one in reversed(self.chats[chat_id]) if one["message_id"] == message_id)
        return next(known, None)

    def new_update(self, **contents: Any) -> Json:
        """Add an update to those that the bot is still to get."""
        self.next_update += 1
        update = {"update_id": self.next_update, **contents}
        self.updates.append(update)
        self.wake()
        return update

    def touch(self, chat_id: int) -> None:
        """Note that a chat looks different now."""
        self.versions[chat_id] += 1
        self.wake()

    def wake(self) -> None:
        """Wake everybody who waits for something to happen."""
        self.news.set()
        self.news = asyncio.Event()
        for listener in self.listeners:
            listener(self)


@dataclass
class World:
    """The whole platform. `strict_https`: refuse webhooks that the real one could not call."""

    faults: Faults = field(default_factory=Faults)
    strict_https: bool = False
    bots: dict[str, BotAccount] = field(default_factory=dict)
    customers: dict[int, Customer] = field(default_factory=dict)
    files: dict[str, StoredFile] = field(default_factory=dict)
    is_closed: bool = False

    def add_bot(self, token: str, username: str = "emporio_ginestra_bot") -> BotAccount:
        """Make a bot with a token."""
        self.bots[token] = BotAccount(token, username)
        return self.bots[token]

    def add_customer(self, first_name: str, **details: Any) -> Customer:
        """Make a customer."""
        number = FIRST_USER_ID + len(self.customers)
        self.customers[number] = Customer(number, first_name, **details)
        return self.customers[number]

    def add_group(self, title: str) -> Group:
        """Make a group with the bot in it."""
        group = Group(FIRST_GROUP_ID - len(self.customers), title, has_started=True)
        self.customers[group.id] = group
        return group

    def add_file(self, content: bytes, name: str, media_type: str, folder: str) -> StoredFile:
        """Keep a file."""
        file_id = f"AgACAgQAAxk{secrets.token_urlsafe(30)}"
        ending = name.rpartition(".")[2] if "." in name else "bin"
        path = f"{folder}/file_{len(self.files)}.{ending}"
        self.files[file_id] = StoredFile(file_id, content, name, media_type, path)
        return self.files[file_id]

    def close(self) -> None:
        """Let everybody who waits go."""
        self.is_closed = True
        for bot in self.bots.values():
            bot.wake()
