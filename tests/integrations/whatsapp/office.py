"""A company on WhatsApp, whole: a real server with the webhook and the local platform beside it."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from sqlalchemy import select

from app.demo.platforms.whatsapp import LOCAL_NUMBER, LOCAL_VERIFY_TOKEN, WhatsAppPlatform
from app.workers.delivery import DeliveryWorker, Limits
from app.workers.turns import TurnEngine
from crm.conversation.log import Outgoing
from crm.conversation.models import Conversation, ConversationEvent, Message, Role
from crm.conversation.pace import Rate
from crm.db import Database, now
from crm.db.tables import metadata
from crm.profile.models import ChannelIdentity
from integrations.channels.whatsapp import (
    WhatsApp,
    WhatsAppSettings,
    read_templates,
    whatsapp_router,
)
from integrations.rasa_client import Turn
from integrations.wakeups import Wakeups

PLATFORM = "/platform"
TEMPLATES = "reply.it=answer_ready, reply.en=answer_ready"
MANY = [{"title": f"Scelta {number}", "payload": f"/choose_{number}"} for number in range(1, 13)]


def settings(port: int, **changes: Any) -> WhatsAppSettings:
    """The local platform's number, as a company would set it."""
    return WhatsAppSettings(
        **{
            "token": LOCAL_NUMBER.token,
            "phone_number_id": LOCAL_NUMBER.phone_number_id,
            "app_secret": LOCAL_NUMBER.app_secret,
            "verify_token": LOCAL_VERIFY_TOKEN,
            "business_account_id": LOCAL_NUMBER.account_id,
            "templates": read_templates(TEMPLATES),
            "public_url": "https://bottega.example.it",
            "api_url": f"http://127.0.0.1:{port}{PLATFORM}",
            "timeout_seconds": 2.0,
            **changes,
        }
    )


def script(text: str, command: str | None) -> list[Outgoing]:
    """What the test bot says to a message."""
    if command:
        return [Outgoing(f"comando {command}")]
    asked = {"domanda": MANY[:2], "elenco": MANY[:7], "tante": MANY}
    if text in asked:
        return [Outgoing("Quale?", buttons=asked[text])]
    return [] if text.startswith("zitto") else [Outgoing(f"eco: {text}")]


class ScriptedRasa:
    """Takes turns in the place of Rasa."""

    async def take_turn(
        self, conversation: str, message_id: str, language: str, text: str = "",
        command: str | None = None,
    ) -> Turn:  # fmt: skip
        return Turn(script(text, command))


