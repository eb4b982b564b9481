"""A real server with the web chat on a free port, and a small engine that answers for the bot."""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from sqlalchemy import select
from websockets.sync.client import ClientConnection, connect

from crm.conversation import turns
from crm.conversation.log import Outgoing
from crm.conversation.models import Conversation, Message, Work
from crm.db import Database
from crm.db.tables import metadata
from crm.profile.models import ChannelIdentity
from integrations.channels.webchat import WebChat, webchat_router
from integrations.wakeups import Wakeups

KEY = b"a key for tests that nobody else has"
VISITOR_SECRET = "the site and the chat share this secret"
SUGGESTIONS = {
    "it": [
        {"title": "Dov'è il mio ordine?", "text": "Dov'è il mio ordine?"},
        {"title": "Una crema per me", "text": "Cerco una crema per la pelle secca"},
    ],
    "en": [{"title": "Where is my order?", "text": "Where is my order?"}],
}
WELCOME = {"it": "Ciao! Sono l'assistente della bottega.", "en": "Hi! I am the shop's assistant."}

CARD = {
    "title": "Crema viso idratante alla malva",
    "subtitle": "18,90 €",
    "image": "/demo/images/EG-1001.svg",
    "url": "/demo/products/EG-1001",
    "buttons": [{"title": "Dimmi di più", "payload": '/product_details{"sku": "EG-1001"}'}],
}
BUTTONS = [
    {"title": "Sì", "payload": "/affirm"},
    {"title": "No", "payload": "/deny"},
]


def script(job: turns.Job) -> list[Outgoing]:
    """What the test bot says to a message."""
    if job.command:
        return [Outgoing(f"premuto {job.command}")]
    if job.text == "domanda":
        return [Outgoing("Confermi?", buttons=BUTTONS)]
    if job.text == "prodotti":
        return [Outgoing("Ecco qui:", cards=[CARD, {**CARD, "title": "Siero viso"}])]
    if job.text == "due":
        return [Outgoing("uno"), Outgoing("due")]
    if job.text.startswith("zitto"):
        return []
    return [Outgoing(f"eco: {job.text}")]


class Engine:
    """Takes turns as the real one does, with a script in the place of Rasa."""

    def __init__(self, database: Database, wakeups: Wakeups) -> None:
        self._database = database
        self._wakeups = wakeups
        self._queue: asyncio.Queue[int] = asyncio.Queue()
        self.delay = 0.0
        self.script: Callable[[turns.Job], Sequence[Outgoing]] = script
        wakeups.subscribe(self._queue.put_nowait, Work.TURNS)

    async def run(self) -> None:
        while True:
            conversation_id = await self._queue.get()
            while await self._answer(conversation_id):
                pass
            self._wakeups.notify(conversation_id, [Work.DELIVERY])

    async def _answer(self, conversation_id: int) -> bool:
        job = await asyncio.to_thread(self._begin, conversation_id)
        if job is None:
            return False
        await asyncio.sleep(self.delay)
        await asyncio.to_thread(self._finish, job)
        self._wakeups.notify(conversation_id, [Work.DELIVERY])
        return True

    def _begin(self, conversation_id: int) -> turns.Job | None:
        with self._database.writing() as session:
            return turns.begin(session, conversation_id)

    def _finish(self, job: turns.Job) -> None:
        with self._database.writing() as session:
            turns.finish(session, job.message_id, self.script(job))


