"""A stand at the market: the local Telegram, the channel, the workers and a database, all real.

Only Rasa is missing; a script answers in its place.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import select

from app.demo.platforms.telegram import LOCAL_TOKEN, TelegramPlatform, playing
from app.demo.platforms.telegram.world import Customer, Json
from app.workers.delivery import DeliveryWorker, Limits
from app.workers.turns import TurnEngine
from crm.conversation.log import Outgoing, append
from crm.conversation.models import Conversation, Message, Role, State
from crm.conversation.pace import Rate
from crm.db import Database
from crm.profile.models import ChannelIdentity
from integrations.channels.telegram import Mode, TelegramSettings, open_account, telegram_router
from integrations.rasa_client import Turn
from integrations.wakeups import Wakeups
from tests.integrations.telegram.listening import Listening

SECRET = "a-secret-for-tests-of-telegram"
EXCUSES = {"it": "Parlo solo in privato.", "en": "I only talk in private."}
PATIENCE_SECONDS = 30.0
QUICK = Rate(10_000, 100)
Script = Callable[[str, str | None], Sequence[Outgoing]]

YES_OR_NO = [{"title": "Sì", "payload": "/affirm"}, {"title": "No", "payload": "/deny"}]


def echo(text: str, command: str | None) -> Sequence[Outgoing]:
    """What the bot says if a test says nothing else."""
    if text == "domanda":
        return [Outgoing("Confermi?", buttons=YES_OR_NO)]
    return [Outgoing(f"premuto {command}" if command else f"eco: {text}")]


class ScriptedRasa:
    """Takes turns as Rasa does; remembers them."""

    def __init__(self) -> None:
        self.script: Script = echo
        self.seconds = 0.0
        self.turns: list[tuple[str, str | None, str]] = []

    async def take_turn(
        self, conversation: str, message_id: str, language: str, text: str = "",
        command: str | None = None,
    ) -> Turn:  # fmt: skip
        self.turns.append((text, command, language))
        await asyncio.sleep(self.seconds)
        return Turn(list(self.script(text, command)))


class Stand:
    """Everything, started and stopped together."""

    def __init__(
        self,
        database: Database,
        folder: Path,
        mode: Mode = Mode.WEBHOOK,
        *,
        token: str = LOCAL_TOKEN,
        **settings: Any,
    ) -> None:
        self.database = database
        self.folder = folder
        self.platform = TelegramPlatform()
        self.platform.world.faults.paced = False
        self.bot = self.platform.bot
        self.outside = Listening(self.platform.alone)
        self.app = FastAPI()
        self.inside = Listening(self.app)
        self.settings = TelegramSettings(
            token,
            mode,
            SECRET,
            public_url=self.inside.url,
            api_url=self.outside.url,
            **{"messages_per_second": 1000.0, "chat_messages_per_second": 1000.0,
               "chat_burst": 1000, "poll_seconds": 1, "answer_seconds": 2.0, **settings},
        )  # fmt: skip
        self.rasa = ScriptedRasa()
        self.wakeups = Wakeups()
        self.account = open_account(
            self.settings,
            database,
            folder,
            self.wakeups.notify,
            timedelta(hours=1),
            EXCUSES.__getitem__,
            lambda reason, language: f"{language}: {reason}",
        )
        self.app.include_router(telegram_router(self.account.intake))
        self.engine = TurnEngine(database, self.rasa, self.wakeups, lambda _: Outgoing("scusa"))
        self.delivery = DeliveryWorker(
            database, self.account.channel, self.wakeups, Limits(QUICK, QUICK, attempts=4)
        )
        self._workers: list[asyncio.Task[None]] = []

    async def start(self) -> "Stand":
        await self.outside.start()
        await self.inside.start()
        self._workers = [
            asyncio.create_task(worker.run())
            for worker in (self.account, self.engine, self.delivery)
        ]
        if self.settings.mode == Mode.WEBHOOK:
            await self.until(lambda: self.bot.webhook is not None)
        return self

    async def stop(self) -> None:
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
        await self.platform.close()
        await self.inside.stop()
        await self.outside.stop()

    def customer(self, name: str = "Mario", **details: Any) -> Customer:
        return self.platform.world.add_customer(name, **details)

    def say(self, customer: Customer, text: str) -> Json:
        return playing.say(self.bot, customer, text)

    def heard(self, customer: Customer) -> list[Json]:
        """What the customer's client shows of what the bot said."""
        return [one for one in self.bot.chats[customer.id] if one["from"]["is_bot"]]

    async def answers(self, customer: Customer, count: int = 1) -> list[Json]:
        """The bot's messages, once there are so many."""
        await self.until(lambda: len(self.heard(customer)) >= count)
        return self.heard(customer)

    async def until(self, happened: Callable[[], Any]) -> None:
        """Wait until something is so."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not happened():
            if time.monotonic() > end:
                raise AssertionError("it did not happen in time")
            await asyncio.sleep(0.01)

    async def settle(self) -> None:
        """Wait until nothing is under way anywhere."""

        def is_quiet() -> bool:
            with self.database.reading() as session:
                waiting = (State.RECEIVED, State.QUEUED, State.SENDING)
                query = select(Message.id).where(Message.state.in_(waiting)).limit(1)
                return not self.bot.updates and session.scalar(query) is None

        await self.until(is_quiet)
        await self.account.collector.idle()
        await self.account.aftercare.idle()

    def stored(self, role: Role | None = Role.CUSTOMER) -> list[Message]:
        """The message log, in order."""
        with self.database.reading() as session:
            query = select(Message).order_by(Message.conversation_id, Message.seq)
            return [one for one in session.scalars(query) if role in (None, one.role)]

    def identity(self, customer: Customer) -> ChannelIdentity | None:
        with self.database.reading() as session:
            return session.scalar(
                select(ChannelIdentity).filter_by(channel="telegram", external_id=str(customer.id))
            )

    def tell(
        self, customer: Customer, text: str = "ecco", role: Role = Role.AGENT, **more: Any
    ) -> int:
        """Have somebody of the company say something; the message's id."""
        with self.database.writing() as session:
            query = select(Conversation).join(ChannelIdentity)
            conversation = session.scalars(
                query.where(ChannelIdentity.external_id == str(customer.id))
            ).one()
            message = append(
                session, conversation, role=role, state=State.QUEUED, text=text, **more
            )
        self.wakeups.notify(conversation.id)
        return message.id

    def message(self, message_id: int) -> Message:
        with self.database.reading() as session:
            return session.get_one(Message, message_id)

    async def post(self, body: Any, secret: str | None = SECRET) -> httpx.Response:
        """Call the webhook as somebody would; `body` is bytes or becomes JSON."""
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret} if secret is not None else {}
        content = {"content": body} if isinstance(body, bytes) else {"json": body}
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            return await client.post(self.settings.webhook_url, headers=headers, **content)