class Office:
    """Server, database, engine, platform. `changes` go into the channel's settings."""

    def __init__(self, home: Path, **changes: Any) -> None:
        self.home = home
        self.database = Database(f"sqlite:///{home / 'office.db'}", durable=False)
        metadata.create_all(self.database.engine)
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        self.settings = settings(self.port, **changes)
        self.shift = timedelta()
        self.wakeups = Wakeups()
        self.engine = TurnEngine(
            self.database, ScriptedRasa(), self.wakeups, lambda language: Outgoing("scusa")
        )
        self.whatsapp = WhatsApp(
            self.settings,
            self.database,
            self.wakeups.notify,
            home / "attachments",
            opener=lambda language: {"it": "Scegli", "en": "Choose"}[language],
            refusal=lambda reason, language: f"non tenuto: {reason}",
            clock=self._clock,
        )
        self.platform = WhatsAppPlatform()
        self.platform.subscribe(f"{self.url}/whatsapp/webhook")
        self.app = FastAPI()
        self.app.include_router(whatsapp_router(self.whatsapp))
        self.app.mount(PLATFORM, self.platform.alone)
        self.http = httpx.Client(base_url=self.url, timeout=30, trust_env=False)

    def _clock(self) -> datetime:
        return now() + self.shift

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> "Office":
        config = uvicorn.Config(self.app, log_level="warning", timeout_graceful_shutdown=2)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._thread.start()
        wait_until(lambda: self._server.started)
        return self

    async def _serve(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.whatsapp.collector.first_pause = 0.01
        limits = Limits(overall=Rate(1000), chat=Rate(1000, 1000), attempts=4)
        worker = DeliveryWorker(self.database, self.whatsapp.channel, self.wakeups, limits)
        jobs = (self.engine.run(), self.whatsapp.run(), worker.run())
        tasks = [asyncio.create_task(job) for job in jobs]
        await self._server.serve(sockets=[self._socket])
        self.died = [task.exception() for task in tasks if task.done()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.platform.close()
        await self.whatsapp.close()

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.platform.let_go)
        self._server.should_exit = True
        self._thread.join(timeout=15)
        assert not self._thread.is_alive()
        self.http.close()
        self._socket.close()
        self.database.close()
        assert self.died == []

    # What the platform is asked and told to do.

    def control(self, path: str, body: Any = None, method: str = "POST", **options: Any) -> Any:
        if body is not None:
            options["json"] = body
        address = f"{PLATFORM}/page/control/{path}"
        answer = self.http.request(method, address, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def faults(self, **faults: Any) -> None:
        self.control("faults", faults, "PATCH")

    def report(self) -> dict[str, Any]:
        return dict(self.control("report", method="GET"))

    def customer(self, name: str = "Mario Rossi", phone: str = "", user_id: str = "") -> "Customer":
        made = self.control("customers", {"name": name, "phone": phone, "user_id": user_id})
        return Customer(self, made["id"], phone=made["phone"], user_id=made["user_id"])

    def deliver(self, body: bytes, signature: str | None) -> httpx.Response:
        headers = {"X-Hub-Signature-256": signature} if signature is not None else {}
        return self.http.post("/whatsapp/webhook", content=body, headers=headers)

    # What is stored.

    def messages(self, *where: Any) -> list[Message]:
        with self.database.reading() as session:
            return list(session.scalars(select(Message).where(*where).order_by(Message.id)))

    def from_bot(self) -> list[Message]:
        return self.messages(Message.role != Role.CUSTOMER)

    def identities(self) -> list[ChannelIdentity]:
        with self.database.reading() as session:
            return list(session.scalars(select(ChannelIdentity).order_by(ChannelIdentity.id)))

    def conversations(self) -> list[Conversation]:
        with self.database.reading() as session:
            return list(session.scalars(select(Conversation).order_by(Conversation.id)))

    def events(self, what: str) -> list[ConversationEvent]:
        with self.database.reading() as session:
            return list(session.scalars(select(ConversationEvent).filter_by(what=what)))

    def say(self, conversation_id: int, outgoing: Outgoing, **fields: Any) -> int:
        """Queue something to be sent, as the desk does; the message's id."""
        from crm.conversation.buttons import make_pressable
        from crm.conversation.log import append
        from crm.conversation.models import State

        with self.database.writing() as session:
            conversation = session.get_one(Conversation, conversation_id)
            message = append(
                session,
                conversation,
                **{"role": Role.AGENT, **fields},
                state=State.QUEUED,
                text=outgoing.text,
                cards=list(outgoing.cards),
                attachments=list(outgoing.attachments),
            )
            message.buttons = make_pressable(session, message, list(outgoing.buttons))
            message_id = message.id
        self.loop.call_soon_threadsafe(self.wakeups.notify, conversation_id)
        return message_id

    def state_of(self, message_id: int) -> str:
        with self.database.reading() as session:
            return session.get_one(Message, message_id).state.value

    def error_of(self, message_id: int) -> str:
        with self.database.reading() as session:
            return session.get_one(Message, message_id).error or ""


class Customer:
    """Somebody with WhatsApp on the local platform."""

    def __init__(self, office: Office, number: int, phone: str, user_id: str) -> None:
        self.office = office
        self.id = number
        self.phone = phone
        self.user_id = user_id

    def act(self, path: str, **body: Any) -> Any:
        return self.office.control(f"customers/{self.id}/{path}", body)

    def say(self, text: str, **more: Any) -> Any:
        return self.act("messages", text=text, **more)

    def send(self, kind: str, content: Any, **more: Any) -> Any:
        return self.act("messages", type=kind, content=content, **more)

    def press(self, message: str, choice: str) -> Any:
        return self.act("presses", message=message, choice=choice)

    def upload(
        self, what: str, name: str, content: bytes, media_type: str, caption: str = ""
    ) -> Any:
        return self.office.control(
            f"customers/{self.id}/files",
            files={"file": (name, content, media_type)},
            data={"what": what, "caption": caption},
        )

    def chat(self) -> list[dict[str, Any]]:
        return list(self.office.control(f"customers/{self.id}/chat", method="GET")["messages"])

    def answers(self) -> list[dict[str, Any]]:
        """What the company said."""
        return [one for one in self.chat() if not one["mine"]]

    def texts(self) -> list[str]:
        return [one["text"]["body"] for one in self.answers() if one["type"] == "text"]

    def await_answers(self, count: int, seconds: float = 30) -> list[dict[str, Any]]:
        wait_until(lambda: len(self.answers()) >= count, seconds)
        answers = self.answers()
        assert len(answers) == count, answers
        return answers

    def conversation(self) -> Conversation:
        return next(
            one
            for one in self.office.conversations()
            if one.identity.external_id in (self.phone, self.user_id)
        )

    def stored(self) -> Sequence[Message]:
        return self.office.messages(Message.conversation_id == self.conversation().id)


def wait_until(ready: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.02)