class Shop:
    """Server, database and engine. `stop` and `start` restart it on the same port."""

    def __init__(
        self, home: Path, *, extend: Callable[[FastAPI], None] | None = None, **settings: Any
    ) -> None:
        self.home = home
        self.database = Database(f"sqlite:///{home / 'shop.db'}", durable=False)
        metadata.create_all(self.database.engine)
        self._settings = settings
        self.extend = extend
        self.port = 0
        self.clients: list[httpx.Client] = []

    def start(self) -> "Shop":
        self.wakeups = Wakeups()
        self.engine = Engine(self.database, self.wakeups)
        self.chat = WebChat(
            **{
                "database": self.database,
                "wakeups": self.wakeups,
                "key": KEY,
                "phrase": lambda name, language: WELCOME[language],
                "suggestions": SUGGESTIONS.__getitem__,
                "attachments": self.home / "attachments",
                "visitor_secret": VISITOR_SECRET,
                "origins": ["https://partner.example.it"],
                **self._settings,
            }
        )
        app = FastAPI()
        if self.extend:
            self.extend(app)
        app.include_router(webchat_router(self.chat))
        config = uvicorn.Config(
            app, host="127.0.0.1", port=self.port, log_level="warning", timeout_graceful_shutdown=2
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        _wait_until(lambda: self._server.started)
        self.port = self._server.servers[0].sockets[0].getsockname()[1]
        return self

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self.loop = asyncio.get_running_loop()
        engine = asyncio.create_task(self.engine.run())
        await self._server.serve()
        engine.cancel()

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.chat.stop)
        self._server.should_exit = True
        self._thread.join(timeout=10)
        assert not self._thread.is_alive()

    def close(self) -> None:
        for client in self.clients:
            client.close()
        self.stop()
        self.database.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def notify(self, conversation_id: int) -> None:
        self.loop.call_soon_threadsafe(self.wakeups.notify, conversation_id)

    def customer(self, **session: Any) -> "Customer":
        """Somebody with a new session."""
        customer = Customer(self)
        customer.begin(**session)
        return customer

    def conversation_of(self, customer: "Customer") -> Conversation | None:
        with self.database.reading() as session:
            return session.scalar(
                select(Conversation)
                .join(ChannelIdentity)
                .where(ChannelIdentity.external_id == customer.session_id)
            )

    def stored(self, customer: "Customer") -> list[Message]:
        with self.database.reading() as session:
            return list(
                session.scalars(
                    select(Message)
                    .join(Conversation)
                    .join(ChannelIdentity)
                    .where(ChannelIdentity.external_id == customer.session_id)
                    .order_by(Message.seq)
                )
            )

    def database_messages(self) -> list[Message]:
        """Every message of every conversation."""
        with self.database.reading() as session:
            return list(session.scalars(select(Message).order_by(Message.id)))


class Customer:
    """A client of the web chat, over HTTP or a WebSocket."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.http = httpx.Client(base_url=shop.url, timeout=40, trust_env=False)
        shop.clients.append(self.http)
        self._count = 0

    def begin(self, **session: Any) -> httpx.Response:
        answer = self.http.post("/webchat/sessions", json=session)
        assert answer.status_code == 201, answer.text
        body = answer.json()
        self.session_id, self.token = body["session_id"], body["token"]
        return answer

    @property
    def auth(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def post(self, **body: Any) -> httpx.Response:
        return self.http.post("/webchat/messages", headers=self.auth, json=body)

    def say(self, text: str, client_message_id: str | None = None) -> int:
        self._count += 1
        answer = self.post(client_message_id=client_message_id or f"m{self._count}", text=text)
        assert answer.status_code == 202, answer.text
        return int(answer.json()["seq"])

    def press(self, payload: str) -> httpx.Response:
        self._count += 1
        return self.post(client_message_id=f"m{self._count}", payload=payload)

    def get(self, after: int = 0, wait: float = 0) -> dict[str, Any]:
        answer = self.http.get(
            "/webchat/messages", headers=self.auth, params={"after": after, "wait": wait}
        )
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def read_until(self, count: int, after: int = 0, seconds: float = 30) -> list[dict[str, Any]]:
        """Poll until so many messages have come."""
        messages: list[dict[str, Any]] = []
        end = time.monotonic() + seconds
        while len(messages) < count and time.monotonic() < end:
            last = messages[-1]["seq"] if messages else after
            messages += self.get(last, wait=2)["messages"]
        assert len(messages) == count, messages
        return messages

    def connect(self, how: str = "header", **options: Any) -> ClientConnection:
        """Open a WebSocket, saying who it is in one of the four ways."""
        url = self.shop.url.replace("http", "ws", 1) + "/webchat/ws"
        if how == "header":
            options["additional_headers"] = self.auth
        elif how == "query":
            url += f"?token={self.token}"
        elif how == "protocol":
            options["subprotocols"] = [f"bearer.{self.token}"]
        return connect(url, proxy=None, **options)


def _wait_until(ready: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end, "not ready in time"
        time.sleep(0.01)
