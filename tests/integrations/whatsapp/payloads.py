"""Deliveries as the platform sends them, to be changed at will; and the calls that bring them."""

import itertools
import json
import time
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from crm.conversation.models import Message, PlatformMessage
from crm.db import Database
from crm.db.tables import metadata
from crm.profile.models import ChannelIdentity
from integrations.channels.whatsapp import WhatsApp, whatsapp_router
from integrations.channels.whatsapp.signature import sign
from tests.integrations.whatsapp.office import settings

WEBHOOK = "/whatsapp/webhook"
NUMBER = "106540352242922"
PHONE = "393470012345"
IDS = itertools.count(1)
Json = dict[str, Any]


def seconds_ago(seconds: float = 0) -> str:
    return str(int(time.time() - seconds))


def text(body: str = "ciao", wamid: str = "", ago: float = 0, **more: Any) -> Json:
    """A message with words."""
    return message("text", {"body": body}, wamid, ago, **more)


def message(kind: str, content: Any, wamid: str = "", ago: float = 0, **more: Any) -> Json:
    return {
        "from": PHONE,
        "id": wamid or f"wamid.test{next(IDS)}",
        "timestamp": seconds_ago(ago),
        "type": kind,
        kind: content,
        **more,
    }


def status(wamid: str, state: str, ago: float = 0, **more: Any) -> Json:
    return {
        "id": wamid,
        "status": state,
        "timestamp": seconds_ago(ago),
        "recipient_id": PHONE,
        **more,
    }


def delivery(*messages: Json, number: str = NUMBER, field: str = "messages", **value: Any) -> Json:
    """A delivery with one change; `value` adds to what stands in it."""
    held: Json = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "390464000000", "phone_number_id": number},
    }
    if messages:
        held["contacts"] = [{"profile": {"name": "Mario"}, "wa_id": messages[0].get("from", PHONE)}]
        held["messages"] = list(messages)
    return bundle({"field": field, "value": {**held, **value}})


def bundle(*changes: Json) -> Json:
    return {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": list(changes)}]}


class Door:
    """The webhook's route alone, over a real database, called without a server between."""

    def __init__(self, home: Path, database: Database | None = None) -> None:
        self.database = database or Database(f"sqlite:///{home / 'door.db'}", durable=False)
        metadata.create_all(self.database.engine)
        self.announced: list[int] = []
        self.whatsapp = WhatsApp(
            settings(9), self.database, self.announced.append, home / "attachments"
        )
        self.app = FastAPI()
        self.app.include_router(whatsapp_router(self.whatsapp))
        self.client = self.caller()

    def caller(self) -> httpx.AsyncClient:
        """A client of its own."""
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://door")

    async def bring(
        self, given: Json | bytes, client: httpx.AsyncClient | None = None, **headers: str
    ) -> int:
        """A signed delivery; the answer's status."""
        body = given if isinstance(given, bytes) else json.dumps(given).encode()
        signed = {"X-Hub-Signature-256": sign(self.whatsapp.settings.app_secret, body), **headers}
        answer = await (client or self.client).post(WEBHOOK, content=body, headers=signed)
        return answer.status_code

    def messages(self) -> list[Message]:
        with self.database.reading() as session:
            query = select(Message).options(joinedload(Message.conversation))
            return list(session.scalars(query.order_by(Message.id)))

    def texts(self) -> list[str]:
        return [one.text for one in self.messages()]

    def is_empty(self) -> bool:
        """Whether nothing at all was stored."""
        tables = (Message, ChannelIdentity, PlatformMessage)
        with self.database.reading() as session:
            return not any(session.scalar(select(func.count()).select_from(one)) for one in tables)

    async def close(self) -> None:
        await self.client.aclose()
        await self.whatsapp.close()
        self.database.close()
